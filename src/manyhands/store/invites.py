"""Links that make somebody an account, or lead to one (personal links)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from manyhands.errors import StudyError
from manyhands.store import schema
from manyhands.store.accounts import Role
from manyhands.store.tokens import hash_token, make_token


class InviteState(StrEnum):
    """Whether a link can be used, and if not why."""

    OPEN = "open"
    EXPIRED = "expired"
    USED_UP = "used-up"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Invite:
    """A link. With `account_id` it is personal: it leads to that account.

    `most_uses` None: any number of people. Whoever takes it chooses a new password where it
    `sets_password`. The link's token is not in it: only its hash is kept.
    """

    role: Role
    note: str = ""
    account_id: str | None = None
    expires_at: datetime | None = None
    most_uses: int | None = None
    uses: int = 0
    created_by: str | None = None
    revoked_at: datetime | None = None
    sets_password: bool = False
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    invite_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def state(self, now: datetime) -> InviteState:
        """Can it be used now?"""
        if self.revoked_at is not None:
            return InviteState.REVOKED
        if self.expires_at is not None and self.expires_at <= now:
            return InviteState.EXPIRED
        if self.most_uses is not None and self.uses >= self.most_uses:
            return InviteState.USED_UP
        return InviteState.OPEN


def insert_invite(connection: sa.Connection, invite: Invite) -> str:
    """Add an invitation; gives its token, which is kept nowhere else."""
    token = make_token()
    values = {name: getattr(invite, name) for name in Invite.__dataclass_fields__}
    connection.execute(
        sa.insert(schema.invites).values(
            {**values, "role": invite.role.value, "token_hash": hash_token(token)}
        )
    )
    return token


def find_invite(connection: sa.Connection, token: str) -> Invite | None:
    """The invitation of a token, in whatever state; None for one that never was."""
    table = schema.invites
    row = connection.execute(
        sa.select(table).where(table.c.token_hash == hash_token(token))
    ).one_or_none()
    return None if row is None else _invite(row)


def find_invites(connection: sa.Connection) -> tuple[Invite, ...]:
    """All invitations, the newest first; personal links are not among them."""
    table = schema.invites
    query = sa.select(table).where(table.c.account_id.is_(None))
    return tuple(
        _invite(row) for row in connection.execute(query.order_by(table.c.created_at.desc()))
    )


def find_open_links(
    connection: sa.Connection, now: datetime, account_id: str | None = None
) -> tuple[Invite, ...]:
    """Personal links that can still be used, to this account or to all; the newest first."""
    table = schema.invites
    query = sa.select(table).where(table.c.account_id.is_not(None), table.c.revoked_at.is_(None))
    if account_id is not None:
        query = query.where(table.c.account_id == account_id)
    links = (_invite(row) for row in connection.execute(query.order_by(table.c.created_at.desc())))
    return tuple(link for link in links if link.state(now) is InviteState.OPEN)


def count_use(connection: sa.Connection, invite: Invite, now: datetime) -> Invite:
    """Use an invitation once more. Raises `StudyError` where it cannot be used (any more).

    To be called in the transaction that makes the account: of two people who take the last use at
    the same moment, one is refused.
    """
    table = schema.invites
    row = connection.execute(sa.select(table).where(table.c.invite_id == invite.invite_id)).one()
    known = _invite(row)
    if known.state(now) is not InviteState.OPEN:
        raise StudyError(f"this link is {known.state(now).value}")
    connection.execute(
        sa.update(table).where(table.c.invite_id == invite.invite_id).values(uses=known.uses + 1)
    )
    return replace(known, uses=known.uses + 1)


def revoke_invite(connection: sa.Connection, invite_id: str, now: datetime) -> bool:
    """Make a link useless; gives False where there is none of that id. The first time counts."""
    table = schema.invites
    found = connection.scalar(sa.select(table.c.uses).where(table.c.invite_id == invite_id))
    connection.execute(
        sa.update(table)
        .where(table.c.invite_id == invite_id, table.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return found is not None


def _invite(row: sa.Row[tuple[object, ...]]) -> Invite:
    values = {name: row._mapping[name] for name in Invite.__dataclass_fields__}
    return Invite(**{**values, "role": Role(values["role"])})
