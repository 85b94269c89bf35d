from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from manyhands.pipeline.answering import add_what_is_new
from manyhands.store import Study, answer_history, ensure_annotator, find_volumes
from manyhands.types import Answer, Box, State


@pytest.fixture
def answers(study: Study) -> list[Answer]:
    """Slices 2 and 3 of structure 1."""
    with study.writing() as connection:
        (volume,) = find_volumes(connection)
        ann = ensure_annotator(connection, "ann")
    first = Answer(
        volume.volume_id, 1, ann.annotator_id, 2, State.BOXES, (Box(1.0, 2.0, 3.0, 4.0),)
    )
    return [first, replace(first, slice_index=3, answer_id="second")]


def test_what_is_said_already_is_not_repeated(study: Study, answers: list[Answer]) -> None:
    again = [replace(answer, answer_id=f"again {answer.slice_index}") for answer in answers]
    with study.writing() as connection:
        assert add_what_is_new(connection, answers) == 2
        assert add_what_is_new(connection, again) == 0
        assert answer_history(connection) == tuple(answers)


def test_going_back_to_what_was_said_before_is_new(study: Study, answers: list[Answer]) -> None:
    later = answers[0].created_at + timedelta(seconds=1)
    undone = replace(answers[0], state=State.ABSENT, boxes=(), answer_id="undone", created_at=later)
    redone = replace(answers[0], answer_id="redone", created_at=later + timedelta(seconds=1))
    with study.writing() as connection:
        for answer in (answers[0], undone, redone):
            assert add_what_is_new(connection, [answer]) == 1


def test_nothing_is_nothing_new(study: Study) -> None:
    with study.writing() as connection:
        assert add_what_is_new(connection, []) == 0
