"""Tasks: get one, see it, say what is on its slices, finish it or give it back."""

from __future__ import annotations

from asyncio import wrap_future
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Response

from manyhands.server.answers import save_answers, to_out
from manyhands.server.errors import ApiError
from manyhands.server.masks import interpolated, mask_on, run_lengths, tightened
from manyhands.server.own import own_task
from manyhands.server.routes.pictures import picture_out
from manyhands.server.schemas import (
    AnswerResult,
    AnswersIn,
    AnswersOut,
    BoxesBySlice,
    ErrorOut,
    FinishedOut,
    MaskIn,
    MaskOut,
    RunLengths,
    TaskOut,
    TasksOut,
    TaskSummary,
    UnfinishedOut,
)
from manyhands.server.state import Here, Person, Server
from manyhands.store import (
    Account,
    TaskRecord,
    TaskState,
    current_answers,
    find_tasks,
    last_sequence,
    make_annotator_of,
    set_task_state,
)
from manyhands.tasks import open_slices
from manyhands.types import Answer, BoxArray

router = APIRouter(tags=["tasks"])

_fitting = CapacityLimiter(2)
"""So many masks are fitted at once: threads that save answers must stay free."""

Shown = Literal["open", "finished", "revoked"]


@router.post(
    "/api/v1/tasks/next",
    response_model=TaskOut,
    responses={204: {"description": "There is nothing to do just now"}},
)
def next_task(here: Here, person: Person) -> TaskOut | Response:
    """The task this person is at, or the next one."""
    here.limits.check("next", person.account_id)
    annotator_id = person.annotator_id or _begin(here, person)
    task = here.queue.next(annotator_id, datetime.now(UTC))
    return _task_out(here, task) if task is not None else Response(status_code=204)


def _begin(here: Server, person: Account) -> str:
    """Leads and reviewers become annotators with their first task."""
    account = here.writer.do(lambda connection: make_annotator_of(connection, person))
    here.gate.forget()
    return str(account.annotator_id)


@router.get("/api/v1/tasks")
def tasks(here: Here, person: Person) -> TasksOut:
    """All tasks this person was ever given, the newest first."""
    if person.annotator_id is None:
        return TasksOut(tasks=[])
    with here.study.reading() as connection:
        own = find_tasks(connection, annotator_id=person.annotator_id)
        said = current_answers(connection, annotator_id=person.annotator_id)
    answered = Counter((a.volume_id, a.structure_id) for a in said)
    summaries = []
    for task in reversed(own):
        record = here.known_record(task.volume_id)
        summaries.append(
            TaskSummary(
                task_id=task.task_id,
                structure_id=task.structure_id,
                state=_shown(task.state),
                slice_count=record.slice_count,
                answered_count=answered[task.volume_id, task.structure_id],
                changed_at=task.changed_at,
            )
        )
    return TasksOut(tasks=summaries)


@router.get("/api/v1/tasks/{task_id}")
def one_task(here: Here, person: Person, task_id: str) -> TaskOut:
    """A task of this person, with what they said so far."""
    with here.study.reading() as connection:
        task = own_task(connection, person, task_id)
    return _task_out(here, task)


@router.post("/api/v1/tasks/{task_id}/answers")
async def answers(here: Here, person: Person, task_id: str, given: AnswersIn) -> AnswersOut:
    """Keep answers; says of each what became of it. To send the same again is harmless."""
    here.limits.check("save", person.account_id)
    now, lease_s = datetime.now(UTC), here.study.config.asking.lease_s

    def work(connection: sa.Connection) -> list[AnswerResult]:
        task = own_task(connection, person, task_id)
        record = here.known_record(task.volume_id)
        return save_answers(connection, task, record, given.answers, now=now, lease_s=lease_s)

    results = await wrap_future(here.writer.submit(work))  # no thread waits for the disk
    for status, number in Counter(result.status for result in results).items():
        here.metrics.note_answers(status, number)
    return AnswersOut(results=results)


