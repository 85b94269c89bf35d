"""How tasks stand, and leases that run out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.server.saying import Json

from manyhands.store import Study, TaskState, find_task, set_task_state


def expire(study: Study, task: Json) -> None:
    """Let half an hour and more pass."""
    now = datetime.now(UTC)
    with study.writing() as connection:
        set_task_state(
            connection,
            task["task_id"],
            TaskState.OPEN,
            now,
            lease_expires_at=now - timedelta(seconds=1),
        )


def state(study: Study, task: Json) -> TaskState:
    with study.reading() as connection:
        found = find_task(connection, task["task_id"])
    assert found is not None
    return found.state
