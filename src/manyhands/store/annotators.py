"""The people who answer."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from manyhands.errors import StudyError
from manyhands.store import schema
from manyhands.store.names import check_name
from manyhands.types import Annotator


def insert_annotator(connection: sa.Connection, annotator: Annotator) -> None:
    """Add an annotator; adding the very same again is harmless.

    Raises `InputError` for a name that no file can have, `StudyError` where somebody else has it
    (in whatever case).
    """
    check_name(annotator.name, "annotator name")
    for known in find_annotators(connection):
        if known == annotator:
            return
        if known.name.casefold() == annotator.name.casefold():
            raise StudyError(f"annotator '{known.name}' is in the study already")
    connection.execute(
        sa.insert(schema.annotators).values(
            annotator_id=annotator.annotator_id, name=annotator.name
        )
    )


def find_annotators(connection: sa.Connection) -> tuple[Annotator, ...]:
    """All of them, in the order of their names."""
    table = schema.annotators
    rows = connection.execute(sa.select(table).order_by(table.c.name))
    return tuple(Annotator(row.annotator_id, row.name) for row in rows)


def find_annotator(connection: sa.Connection, name: str) -> Annotator:
    """The annotator called `name`. Raises `StudyError` naming those there are."""
    known = {annotator.name: annotator for annotator in find_annotators(connection)}
    if name not in known:
        raise StudyError(f"no annotator '{name}' in the study; it has {', '.join(known) or 'none'}")
    return known[name]


def ensure_annotator(connection: sa.Connection, name: str) -> Annotator:
    """The annotator called `name`, added if new."""
    for annotator in find_annotators(connection):
        if annotator.name == name:
            return annotator
    annotator = Annotator(str(uuid.uuid4()), name)
    insert_annotator(connection, annotator)
    return annotator
