"""Answers that come in bulk, from files or from simulation."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from manyhands.store import current_answers, insert_answers
from manyhands.types import Answer


def add_what_is_new(connection: sa.Connection, answers: Sequence[Answer]) -> int:
    """Add the answers that differ from what their annotators say now; gives their number.

    So the same files can be brought twice, or an interrupted step done again, and the history
    keeps only what changed. All answers are of one volume.
    """
    if not answers:
        return 0
    said = {_place(a): a for a in current_answers(connection, volume_id=answers[0].volume_id)}
    return insert_answers(connection, [a for a in answers if not _says(said.get(_place(a)), a)])


def _place(answer: Answer) -> tuple[int, str, int]:
    return (answer.structure_id, answer.annotator_id, answer.slice_index)


def _says(known: Answer | None, given: Answer) -> bool:
    return known is not None and (known.state, known.boxes) == (given.state, given.boxes)
