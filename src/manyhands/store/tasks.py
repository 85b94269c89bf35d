"""Which structure of which volume was given to whom, and how that stands."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from manyhands.store import schema


class TaskState(StrEnum):
    """`LAPSED`: its lease ran out and somebody else took the place. `REVOKED`: by the lead."""

    OPEN = "open"
    FINISHED = "finished"
    LAPSED = "lapsed"
    GIVEN_BACK = "given-back"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One structure of one volume given to one annotator.

    With a `stride` one slice in so many is asked for, where that is wider than the study's.
    """

    volume_id: str
    structure_id: int
    annotator_id: str
    created_at: datetime
    changed_at: datetime
    lease_expires_at: datetime
    state: TaskState = TaskState.OPEN
    stride: int | None = None
    task_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def stride_in(self, study_stride: int) -> int:
        """At which stride this annotator is asked, in a study of that stride."""
        return max(study_stride, self.stride or 1)


def insert_task(connection: sa.Connection, task: TaskRecord) -> None:
    """Note a task that is handed out for the first time."""
    values = {name: getattr(task, name) for name in TaskRecord.__dataclass_fields__}
    connection.execute(sa.insert(schema.tasks).values({**values, "state": task.state.value}))


def find_task(connection: sa.Connection, task_id: str) -> TaskRecord | None:
    """The task of that id, or None."""
    row = connection.execute(
        sa.select(schema.tasks).where(schema.tasks.c.task_id == task_id)
    ).one_or_none()
    return None if row is None else _record(row)


def find_tasks(
    connection: sa.Connection,
    *,
    annotator_id: str | None = None,
    states: Iterable[TaskState] | None = None,
) -> tuple[TaskRecord, ...]:
    """Tasks of an annotator, in some states, or all; in the order they were first handed out."""
    table = schema.tasks
    query = sa.select(table).order_by(table.c.created_at, table.c.task_id)
    if annotator_id is not None:
        query = query.where(table.c.annotator_id == annotator_id)
    if states is not None:
        query = query.where(table.c.state.in_([state.value for state in states]))
    return tuple(_record(row) for row in connection.execute(query))


def find_wider_strides(connection: sa.Connection) -> dict[tuple[str, int], dict[str, int]]:
    """The strides of those who were asked for fewer slices than the study asks for.

    By volume id and structure id, then annotator id.
    """
    table = schema.tasks
    rows = connection.execute(
        sa.select(
            table.c.volume_id, table.c.structure_id, table.c.annotator_id, table.c.stride
        ).where(table.c.stride.is_not(None))
    )
    found: dict[tuple[str, int], dict[str, int]] = {}
    for row in rows:
        found.setdefault((row.volume_id, row.structure_id), {})[row.annotator_id] = row.stride
    return found


def finished_stamp(connection: sa.Connection) -> tuple[int, datetime | None]:
    """Changes whenever somebody finishes a task."""
    table = schema.tasks
    row = connection.execute(
        sa.select(sa.func.count(), sa.func.max(table.c.changed_at)).where(
            table.c.state == TaskState.FINISHED.value
        )
    ).one()
    return row[0], row[1]


def set_task_state(
    connection: sa.Connection,
    task_id: str,
    state: TaskState,
    now: datetime,
    *,
    lease_expires_at: datetime | None = None,
) -> None:
    """Note how a task stands from now on; with a new lease if one is given."""
    values: dict[str, object] = {"state": state.value, "changed_at": now}
    if lease_expires_at is not None:
        values["lease_expires_at"] = lease_expires_at
    table = schema.tasks
    connection.execute(sa.update(table).where(table.c.task_id == task_id).values(values))


def extend_lease(connection: sa.Connection, task_id: str, lease_expires_at: datetime) -> None:
    """Keep a task for its annotator until then."""
    table = schema.tasks
    connection.execute(
        sa.update(table).where(table.c.task_id == task_id).values(lease_expires_at=lease_expires_at)
    )


def lapse_tasks(
    connection: sa.Connection, volume_id: str, structure_id: int, now: datetime
) -> None:
    """Take back the tasks on a subject whose lease has run out: somebody else gets it now."""
    table = schema.tasks
    connection.execute(
        sa.update(table)
        .where(
            table.c.volume_id == volume_id,
            table.c.structure_id == structure_id,
            table.c.state == TaskState.OPEN.value,
            table.c.lease_expires_at <= now,
        )
        .values(state=TaskState.LAPSED.value, changed_at=now)
    )


def _record(row: sa.Row[tuple[object, ...]]) -> TaskRecord:
    values = dict(row._mapping)
    return TaskRecord(**{**values, "state": TaskState(values["state"])})
