"""What annotators said: only ever added to, and read as what each of them says now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from manyhands.errors import StudyError
from manyhands.store import schema
from manyhands.types import Answer, Box, Origin, State

_PLACE = (
    schema.answers.c.volume_id,
    schema.answers.c.structure_id,
    schema.answers.c.annotator_id,
    schema.answers.c.slice_index,
)
_IDS_PER_QUERY = 500  # databases limit the values of one statement


def insert_answers(
    connection: sa.Connection,
    answers: Iterable[Answer],
    *,
    received_at: datetime | None = None,
    late: Collection[str] = (),
) -> int:
    """Add answers; gives the number that were new.

    Of those that come from the page, it is kept when they were `received_at`, and of those whose
    ids are in `late` that their task had been taken back before.

    An answer whose id is there already with the same content is skipped, so that a retry is
    harmless. Raises `StudyError` where the content differs, or where the answer is about a volume,
    structure, annotator or slice that the study does not have; then nothing is added.
    """
    given: dict[str, Answer] = {}
    for answer in answers:
        _check_same(given.setdefault(answer.answer_id, answer), answer)
    for known in _answers_by_id(connection, list(given)):
        _check_same(known, given.pop(known.answer_id))
    _check_usable(connection, given.values())
    append_answers(connection, given.values(), received_at=received_at, late=late)
    return len(given)


def append_answers(
    connection: sa.Connection,
    answers: Collection[Answer],
    *,
    received_at: datetime | None = None,
    late: Collection[str] = (),
) -> None:
    """Add answers that are new, by whoever has checked them: hundreds of people send some at once.

    The rest as `insert_answers`. What the database itself refuses it does not explain.
    """
    if answers:
        arrived = {"received_at": received_at}
        connection.execute(
            sa.insert(schema.answers),
            [{**_answer_row(a), **arrived, "is_late": a.answer_id in late} for a in answers],
        )
    box_rows = [row for answer in answers for row in _box_rows(answer)]
    if box_rows:
        connection.execute(sa.insert(schema.boxes), box_rows)


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


def _answers_by_id(connection: sa.Connection, answer_ids: list[str]) -> Iterator[Answer]:
    table = schema.answers
    for start in range(0, len(answer_ids), _IDS_PER_QUERY):
        some = answer_ids[start : start + _IDS_PER_QUERY]
        query = _joined().where(table.c.answer_id.in_(some))
        yield from _read(connection, query.order_by(table.c.sequence, schema.boxes.c.position))


def _check_same(known: Answer, given: Answer) -> None:
    if known != given:
        raise StudyError(
            f"answer {given.answer_id} exists with another content: answers are never changed; "
            "give a newer one its own id"
        )


def _check_usable(connection: sa.Connection, answers: Iterable[Answer]) -> None:
    """The database would refuse most of these too, but not say which."""
    volumes = schema.volumes.c
    slices = {
        row.volume_id: row.shape[2]
        for row in connection.execute(sa.select(volumes.volume_id, volumes.shape))
    }
    structures = set(connection.scalars(sa.select(schema.structures.c.structure_id)))
    annotators = set(connection.scalars(sa.select(schema.annotators.c.annotator_id)))
    for answer in answers:
        if answer.volume_id not in slices:
            raise StudyError(f"an answer is about volume {answer.volume_id}, which is not here")
        if answer.structure_id not in structures:
            raise StudyError(f"an answer is about structure {answer.structure_id}, not known here")
        if answer.annotator_id not in annotators:
            raise StudyError(f"an answer is by annotator {answer.annotator_id}, not known here")
        if not 0 <= answer.slice_index < slices[answer.volume_id]:
            raise StudyError(
                f"an answer is about slice {answer.slice_index}; the volume has slices 0 to "
                f"{slices[answer.volume_id] - 1}"
            )
        if answer.created_at.tzinfo is None:
            raise StudyError(
                f"an answer was made at {answer.created_at}, with no time zone: use UTC"
            )
        for box in answer.boxes:
            # Written so that NaN fails as well.
            if not (box.row0 < box.row1 and box.column0 < box.column1):
                raise StudyError(f"a box on slice {answer.slice_index} has no extent: {box}")


def _answer_row(answer: Answer) -> dict[str, object]:
    # int() and float(): SQLite would store numpy's own integers as bytes.
    return {
        "answer_id": answer.answer_id,
        "volume_id": answer.volume_id,
        "structure_id": int(answer.structure_id),
        "annotator_id": answer.annotator_id,
        "slice_index": int(answer.slice_index),
        "state": answer.state.value,
        "created_at": answer.created_at,
        "active_s": None if answer.active_s is None else float(answer.active_s),
        "pause_s": None if answer.pause_s is None else float(answer.pause_s),
        "task_id": answer.task_id,
    }


def _box_rows(answer: Answer) -> Iterator[dict[str, object]]:
    for position, box in enumerate(answer.boxes):
        yield {
            "answer_id": answer.answer_id,
            "position": position,
            "row0": float(box.row0),
            "column0": float(box.column0),
            "row1": float(box.row1),
            "column1": float(box.column1),
            "origin": box.origin.value,
        }
