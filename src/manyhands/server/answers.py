"""What annotators send: checked one by one, kept for good, never twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from manyhands.server.own import own_answers
from manyhands.server.schemas import AnswerIn, AnswerOut, AnswerResult, BoxIn, BoxOut
from manyhands.store import (
    TaskRecord,
    TaskState,
    VolumeRecord,
    append_answers,
    extend_lease,
    known_answers,
    set_task_state,
)
from manyhands.tasks import open_slices
from manyhands.types import Answer, Box, State

IN_TIME = (TaskState.OPEN, TaskState.FINISHED)
LONGEST_S = 1e7
"""Nobody is at a slice for four months; without a limit sums of times are not finite."""

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LEASE_NOTED_S = 30.0
"""A lease is made longer when so much of it has passed, not with each answer."""


def save_answers(
    connection: sa.Connection,
    task: TaskRecord,
    volume: VolumeRecord,
    given: Sequence[AnswerIn],
    *,
    now: datetime,
    lease_s: float,
) -> list[AnswerResult]:
    """Keep what is right and new; says of each what became of it, in the order given."""
    known = known_answers(connection, [str(answer.answer_id) for answer in given])
    is_late = task.state not in IN_TIME
    results: list[AnswerResult] = []
    new: dict[str, Answer] = {}
    for answer in given:
        answer_id = str(answer.answer_id)
        if known.get(answer_id, task.annotator_id) != task.annotator_id:
            results.append(_refused(answer_id, "this id is taken"))
        elif answer_id in known or answer_id in new:
            results.append(AnswerResult(answer_id=answer_id, status="known"))
        elif reason := why_refused(answer, volume):
            results.append(_refused(answer_id, reason))
        else:
            new[answer_id] = _answer(answer, task, now)
            results.append(_kept(answer_id, is_late))
    late = new if is_late else ()
    append_answers(connection, new.values(), received_at=now, late=late)
    _keep_lease(connection, task, now, lease_s)
    return results


def reopen_if_taken_back(
    connection: sa.Connection,
    task: TaskRecord,
    *,
    given: Sequence[AnswerIn],
    slice_count: int,
    study_stride: int,
    now: datetime,
    lease_s: float,
) -> None:
    """A finished task goes on where an answer of it is taken back, in a second tab say."""
    takes_back = any(answer.state is State.OPEN for answer in given)
    if task.state is not TaskState.FINISHED or not takes_back:
        return
    said = {answer.slice_index: answer.state for answer in own_answers(connection, task)}
    if open_slices(said, slice_count, stride=task.stride_in(study_stride)):
        ends = now + timedelta(seconds=lease_s)
        set_task_state(connection, task.task_id, TaskState.OPEN, now, lease_expires_at=ends)


def why_refused(answer: AnswerIn, volume: VolumeRecord) -> str | None:
    """What is wrong with an answer, None if nothing is."""
    if not 0 <= answer.slice_index < volume.slice_count:
        return f"the volume has slices 0 to {volume.slice_count - 1}, not {answer.slice_index}"
    if (answer.state is State.BOXES) != bool(answer.boxes):
        return f"'{answer.state}' came with {len(answer.boxes)} boxes"
    for seconds in (answer.active_s, answer.pause_s):
        if seconds is not None and not 0 <= seconds <= LONGEST_S:
            return f"a time must be 0 s or more, and at most {LONGEST_S:.0f} s, not {seconds}"
    _, rows, columns = volume.stack_shape
    for box in answer.boxes:
        if reason := _why_no_box(box, rows, columns):
            return reason
    return None


def _why_no_box(box: BoxIn, rows: int, columns: int) -> str | None:
    # Written so that NaN fails as well.
    low, high = min(box.row0, box.column0), max(box.row1 - rows, box.column1 - columns)
    if not (low >= 0 and high <= 0):
        return f"a box lies outside of the slice, which has {rows} rows and {columns} columns"
    if not (box.row0 < box.row1 and box.column0 < box.column1):
        return "a box has no area"
    return None


def _answer(given: AnswerIn, task: TaskRecord, now: datetime) -> Answer:
    """Clocks of devices that are fast would let older answers win for hours: nothing is later than
    its arrival. One whose battery is dead may be anywhere.
    """
    return Answer(
        volume_id=task.volume_id,
        structure_id=task.structure_id,
        annotator_id=task.annotator_id,
        slice_index=given.slice_index,
        state=given.state,
        boxes=tuple(
            Box(box.row0, box.column0, box.row1, box.column1, box.origin) for box in given.boxes
        ),
        answer_id=str(given.answer_id),
        created_at=max(EARLIEST, min(given.created_at, now)),
        active_s=given.active_s,
        pause_s=given.pause_s,
        task_id=task.task_id,
    )


def _kept(answer_id: str, is_late: bool) -> AnswerResult:
    if not is_late:
        return AnswerResult(answer_id=answer_id, status="saved")
    message = "kept, but this task had been given to somebody else"
    return AnswerResult(answer_id=answer_id, status="late", message=message)


def _refused(answer_id: str, reason: str) -> AnswerResult:
    return AnswerResult(answer_id=answer_id, status="refused", message=reason)


def _keep_lease(connection: sa.Connection, task: TaskRecord, now: datetime, lease_s: float) -> None:
    ends = now + timedelta(seconds=lease_s)
    noted_s = min(LEASE_NOTED_S, lease_s / 10)
    if task.state is TaskState.OPEN and (ends - task.lease_expires_at).total_seconds() > noted_s:
        extend_lease(connection, task.task_id, ends)


def to_out(answer: Answer) -> AnswerOut:
    """An answer as its own author is told it again."""
    return AnswerOut(
        answer_id=answer.answer_id,
        slice_index=answer.slice_index,
        state=answer.state,
        boxes=[
            BoxOut(row0=b.row0, column0=b.column0, row1=b.row1, column1=b.column1, origin=b.origin)
            for b in answer.boxes
        ],
        created_at=answer.created_at,
        active_s=answer.active_s,
        pause_s=answer.pause_s,
    )
