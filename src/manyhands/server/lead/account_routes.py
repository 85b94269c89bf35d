"""Routes for who is here: kept out, let in again, another role, a link to come back by."""

from __future__ import annotations

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
)

router = APIRouter(prefix=PREFIX, tags=["lead"], route_class=LeadRoute)


class RoleIn(BaseModel):
    """What somebody is to be from now on."""

    model_config = ConfigDict(extra="forbid")

    role: Role


@dataclass(frozen=True, slots=True)
class AccountOut:
    """Somebody here. Without a password they come in by links alone."""

    account_id: str
    name: str
    role: Role
    has_password: bool
    created_at: datetime
    practised_at: datetime | None
    disabled_at: datetime | None


@router.get("/accounts")
def get_accounts(here: Here) -> list[AccountOut]:
    """Everybody who may log in, or might once."""
    with here.study.reading() as connection:
        return [_account_out(account) for account in find_accounts(connection)]


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
    """A link for somebody without a password to come back by, once, within a day.

    Who has a password logs in with it: nobody makes links to be somebody who can do more.
    """

    def make(connection: sa.Connection) -> tuple[str, datetime]:
        account = _one(connection, person, account_id)
        if account.disabled_at is not None:
            raise StudyError(f"'{account.name}' is shut out: let them in again first")
        if account.password_hash is not None:
            raise StudyError(f"'{account.name}' has a password, and logs in with it")
        note(connection, person, "account.link", account.name)
        return make_personal_link(
            connection,
            account,
            datetime.now(UTC),
            lasts=FROM_LEAD_LASTS,
            created_by=person.account_id,
        )

    token, ends = here.writer.do(make)
    url = link_to(request, f"/p/{token}")
    return LinkOut(url=url, qr_svg=qr_svg(url), expires_at=ends)


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


def _account_out(account: Account) -> AccountOut:
    return AccountOut(
        account_id=account.account_id,
        name=account.name,
        role=account.role,
        has_password=account.password_hash is not None,
        created_at=account.created_at,
        practised_at=account.practised_at,
        disabled_at=account.disabled_at,
    )
