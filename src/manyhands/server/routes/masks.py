"""The live mask of one's own boxes."""

from __future__ import annotations

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter

from manyhands.server.errors import ApiError
from manyhands.server.masks import by_slice, interpolated, mask_on, run_lengths, tightened
from manyhands.server.own import own_answers, own_task
from manyhands.server.schemas import ErrorOut, MaskIn, MaskOut, RunLengths
from manyhands.server.state import Here, Person, Server
from manyhands.store import Account, last_sequence

router = APIRouter(tags=["tasks"])

_fitting = CapacityLimiter(2)
"""So many masks are fitted at once: threads that save answers must stay free."""


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
        wider={task.annotator_id: task.stride} if task.stride else None,
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
        revision=revision, slices=masks, proposals=by_slice(proposals), took_s=round(took_s, 3)
    )