@router.post(
    "/api/v1/tasks/{task_id}/finish",
    response_model=FinishedOut,
    responses={409: {"model": UnfinishedOut}},
)
def finish(here: Here, person: Person, task_id: str) -> FinishedOut:
    """Say that a task is done. With slices that are open it is not, and they are named."""
    now, stride = datetime.now(UTC), here.study.config.stride
    record = here.own_volume(person, task_id)

    def work(connection: sa.Connection) -> None:
        task = own_task(connection, person, task_id)
        if task.state is TaskState.FINISHED:
            return
        if task.state is not TaskState.OPEN:
            raise _revoked()
        said = {a.slice_index: a.state for a in own_answers(connection, task)}
        if missing := open_slices(said, record.slice_count, stride=stride):
            raise ApiError(
                409,
                "slices-open",
                f"{len(missing)} slices are still open.",
                "Go on with the first of them.",
                more={"missing": list(missing)},
            )
        set_task_state(connection, task_id, TaskState.FINISHED, now)

    here.writer.do(work)
    return FinishedOut()


@router.post("/api/v1/tasks/{task_id}/give-back", status_code=204)
def give_back(here: Here, person: Person, task_id: str) -> None:
    """Let somebody else do it. What was answered is kept."""
    now = datetime.now(UTC)

    def work(connection: sa.Connection) -> None:
        task = own_task(connection, person, task_id)
        if task.state is TaskState.FINISHED:
            raise ApiError(409, "finished", "This task is finished already.")
        set_task_state(connection, task_id, TaskState.GIVEN_BACK, now)

    here.writer.do(work)


@router.post(
    "/api/v1/tasks/{task_id}/mask", response_model=MaskOut, responses={409: {"model": ErrorOut}}
)
async def mask(here: Here, person: Person, task_id: str, given: MaskIn) -> MaskOut:
    """The mask that this person's boxes come to, and boxes it proposes on slices between."""
    here.limits.check("mask", person.account_id)
    return await to_thread.run_sync(_mask_out, here, person, task_id, given, limiter=_fitting)


def _mask_out(here: Server, person: Account, task_id: str, given: MaskIn) -> MaskOut:
    if not here.study.config.page.live_mask:
        raise ApiError(409, "no-live-mask", "The lead has switched the live mask off.")
    with here.study.reading() as connection:
        task = own_task(connection, person, task_id)
        record = here.record(task.volume_id)
        said = own_answers(connection, task)
        revision = last_sequence(connection)
    update, took_s = here.masks.refresh(
        record,
        task.structure_id,
        said,
        annotator_id=task.annotator_id,
        config=here.study.config,
        load=lambda: here.load(record),
    )
    first, last = given.slices
    shown = range(max(first, 0), min(last, record.slice_count - 1) + 1)
    masks: dict[str, RunLengths] = {}
    for k in shown:
        if (picture := mask_on(update, k)) is not None:
            corner = (update.where[1].start, update.where[2].start)
            where, runs = run_lengths(picture, corner)
            masks[str(k)] = RunLengths(where=where, runs=runs)
    proposals = tightened(interpolated(said, first, last), update)
    return MaskOut(
        revision=revision, slices=masks, proposals=_by_slice(proposals), took_s=round(took_s, 3)
    )


def _task_out(here: Server, task: TaskRecord) -> TaskOut:
    record = here.record(task.volume_id)
    with here.study.reading() as connection:
        said = own_answers(connection, task)
    address = f"/api/v1/tasks/{task.task_id}"
    return TaskOut(
        task_id=task.task_id,
        structure_id=task.structure_id,
        state=_shown(task.state),
        stride=here.study.config.stride,
        volume=picture_out(here.pictures.about(here.source(record))),
        slices_url=f"{address}/slices/{{k}}",
        strip_url=f"{address}/strip",
        answers=[to_out(answer) for answer in said],
        proposals=_by_slice(interpolated(said)),
        lease_expires_at=task.lease_expires_at,
    )


def own_answers(connection: sa.Connection, task: TaskRecord) -> Sequence[Answer]:
    """What the annotator of a task says now on its slices."""
    return current_answers(
        connection,
        volume_id=task.volume_id,
        structure_id=task.structure_id,
        annotator_id=task.annotator_id,
    )


def _by_slice(boxes: dict[int, BoxArray]) -> BoxesBySlice:
    return {str(k): [tuple(row) for row in rows.tolist()] for k, rows in boxes.items()}


def _shown(state: TaskState) -> Shown:
    """Why a task was taken back is no business of whoever had it."""
    if state is TaskState.OPEN:
        return "open"
    return "finished" if state is TaskState.FINISHED else "revoked"


def _revoked() -> ApiError:
    return ApiError(
        409,
        "task-revoked",
        "This task was given to somebody else.",
        "What you did is kept. Go on with the next one.",
    )
