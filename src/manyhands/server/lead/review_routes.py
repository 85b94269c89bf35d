"""Routes of the review: what is flagged, everything about one subject, its planes, sending back."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from manyhands.server.lead.common import PREFIX, LeadRoute, NotThereError, Standings, note
from manyhands.server.lead.flagged import ReviewList, find_flagged
from manyhands.server.lead.masks import Masks, read_masks
from manyhands.server.lead.planes import Plane, cut
from manyhands.server.lead.review import (
    ReviewSubject,
    find_structure,
    find_volume,
    read_subject,
)
from manyhands.server.schemas import WindowOut
from manyhands.server.slices import encode_slice
from manyhands.server.state import Here, Person
from manyhands.store import Request, insert_request
from manyhands.tasks import Subject

router = APIRouter(prefix=f"{PREFIX}/review", tags=["review"], route_class=LeadRoute)


class SendBackIn(BaseModel):
    """Why, for the log; with an id made by whoever asks, asking twice is harmless."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=500)
    request_id: uuid.UUID | None = None


@router.get("")
def get_list(here: Here, standings: Standings) -> ReviewList:
    """Every structure of every volume, those with the most at stake first."""
    return find_flagged(here.study, standings)


@router.get("/{volume_id}/windows")
def get_windows(here: Here, volume_id: str) -> list[WindowOut]:
    """How the pictures of a volume may be shown; the first is shown at first."""
    about = here.pictures.about(here.source(find_volume(here.study, volume_id)))
    return [
        WindowOut(name=name, centre=window.centre, width=window.width)
        for name, window in about.windows.items()
    ]


@router.get("/{volume_id}/{plane}/{index}.mhs", response_class=Response)
def get_slice(here: Here, volume_id: str, plane: Plane, index: int) -> Response:
    """A picture in one of three planes, as docs/look-up/slice-format.md has it."""
    about, codes = here.pictures.codes(here.source(find_volume(here.study, volume_id)))
    try:
        picture = cut(codes, plane, index)
    except IndexError as error:
        raise NotThereError(str(error)) from None
    return Response(
        encode_slice(picture, about.scale),
        media_type="application/octet-stream",
        headers={"Cache-Control": "private, max-age=31536000, immutable"},
    )


@router.get("/{volume_id}/structures/{structure_id}")
def get_subject(here: Here, volume_id: str, structure_id: int) -> ReviewSubject:
    """What everybody said of a subject, and what they agree on."""
    structure = find_structure(here.study, structure_id)
    return read_subject(here.study, find_volume(here.study, volume_id), structure)


@router.get("/{volume_id}/structures/{structure_id}/masks")
def get_masks(here: Here, volume_id: str, structure_id: int) -> Masks:
    """The mask of a subject, and its reference if there is one."""
    structure = find_structure(here.study, structure_id)
    return read_masks(here.study, find_volume(here.study, volume_id), structure)


@router.post("/{volume_id}/structures/{structure_id}/send-back", status_code=201)
def send_back(
    here: Here,
    person: Person,
    volume_id: str,
    structure_id: int,
    wanted: SendBackIn,
    standings: Standings,
) -> ReviewList:
    """Let one more person go through it than have finished it by now; gives the list anew."""
    volume = find_volume(here.study, volume_id)
    structure = find_structure(here.study, structure_id)
    subject = Subject(volume_id, structure_id)
    finished = next((len(s.finished_by) for s in standings if s.subject == subject), 0)
    request = Request(
        volume_id,
        structure_id,
        finished + 1,
        account_id=person.account_id,
        request_id=str(wanted.request_id or uuid.uuid4()),
    )

    def ask(connection: sa.Connection) -> None:
        insert_request(connection, request)
        told = {"n_annotators": finished + 1, "reason": wanted.reason}
        note(connection, person, "review.send-back", f"{volume.name}, {structure.name}", told)

    here.writer.do(ask)
    return find_flagged(here.study, here.queue.standings())
