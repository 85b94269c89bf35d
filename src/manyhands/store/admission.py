"""Who is kept out, is let in again, gets another role or a password."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from manyhands.store import schema
from manyhands.store.accounts import Role


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


def set_password(connection: sa.Connection, account_id: str, password_hash: str) -> None:
    """Let an account be logged in with from now on by this password alone."""
    _change(connection, account_id, password_hash=password_hash)


def _change(connection: sa.Connection, account_id: str, **values: object) -> None:
    table = schema.accounts
    connection.execute(sa.update(table).where(table.c.account_id == account_id).values(**values))


def _end_ways_in(connection: sa.Connection, account_id: str, now: datetime) -> None:
    """End sessions and personal links, and invitations of theirs to more than annotating, by which
    they could come back.
    """
    sessions, invites = schema.sessions, schema.invites
    connection.execute(sa.delete(sessions).where(sessions.c.account_id == account_id))
    connection.execute(
        sa.update(invites)
        .where(
            sa.or_(
                invites.c.account_id == account_id,
                sa.and_(invites.c.created_by == account_id, invites.c.role != Role.ANNOTATOR.value),
            ),
            invites.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
