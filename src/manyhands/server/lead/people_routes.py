"""Routes for who may do what: invitations and accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from manyhands.errors import StudyError
from manyhands.server.lead.common import PREFIX, LeadRoute, NotThereError, note
from manyhands.server.links import link_to, qr_svg
from manyhands.server.state import Here, Person
from manyhands.store import (
    Account,
    Invite,
    InviteState,
    Role,
    disable_account,
    find_account,
    find_accounts,
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


@dataclass(frozen=True, slots=True)
class AccountOut:
    account_id: str
    name: str
    role: Role
    created_at: datetime
    practised_at: datetime | None
    disabled_at: datetime | None


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
        told = {"role": invite.role.value, "most_uses": invite.most_uses, "days": days}
        note(connection, person, "invite.create", invite.note or invite.invite_id, told)
        return insert_invite(connection, invite)

    token = here.writer.do(add)
    url = link_to(request, f"/i/{token}")
    return NewInvite(_invite_out(invite), url, qr_svg(url))


@router.post("/invites/{invite_id}/revoke")
def revoke(here: Here, person: Person, invite_id: str) -> list[InviteOut]:
    """Make a link useless from now on; who came in by it stays."""

    def end(connection: sa.Connection) -> None:
        if not revoke_invite(connection, invite_id, datetime.now(UTC)):
            raise NotThereError(f"no invitation {invite_id}")
        note(connection, person, "invite.revoke", invite_id)

    here.writer.do(end)
    return get_invites(here)


@router.get("/accounts")
def get_accounts(here: Here) -> list[AccountOut]:
    """Everybody who may log in, or might once."""
    with here.study.reading() as connection:
        return [_account_out(account) for account in find_accounts(connection)]


@router.post("/accounts/{account_id}/disable")
def disable(here: Here, person: Person, account_id: str) -> list[AccountOut]:
    """Keep somebody out from now on; what they answered stays."""

    def shut_out(connection: sa.Connection) -> None:
        account = find_account(connection, account_id)
        if account is None:
            raise NotThereError(f"no account {account_id}")
        if account.account_id == person.account_id:
            raise StudyError("nobody can shut themselves out: ask another lead")
        disable_account(connection, account_id, datetime.now(UTC))
        note(connection, person, "account.disable", account.name)

    here.writer.do(shut_out)
    here.gate.forget()
    return get_accounts(here)


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


def _account_out(account: Account) -> AccountOut:
    return AccountOut(
        account.account_id,
        account.name,
        account.role,
        account.created_at,
        account.practised_at,
        account.disabled_at,
    )
