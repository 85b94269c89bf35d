"""Who may log in, and as what. An account that worked is disabled, never removed."""

from __future__ import annotations

import unicodedata
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from manyhands.errors import StudyError
from manyhands.store import schema
from manyhands.store.annotators import insert_annotator
from manyhands.store.names import check_name
from manyhands.types import Annotator


class Role(StrEnum):
    """What an account may do."""

    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Account:
    """One person at the page. `annotator_id` is None until they are given their first task."""

    name: str
    role: Role
    password_hash: str | None = field(default=None, repr=False)
    annotator_id: str | None = None
    account_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    practised_at: datetime | None = None
    disabled_at: datetime | None = None


def insert_account(connection: sa.Connection, account: Account) -> None:
    """Add an account. An annotator's gets its row among the annotators at once.

    Raises `InputError` for a name that no file can have, `StudyError` where somebody has it already
    (in whatever case), as account or as annotator.
    """
    check_name(account.name, "name")
    table = schema.accounts
    if taken := find_account_named(connection, account.name):
        raise StudyError(f"'{taken.name}' is the name of somebody else here already")
    if account.annotator_id is not None:
        insert_annotator(connection, Annotator(account.annotator_id, account.name))
    connection.execute(sa.insert(table).values(_row(account)))


def make_annotator_of(connection: sa.Connection, account: Account) -> Account:
    """The same account with a row among the annotators, which is made if it is missing."""
    table = schema.accounts
    known = find_account(connection, account.account_id)
    if known is None or known.annotator_id is not None:
        return known or account
    made = replace(known, annotator_id=str(uuid.uuid4()))
    insert_annotator(connection, Annotator(str(made.annotator_id), made.name))
    connection.execute(
        sa.update(table)
        .where(table.c.account_id == made.account_id)
        .values(annotator_id=made.annotator_id)
    )
    return made


def find_account(connection: sa.Connection, account_id: str) -> Account | None:
    """The account of that id, or None."""
    return _one(connection, schema.accounts.c.account_id == account_id)


def find_account_named(connection: sa.Connection, name: str) -> Account | None:
    """The account of that name, in whatever case, or None."""
    # Compared here: SQLite's own lower() leaves all letters beyond ASCII as they are.
    for known in connection.scalars(sa.select(schema.accounts.c.name)):
        if _folded(known) == _folded(name):
            return _one(connection, schema.accounts.c.name == known)
    return None


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def find_accounts(connection: sa.Connection, role: Role | None = None) -> tuple[Account, ...]:
    """All accounts, or those of a role, in the order of their names."""
    query = sa.select(schema.accounts).order_by(schema.accounts.c.name)
    if role is not None:
        query = query.where(schema.accounts.c.role == role.value)
    return tuple(_account(row) for row in connection.execute(query))


def note_practice(
    connection: sa.Connection, account_id: str, now: datetime, *, structure_id: int | None = None
) -> None:
    """Note that somebody has practised, a structure or all; the first time counts."""
    table = schema.accounts
    practised = practised_structures(connection, account_id)
    if structure_id is not None and structure_id not in practised:
        values = {"account_id": account_id, "structure_id": structure_id, "practised_at": now}
        connection.execute(sa.insert(schema.practices).values(values))
    connection.execute(
        sa.update(table)
        .where(table.c.account_id == account_id, table.c.practised_at.is_(None))
        .values(practised_at=now)
    )


def practised_structures(connection: sa.Connection, account_id: str) -> tuple[int, ...]:
    """The ids of the structures somebody has practised, in their order."""
    table = schema.practices
    ids = sa.select(table.c.structure_id).where(table.c.account_id == account_id)
    return tuple(connection.scalars(ids.order_by(table.c.structure_id)))


def _one(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Account | None:
    row = connection.execute(sa.select(schema.accounts).where(condition)).one_or_none()
    return None if row is None else _account(row)


def _account(row: sa.Row[tuple[object, ...]]) -> Account:
    values = dict(row._mapping)
    return Account(**{**values, "role": Role(values["role"])})


def _row(account: Account) -> dict[str, object]:
    values = {name: getattr(account, name) for name in Account.__dataclass_fields__}
    return {**values, "role": account.role.value}
