"""Answers are added, never changed; what is already there or cannot be is found out before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

import sqlalchemy as sa

from manyhands.errors import StudyError
from manyhands.store import schema
from manyhands.store.answers import answers_by_id
from manyhands.types import Answer


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
    for known in answers_by_id(connection, list(given)):
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
