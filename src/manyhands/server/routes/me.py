"""Whoever is logged in, and what they need to know of the study."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from manyhands.server.cookies import drop_session, set_session
from manyhands.server.errors import ApiError
from manyhands.server.links import link_to, make_personal_link, qr_svg
from manyhands.server.schemas import LinkOut, MeOut, StructureOut, StudyOut
from manyhands.server.state import Here, Person, Server
from manyhands.store import end_session, practised_structures
from manyhands.types import Structure

router = APIRouter(tags=["me"])


@router.get("/api/v1/me")
def me(here: Here, person: Person, request: Request, response: Response) -> MeOut:
    """Who I am, and what the study asks. Every page asks this first, so the session is renewed."""
    token = request.cookies[here.settings.cookie_name]
    set_session(response, here.settings, token, person.role)
    config = here.study.config
    page = config.page
    with here.study.reading() as connection:
        practised = practised_structures(connection, person.account_id)
    return MeOut(
        account_id=person.account_id,
        name=person.name,
        role=person.role,
        study=StudyOut(
            title=page.title,
            consent=page.consent,
            stride=config.stride,
            live_mask=page.live_mask,
            data_saver_default=page.data_saver,
        ),
        structures=[_structure_out(here, s) for s in config.structures],
        practised=person.practised_at is not None,
        practised_structures=list(practised),
    )


def _structure_out(here: Server, structure: Structure) -> StructureOut:
    has_example = structure.example is not None and here.study.path(structure.example).is_file()
    address = f"/api/v1/structures/{structure.structure_id}/example"
    return StructureOut(
        structure_id=structure.structure_id,
        name=structure.name,
        colour=structure.colour,
        hint=structure.hint,
        example_url=address if has_example else None,
    )


@router.get("/api/v1/structures/{structure_id}/example", response_class=FileResponse)
def example(here: Here, structure_id: int) -> FileResponse:
    """A picture of the structure, which the lead chose."""
    for structure in here.study.config.structures:
        if structure.structure_id == structure_id and structure.example is not None:
            path = here.study.path(structure.example)
            if path.is_file():
                return FileResponse(
                    path, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"}
                )
    raise ApiError(404, "no-example", "There is no picture of this.")


@router.post("/api/v1/me/link")
def link(here: Here, person: Person, request: Request) -> LinkOut:
    """A link to go on as the same person on another device, soon and once."""
    here.limits.check("link", person.account_id)
    now = datetime.now(UTC)
    token, ends = here.writer.do(
        lambda connection: make_personal_link(connection, person, now, created_by=person.account_id)
    )
    address = link_to(request, f"/p/{token}")
    return LinkOut(url=address, qr_svg=qr_svg(address), expires_at=ends)


@router.post("/api/v1/logout", status_code=204)
def logout(here: Here, request: Request) -> Response:
    """End this session."""
    if token := request.cookies.get(here.settings.cookie_name):
        here.writer.do(lambda connection: end_session(connection, token))
        here.gate.forget()
    response = Response(status_code=204)
    drop_session(response, here.settings)
    return response
