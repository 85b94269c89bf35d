"""Routes for who is here: kept out, let in again, another role, links to come back by."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from manyhands.errors import StudyError
from manyhands.server.lead.common import (
    PREFIX,
    LeadRoute,
    NotThereError,
    check_still_allowed,
    note,
)
from manyhands.server.links import FROM_LEAD_LASTS, link_to, make_personal_link, qr_svg
from manyhands.server.schemas import LinkOut
from manyhands.server.state import Here, Person
from manyhands.store import (
    Account,
    Role,
    change_role,
    disable_account,
    enable_account,
    find_account,
    find_accounts,
    find_open_links,
    revoke_invite,
)

router = APIRouter(prefix=PREFIX, tags=["lead"], route_class=LeadRoute)


class RoleIn(BaseModel):
    """What somebody is to be from now on."""

    model_config = ConfigDict(extra="forbid")

    role: Role


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A personal link that still lets somebody in. `made_by` None: the command line."""

    made_by: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountOut:
    """Somebody here. Without a password they come in by links alone."""

    account_id: str
    name: str
    role: Role
    has_password: bool
    may_be_sent_link: bool
    open_links: list[OpenLink]
    created_at: datetime
    practised_at: datetime | None
    disabled_at: datetime | None


@router.get("/accounts")
def get_accounts(here: Here) -> list[AccountOut]:
    """Everybody who may log in, or might once."""
    with here.study.reading() as connection:
        accounts = find_accounts(connection)
        links = find_open_links(connection, datetime.now(UTC))
    names = {account.account_id: account.name for account in accounts}
    of: defaultdict[str | None, list[OpenLink]] = defaultdict(list)
    for link in links:
        of[link.account_id].append(OpenLink(names.get(link.created_by or ""), link.expires_at))
    return [_account_out(account, of[account.account_id]) for account in accounts]


@router.post("/accounts/{account_id}/disable")
def disable(here: Here, person: Person, account_id: str) -> list[AccountOut]:
    """Keep somebody out from now on; what they answered stays."""

    def shut_out(connection: sa.Connection) -> None:
        account = _other(connection, person, account_id, "shut themselves out")
        if account.disabled_at is None:
            disable_account(connection, account_id, datetime.now(UTC))
            note(connection, person, "account.disable", account.name)

    here.writer.do(shut_out)
    here.gate.forget()
    return get_accounts(here)


@router.post("/accounts/{account_id}/enable")
def enable(here: Here, person: Person, account_id: str) -> list[AccountOut]:
    """Let somebody in again. Without a password they need a link."""

    def let_in(connection: sa.Connection) -> None:
        account = _one(connection, person, account_id)
        if account.disabled_at is not None:
            enable_account(connection, account_id)
            note(connection, person, "account.enable", account.name)

    here.writer.do(let_in)
    return get_accounts(here)


@router.post("/accounts/{account_id}/role")
def role(here: Here, person: Person, account_id: str, wanted: RoleIn) -> list[AccountOut]:
    """Give somebody another role. Their sessions end, so that it holds at once."""

    def change(connection: sa.Connection) -> None:
        account = _other(connection, person, account_id, "change their own role")
        if account.role is not wanted.role:
            change_role(connection, account_id, wanted.role, datetime.now(UTC))
            told = {"role": [account.role.value, wanted.role.value]}
            note(connection, person, "account.role", account.name, told)

    here.writer.do(change)
    here.gate.forget()
    return get_accounts(here)


@router.post("/accounts/{account_id}/link", status_code=201)
def link(here: Here, person: Person, request: Request, account_id: str) -> LinkOut:
    """A link for somebody to come back by, once, within a day; reviewers and leads choose a new
    password with it. Not for a lead who has one: nobody becomes another lead on the page.
    """

    def make(connection: sa.Connection) -> tuple[str, datetime]:
        account = _one(connection, person, account_id)
        if account.disabled_at is not None:
            raise StudyError(f"'{account.name}' is shut out: let them in again first")
        if not _may_be_sent_link(account):
            way_out = f'manyhands invite STUDY --for "{account.name}"'
            raise StudyError(f"'{account.name}' leads with a password: use the command `{way_out}`")
        note(connection, person, "account.link", account.name)
        return make_personal_link(
            connection,
            account,
            datetime.now(UTC),
            lasts=FROM_LEAD_LASTS,
            created_by=person.account_id,
            sets_password=True,
        )

    token, ends = here.writer.do(make)
    url = link_to(request, f"/p/{token}")
    return LinkOut(url=url, qr_svg=qr_svg(url), expires_at=ends)


@router.post("/accounts/{account_id}/revoke-links")
def revoke_links(here: Here, person: Person, account_id: str) -> list[AccountOut]:
    """Make all links useless that would let somebody in as this person; sessions go on."""

    def end(connection: sa.Connection) -> None:
        account, now = _one(connection, person, account_id), datetime.now(UTC)
        links = find_open_links(connection, now, account_id)
        for link in links:
            revoke_invite(connection, link.invite_id, now)
        if links:
            note(connection, person, "account.revoke-links", account.name, {"links": len(links)})

    here.writer.do(end)
    return get_accounts(here)


def _may_be_sent_link(account: Account) -> bool:
    return account.role is not Role.LEAD or account.password_hash is None


def _one(connection: sa.Connection, person: Account, account_id: str) -> Account:
    """The account, for somebody who may still do something with it."""
    check_still_allowed(connection, person)
    account = find_account(connection, account_id)
    if account is None:
        raise NotThereError(f"no account {account_id}")
    return account


def _other(connection: sa.Connection, person: Account, account_id: str, deed: str) -> Account:
    """The account, which must not be one's own: so there is always a lead left."""
    if account_id == person.account_id:
        raise StudyError(f"nobody can {deed}: ask another lead")
    return _one(connection, person, account_id)


def _account_out(account: Account, open_links: list[OpenLink]) -> AccountOut:
    return AccountOut(
        account_id=account.account_id,
        name=account.name,
        role=account.role,
        has_password=account.password_hash is not None,
        may_be_sent_link=_may_be_sent_link(account),
        open_links=open_links,
        created_at=account.created_at,
        practised_at=account.practised_at,
        disabled_at=account.disabled_at,
    )
