"""What counts of all answers: the newest of each annotator on each slice."""

from datetime import UTC, datetime, timedelta

import pytest

from manyhands.crowd.ballots import count_ballots
from manyhands.errors import MethodError
from manyhands.types import Answer, Box, State

SHAPE = (5, 20, 30)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def answer(
    annotator: str, k: int, *boxes: Box, state: State | None = None, **rest: object
) -> Answer:
    state = state or (State.BOXES if boxes else State.ABSENT)
    return Answer("v", 1, annotator, k, state, boxes, **rest)  # type: ignore[arg-type]


def test_only_the_newest_answer_counts() -> None:
    first = answer("a", 2, Box(0, 0, 5, 5), created_at=NOON)
    second = answer("a", 2, Box(1, 1, 6, 6), created_at=NOON + timedelta(seconds=1))
    ballots = count_ballots([second, first], SHAPE)
    assert ballots.votes["a"][2].tolist() == [[1, 1, 6, 6]]


def test_of_the_same_moment_the_larger_id_counts() -> None:
    same = [
        answer("a", 2, Box(0, 0, 5, 5), created_at=NOON, answer_id="2"),
        answer("a", 2, created_at=NOON, answer_id="1"),
    ]
    assert len(count_ballots(same, SHAPE).votes["a"][2]) == 1


def test_four_states_are_four_things() -> None:
    ballots = count_ballots(
        [answer("a", 0, Box(0, 0, 5, 5)), answer("a", 1), answer("a", 2, state=State.UNSURE)], SHAPE
    )
    assert {k: len(boxes) for k, boxes in ballots.votes["a"].items()} == {0: 1, 1: 0}


def test_somebody_who_becomes_unsure_takes_the_vote_back() -> None:
    took_back = [
        answer("a", 1, Box(0, 0, 5, 5), created_at=NOON),
        answer("a", 1, state=State.UNSURE, created_at=NOON + timedelta(seconds=1)),
    ]
    assert count_ballots(took_back, SHAPE).votes == {}


def test_boxes_are_clipped_and_those_without_area_do_not_count() -> None:
    ballots = count_ballots(
        [
            answer("a", 0, Box(-5, 25, 5, 40), Box(50, 50, 60, 60)),
            answer("a", 1, Box(50, 50, 60, 60)),
        ],
        SHAPE,
    )
    assert ballots.votes["a"][0].tolist() == [[0, 25, 5, 30]]
    assert 1 not in ballots.votes["a"]


def test_ballots_without_some() -> None:
    ballots = count_ballots([answer("b", 0), answer("a", 0)], SHAPE)
    assert list(ballots.votes) == ["a", "b"]
    assert list(ballots.without({"a"}).votes) == ["b"]


def test_no_answers_give_no_votes() -> None:
    assert count_ballots([], SHAPE).votes == {}


def test_answers_on_two_structures_are_refused() -> None:
    other = Answer("v", 2, "a", 0, State.ABSENT)
    with pytest.raises(MethodError, match="structure 1 of v, structure 2 of v"):
        count_ballots([answer("a", 0), other], SHAPE)


def test_a_slice_that_is_not_there_is_refused() -> None:
    with pytest.raises(MethodError, match="on slice 5, the volume has slices 0 to 4"):
        count_ballots([answer("a", 5)], SHAPE)
