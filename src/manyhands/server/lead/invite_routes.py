"""Routes for invitations: made, told once, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from manyhands.server.lead.common import (
    PREFIX,
    LeadRoute,
    NotThereError,
    check_still_allowed,
    note,
)
from manyhands.server.links import link_to, qr_svg
from manyhands.server.state import Here, Person
from manyhands.store import (
    Account,
    Invite,
    InviteState,
    Role,
    find_invites,
    insert_invite,
    revoke_invite,
)

router = APIRouter(prefix=PREFIX, tags=["lead"], route_class=LeadRoute)


class InviteIn(BaseModel):
    """A new invitation; None is without a limit."""

    model_config = ConfigDict(extra="forbid")

    role: Role = Role.ANNOTATOR
    note: str = Field(default="", max_length=200)
    expires_in_days: float | None = Field(default=14, gt=0, le=3650)
    most_uses: int | None = Field(default=None, ge=1, le=100_000)


@dataclass(frozen=True, slots=True)
class InviteOut:
    invite_id: str
    role: Role
    note: str
    state: InviteState
    created_at: datetime
    expires_at: datetime | None
    most_uses: int | None
    uses: int


@dataclass(frozen=True, slots=True)
class NewInvite:
    """The only time that the link can be seen: the study keeps its hash."""

    invite: InviteOut
    url: str
    qr_svg: str


@router.get("/invites")
def get_invites(here: Here) -> list[InviteOut]:
    """All invitations, the newest first; without their links, which nobody knows any more."""
    with here.study.reading() as connection:
        return [_invite_out(invite) for invite in find_invites(connection)]


@router.post("/invites", status_code=201)
def post_invite(here: Here, person: Person, request: Request, wanted: InviteIn) -> NewInvite:
    """Make an invitation; gives its link, once."""
    now = datetime.now(UTC)
    days = wanted.expires_in_days
    invite = Invite(
        wanted.role,
        note=wanted.note.strip(),
        expires_at=None if days is None else now + timedelta(days=days),
        most_uses=wanted.most_uses,
        created_by=person.account_id,
        created_at=now,
    )

    def add(connection: sa.Connection) -> str:
        check_still_allowed(connection, person)
        told = {"role": invite.role.value, "most_uses": invite.most_uses, "days": days}
        _note(connection, person, "invite.create", invite, told)
        return insert_invite(connection, invite)

    token = here.writer.do(add)
    url = link_to(request, f"/i/{token}")
    return NewInvite(_invite_out(invite), url, qr_svg(url))


@router.post("/invites/{invite_id}/revoke")
def revoke(here: Here, person: Person, invite_id: str) -> list[InviteOut]:
    """Make a link useless from now on; who came in by it stays."""

    def end(connection: sa.Connection) -> None:
        check_still_allowed(connection, person)
        for invite in find_invites(connection):
            if invite.invite_id == invite_id:
                revoke_invite(connection, invite_id, datetime.now(UTC))
                _note(connection, person, "invite.revoke", invite, {"role": invite.role.value})
                return
        raise NotThereError(f"no invitation {invite_id}")

    here.writer.do(end)
    return get_invites(here)


def _note(
    connection: sa.Connection,
    person: Account,
    action: str,
    invite: Invite,
    told: Mapping[str, object],
) -> None:
    """Log it under its note, else its role; which of several alike it was, its id says."""
    subject = invite.note or invite.role.value
    note(connection, person, action, subject, {**told, "invite_id": invite.invite_id})


def _invite_out(invite: Invite) -> InviteOut:
    return InviteOut(
        invite_id=invite.invite_id,
        role=invite.role,
        note=invite.note,
        state=invite.state(datetime.now(UTC)),
        created_at=invite.created_at,
        expires_at=invite.expires_at,
        most_uses=invite.most_uses,
        uses=invite.uses,
    )
