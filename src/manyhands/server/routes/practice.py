"""A few slices to learn on, before the first task."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Response

from manyhands.boxes.arithmetic import is_valid, to_array
from manyhands.server.errors import ApiError
from manyhands.server.pictures import Quality
from manyhands.server.practice import WORDS, Course, Item, judge
from manyhands.server.routes.pictures import SLICE_TYPE, picture_out
from manyhands.server.schemas import (
    PracticeIn,
    PracticeItem,
    PracticeOut,
    PracticeResult,
    PractisedIn,
)
from manyhands.server.state import Here, Person, Server
from manyhands.store import note_practice
from manyhands.types import Box, State

router = APIRouter(tags=["practice"])


@router.get("/api/v1/practice")
def practice(here: Here, structure_id: int | None = None) -> PracticeOut:
    """What there is to practise on, of one structure or all; no items where no truth is known."""
    course = here.practice.course()
    if course is None:
        return PracticeOut(items=[], is_made_up=False)
    picture = picture_out(here.pictures.about(course.source))
    items = [
        PracticeItem(
            practice_id=item.practice_id,
            structure_id=item.structure.structure_id,
            words=f"Draw a box around: {item.structure.name.replace('_', ' ')}.",
            slice_url=f"/api/v1/practice/{item.practice_id}/slice",
            picture=picture,
        )
        for item in course.items.values()
        if structure_id in (None, item.structure.structure_id)
    ]
    return PracticeOut(items=items, is_made_up=course.is_made_up)


@router.get("/api/v1/practice/{practice_id}/slice", response_class=Response)
def practice_slice(here: Here, practice_id: str, quality: Quality = Quality.FULL) -> Response:
    """The slice of an item, as `.mhs`; another one when the lead has chosen another volume."""
    course, item = _find(here, practice_id)
    content = here.pictures.slice_bytes(course.source, item.slice_index, quality)
    return Response(content, media_type=SLICE_TYPE)


@router.post("/api/v1/practice/done", status_code=204)
def practice_done(here: Here, person: Person, given: PractisedIn | None = None) -> None:
    """The practice is over, of one structure or all, and is not offered any more."""
    now, structure_id = datetime.now(UTC), given and given.structure_id
    known = {structure.structure_id for structure in here.study.config.structures}
    if structure_id is not None and structure_id not in known:
        raise ApiError(404, "no-structure", "The study has no such structure.")
    here.writer.do(
        lambda connection: note_practice(
            connection, person.account_id, now, structure_id=structure_id
        )
    )
    here.gate.forget()


@router.post("/api/v1/practice/{practice_id}")
def practise(here: Here, person: Person, practice_id: str, given: PracticeIn) -> PracticeResult:
    """What is right and wrong with boxes on a slice. Nothing of it is kept."""
    here.limits.check("practice", person.account_id)
    _, item = _find(here, practice_id)
    boxes = [Box(b.row0, b.column0, b.row1, b.column1) for b in given.boxes]
    if not is_valid(to_array(boxes)).all():
        raise ApiError(422, "no-area", "A box has no area.", "Draw it larger.")
    judged = judge(boxes if given.state is State.BOXES else [], item.truth)
    return PracticeResult(
        iou=judged.iou,
        reference_boxes=[tuple(row) for row in item.truth.tolist()],
        verdict=judged.verdict,
        words=WORDS[judged.verdict],
    )


def _find(here: Server, practice_id: str) -> tuple[Course, Item]:
    course = here.practice.course()
    if course is None or practice_id not in course.items:
        raise ApiError(404, "no-practice", "There is no such slice to practise on.")
    return course, course.items[practice_id]
