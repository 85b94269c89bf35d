"""Who is logged in. The browser keeps a random token, the study its hash."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from manyhands.store import schema
from manyhands.store.accounts import Account, Role
from manyhands.store.tokens import hash_token, make_token

LASTS = {
    Role.ANNOTATOR: timedelta(days=30),
    Role.REVIEWER: timedelta(hours=12),
    Role.LEAD: timedelta(hours=12),
}
"""After the last visit. Annotators have no password to come back with."""

NOTED_EVERY = 24
"""A visit is noted when more than this share (1 / 24) of the time has passed."""


def start_session(connection: sa.Connection, account: Account, now: datetime) -> str:
    """A new session; gives its token, which is kept nowhere else. Those that ended are removed."""
    forget_ended(connection, now)
    token = make_token()
    connection.execute(
        sa.insert(schema.sessions).values(
            session_hash=hash_token(token),
            account_id=account.account_id,
            created_at=now,
            seen_at=now,
            expires_at=now + LASTS[account.role],
        )
    )
    return token


def find_session(
    connection: sa.Connection, token: str, now: datetime
) -> tuple[Account, datetime] | None:
    """Whose session a token is, and when they were last seen; None for one that ended."""
    sessions, accounts = schema.sessions, schema.accounts
    row = connection.execute(
        sa.select(accounts, sessions.c.seen_at)
        .join(sessions, sessions.c.account_id == accounts.c.account_id)
        .where(
            sessions.c.session_hash == hash_token(token),
            sessions.c.expires_at > now,
            accounts.c.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    seen_at = values.pop("seen_at")
    return Account(**{**values, "role": Role(values["role"])}), seen_at


def is_worth_noting(account: Account, seen_at: datetime, now: datetime) -> bool:
    """Has enough time passed since a visit was noted to write again?"""
    return now - seen_at > LASTS[account.role] / NOTED_EVERY


def note_visit(connection: sa.Connection, token: str, account: Account, now: datetime) -> None:
    """Let a session last from now on."""
    connection.execute(
        sa.update(schema.sessions)
        .where(schema.sessions.c.session_hash == hash_token(token))
        .values(seen_at=now, expires_at=now + LASTS[account.role])
    )


def end_session(connection: sa.Connection, token: str) -> None:
    """Forget a session; one that is not there is forgotten already."""
    table = schema.sessions
    connection.execute(sa.delete(table).where(table.c.session_hash == hash_token(token)))


def forget_ended(connection: sa.Connection, now: datetime) -> None:
    """Remove sessions that have expired."""
    connection.execute(sa.delete(schema.sessions).where(schema.sessions.c.expires_at <= now))
