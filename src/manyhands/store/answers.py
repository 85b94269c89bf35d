"""What annotators said, and what each of them says now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from manyhands.store import schema
from manyhands.types import Answer, Box, Origin, State

_PLACE = (
    schema.answers.c.volume_id,
    schema.answers.c.structure_id,
    schema.answers.c.annotator_id,
    schema.answers.c.slice_index,
)
_IDS_PER_QUERY = 500  # databases limit the values of one statement


def has_answers(connection: sa.Connection) -> bool:
    """Has anybody ever answered anything?"""
    return bool(connection.scalar(sa.select(sa.exists().where(schema.answers.c.sequence > 0))))


def current_answers(
    connection: sa.Connection,
    *,
    volume_id: str | None = None,
    structure_id: int | None = None,
    annotator_id: str | None = None,
) -> tuple[Answer, ...]:
    """What each annotator says now: the newest answer per volume, structure, annotator and slice.

    Newest is by `created_at`, then by arrival, so that an answer that was made offline and came
    late does not undo a newer one; where it was taken back (`State.OPEN`) there is none. `None`
    means all. In the order of place.
    """
    table = schema.answers
    newest = (
        _filtered(sa.select(table.c.sequence), volume_id, structure_id, annotator_id)
        .add_columns(
            sa.func.row_number()
            .over(
                partition_by=_PLACE, order_by=(table.c.created_at.desc(), table.c.sequence.desc())
            )
            .label("age")
        )
        .subquery()
    )
    rows = _joined().where(
        table.c.sequence.in_(sa.select(newest.c.sequence).where(newest.c.age == 1)),
        table.c.state != State.OPEN.value,
    )
    return tuple(_read(connection, rows.order_by(*_PLACE, schema.boxes.c.position)))


def answer_history(
    connection: sa.Connection,
    *,
    volume_id: str | None = None,
    structure_id: int | None = None,
    annotator_id: str | None = None,
) -> tuple[Answer, ...]:
    """Everything that was ever said, in the order of arrival."""
    rows = _filtered(_joined(), volume_id, structure_id, annotator_id)
    return tuple(
        _read(connection, rows.order_by(schema.answers.c.sequence, schema.boxes.c.position))
    )


def known_answers(connection: sa.Connection, answer_ids: Iterable[str]) -> dict[str, str]:
    """Which of these answers are there already: the annotator's id by the answer's."""
    table, ids = schema.answers, list(answer_ids)
    known: dict[str, str] = {}
    for start in range(0, len(ids), _IDS_PER_QUERY):
        query = sa.select(table.c.answer_id, table.c.annotator_id)
        rows = connection.execute(
            query.where(table.c.answer_id.in_(ids[start : start + _IDS_PER_QUERY]))
        )
        known |= {row.answer_id: row.annotator_id for row in rows}
    return known


def last_sequence(connection: sa.Connection) -> int:
    """The number of the answer that arrived last; 0 before the first."""
    return connection.scalar(sa.select(sa.func.max(schema.answers.c.sequence))) or 0


def answered_since(connection: sa.Connection, sequence: int) -> frozenset[tuple[str, int]]:
    """Volume and structure ids of everything that was answered on after an answer."""
    table = schema.answers
    rows = connection.execute(
        sa.select(table.c.volume_id, table.c.structure_id)
        .where(table.c.sequence > sequence)
        .distinct()
    )
    return frozenset((row.volume_id, row.structure_id) for row in rows)


def _filtered(
    query: sa.Select[Any],
    volume_id: str | None,
    structure_id: int | None,
    annotator_id: str | None,
) -> sa.Select[Any]:
    wanted = {
        "volume_id": volume_id,
        "structure_id": structure_id,
        "annotator_id": annotator_id,
    }
    for name, value in wanted.items():
        if value is not None:
            query = query.where(schema.answers.c[name] == value)
    return query


def _joined() -> sa.Select[Any]:
    answers, boxes = schema.answers, schema.boxes
    return sa.select(answers, *(boxes.c[name] for name in _BOX_COLUMNS)).select_from(
        answers.outerjoin(boxes)
    )


_BOX_COLUMNS = ("row0", "column0", "row1", "column1", "origin")


def _read(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Answer]:
    """Answers out of rows of `_joined`, in which the rows of one answer follow each other."""
    rows = connection.execute(query)
    for _, group in groupby(rows, key=lambda row: row.sequence):
        of_one = list(group)
        first = of_one[0]
        yield Answer(
            volume_id=first.volume_id,
            structure_id=first.structure_id,
            annotator_id=first.annotator_id,
            slice_index=first.slice_index,
            state=State(first.state),
            boxes=tuple(
                Box(row.row0, row.column0, row.row1, row.column1, Origin(row.origin))
                for row in of_one
                if row.origin is not None
            ),
            answer_id=first.answer_id,
            created_at=first.created_at,
            active_s=first.active_s,
            pause_s=first.pause_s,
            task_id=first.task_id,
        )


def answers_by_id(connection: sa.Connection, answer_ids: list[str]) -> Iterator[Answer]:
    """Those of these answers that are there already."""
    table = schema.answers
    for start in range(0, len(answer_ids), _IDS_PER_QUERY):
        some = answer_ids[start : start + _IDS_PER_QUERY]
        query = _joined().where(table.c.answer_id.in_(some))
        yield from _read(connection, query.order_by(table.c.sequence, schema.boxes.c.position))
