"""Tasks: get one, see it, say what is on its slices, finish it or give it back."""

from __future__ import annotations

from asyncio import wrap_future
from collections import Counter
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa
from fastapi import APIRouter, Response

from manyhands.server.answers import reopen_if_taken_back, save_answers, to_out
from manyhands.server.errors import ApiError
from manyhands.server.masks import by_slice, interpolated
from manyhands.server.own import own_answers, own_task
from manyhands.server.routes.pictures import picture_out
from manyhands.server.schemas import (
    AnswerResult,
    AnswersIn,
    AnswersOut,
    FinishedOut,
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
    make_annotator_of,
    set_task_state,
)
from manyhands.tasks import open_slices

router = APIRouter(tags=["tasks"])

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
    now, config = datetime.now(UTC), here.study.config
    lease_s = config.asking.lease_s

    def work(connection: sa.Connection) -> list[AnswerResult]:
        task = own_task(connection, person, task_id)
        record = here.known_record(task.volume_id)
        saved = save_answers(connection, task, record, given.answers, now=now, lease_s=lease_s)
        reopen_if_taken_back(
            connection,
            task,
            given=given.answers,
            slice_count=record.slice_count,
            study_stride=config.stride,
            now=now,
            lease_s=lease_s,
        )
        return saved

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
    now, study_stride = datetime.now(UTC), here.study.config.stride
    record = here.own_volume(person, task_id)

    def work(connection: sa.Connection) -> None:
        task = own_task(connection, person, task_id)
        if task.state is TaskState.FINISHED:
            return
        if task.state is not TaskState.OPEN:
            raise _revoked()
        said = {a.slice_index: a.state for a in own_answers(connection, task)}
        stride = task.stride_in(study_stride)
        if missing := open_slices(said, record.slice_count, stride=stride):
            raise ApiError(
                409,
                "slices-open",
                "One slice is still open."
                if len(missing) == 1
                else f"{len(missing)} slices are still open.",
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


def _task_out(here: Server, task: TaskRecord) -> TaskOut:
    record = here.record(task.volume_id)
    with here.study.reading() as connection:
        said = own_answers(connection, task)
    address = f"/api/v1/tasks/{task.task_id}"
    return TaskOut(
        task_id=task.task_id,
        structure_id=task.structure_id,
        state=_shown(task.state),
        stride=task.stride_in(here.study.config.stride),
        volume=picture_out(here.pictures.about(here.source(record))),
        slices_url=f"{address}/slices/{{k}}",
        strip_url=f"{address}/strip",
        answers=[to_out(answer) for answer in said],
        proposals=by_slice(interpolated(said)),
        lease_expires_at=task.lease_expires_at,
    )


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
