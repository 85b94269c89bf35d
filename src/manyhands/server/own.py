"""One's own task and answers: others' do not exist for whoever asks."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from manyhands.server.errors import ApiError
from manyhands.store import Account, TaskRecord, current_answers, find_task
from manyhands.types import Answer


def own_task(connection: sa.Connection, person: Account, task_id: str) -> TaskRecord:
    """A task of this person. Raises `ApiError` 404 where there is none, or it is another's."""
    task = find_task(connection, task_id)
    if task is None or person.annotator_id is None or task.annotator_id != person.annotator_id:
        raise ApiError(404, "no-task", "You have no such task.", "Go on with the next one.")
    return task


def own_answers(connection: sa.Connection, task: TaskRecord) -> Sequence[Answer]:
    """What the annotator of a task says now on its slices."""
    return current_answers(
        connection,
        volume_id=task.volume_id,
        structure_id=task.structure_id,
        annotator_id=task.annotator_id,
    )
