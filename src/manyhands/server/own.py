"""One's own task: others' do not exist for whoever asks."""

from __future__ import annotations

import sqlalchemy as sa

from manyhands.server.errors import ApiError
from manyhands.store import Account, TaskRecord, find_task


def own_task(connection: sa.Connection, person: Account, task_id: str) -> TaskRecord:
    """A task of this person. Raises `ApiError` 404 where there is none, or it is another's."""
    task = find_task(connection, task_id)
    if task is None or person.annotator_id is None or task.annotator_id != person.annotator_id:
        raise ApiError(404, "no-task", "You have no such task.", "Go on with the next one.")
    return task
