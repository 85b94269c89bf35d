"""Who is kept out, is let in again, gets another role or a password."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from manyhands.store import schema
from manyhands.store.accounts import Role
from manyhands.store.invites import find_open_links, revoke_invite


def disable_account(connection: sa.Connection, account_id: str, now: datetime) -> None:
    """Keep somebody out from now on; their ways in end with it."""
    _change(connection, account_id, disabled_at=now)
    _end_ways_in(connection, account_id, now)


def enable_account(connection: sa.Connection, account_id: str) -> None:
    """Let somebody in again. Their ways in stay ended: they need a password or a new link."""
    _change(connection, account_id, disabled_at=None)


def change_role(connection: sa.Connection, account_id: str, role: Role, now: datetime) -> None:
    """Give somebody another role; their ways in, which were of the old one, end with it."""
    _change(connection, account_id, role=role.value)
    _end_ways_in(connection, account_id, now)


def set_password(
    connection: sa.Connection, account_id: str, password_hash: str, now: datetime
) -> None:
    """Let an account be logged in with by this password alone: sessions and open links to it end,
    because somebody else may have them.
    """
    _change(connection, account_id, password_hash=password_hash)
    _end_sessions(connection, account_id)
    for link in find_open_links(connection, now, account_id):
        revoke_invite(connection, link.invite_id, now)


def _change(connection: sa.Connection, account_id: str, **values: object) -> None:
    table = schema.accounts
    connection.execute(sa.update(table).where(table.c.account_id == account_id).values(**values))


def _end_ways_in(connection: sa.Connection, account_id: str, now: datetime) -> None:
    """End sessions and personal links, and what they made by which they could come back, as
    somebody else: links of others, and invitations to more than annotating.
    """
    _end_sessions(connection, account_id)
    invites = schema.invites
    is_way_back = sa.or_(invites.c.account_id.is_not(None), invites.c.role != Role.ANNOTATOR.value)
    made_by_them = sa.and_(invites.c.created_by == account_id, is_way_back)
    _revoke(connection, sa.or_(invites.c.account_id == account_id, made_by_them), now)


def _end_sessions(connection: sa.Connection, account_id: str) -> None:
    table = schema.sessions
    connection.execute(sa.delete(table).where(table.c.account_id == account_id))


def _revoke(connection: sa.Connection, which: sa.ColumnElement[bool], now: datetime) -> None:
    table = schema.invites
    connection.execute(
        sa.update(table).where(which, table.c.revoked_at.is_(None)).values(revoked_at=now)
    )
