"""What is said of the slices between those that were asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import numpy as np
import pytest

from manyhands.boxes.arithmetic import from_array
from manyhands.crowd import Ballots, find_consensus
from manyhands.crowd.strides import fill_between
from manyhands.types import Answer, BoxArray, Consensus, Origin, State

NOTHING = np.empty((0, 4))
INWARD_3 = np.array([3.0, 3, -3, -3])
SMALL = np.array([[20.0, 20.0, 40.0, 40.0]])
LARGE = np.array([[16.0, 20.0, 48.0, 40.0]])
BESIDE = np.array([[20.0, 60.0, 40.0, 80.0]])
ELSEWHERE = np.array([[80.0, 85.0, 90.0, 95.0]])


def filled(votes: Mapping[int, BoxArray], unsure: Iterable[int] = ()) -> dict[int, BoxArray]:
    ballots = Ballots({"a": votes}, 20)
    found = fill_between(ballots, stride=4, unsure=[("a", index) for index in unsure])
    return dict(found.votes["a"])


def test_between_two_boxes_are_boxes_between() -> None:
    found = filled({0: SMALL, 4: LARGE})
    assert list(found) == [0, 1, 2, 3, 4]
    assert found[1].tolist() == [[19, 20, 42, 40]]
    assert found[2].tolist() == [[18, 20, 44, 40]]


def test_between_two_absent_is_absent_and_between_a_box_and_absent_nothing() -> None:
    found = filled({0: NOTHING, 4: NOTHING, 8: SMALL})
    assert list(found) == [0, 1, 2, 3, 4, 8]
    assert all(len(found[index]) == 0 for index in range(5))


def test_further_apart_nothing_is_known() -> None:
    assert list(filled({0: SMALL, 5: SMALL, 10: NOTHING, 15: NOTHING})) == [0, 5, 10, 15]


@pytest.mark.parametrize("between", [NOTHING, ELSEWHERE, BESIDE])
def test_between_boxes_with_another_answer_between_nothing_is_known(between: BoxArray) -> None:
    found = filled({0: SMALL, 2: between, 4: SMALL})
    assert list(found) == [0, 2, 4]
    assert found[2].tolist() == between.tolist()


@pytest.mark.parametrize("answer", [SMALL, NOTHING])
def test_beside_a_slice_that_somebody_was_unsure_of_nothing_is_known(answer: BoxArray) -> None:
    assert list(filled({0: answer, 4: answer, 7: answer}, unsure=[2])) == [0, 4, 5, 6, 7]


def test_each_of_two_pieces_goes_on() -> None:
    both = np.vstack([SMALL, BESIDE])
    assert filled({0: both, 3: both})[1].tolist() == both.tolist()


def test_a_box_somewhere_else_is_not_carried_on() -> None:
    """The organ's own boxes on either side of it are eight slices apart."""
    assert list(filled({0: SMALL, 4: ELSEWHERE, 8: SMALL})) == [0, 4, 8]


def test_every_slice_was_asked_for() -> None:
    ballots = Ballots({"a": {0: SMALL, 2: SMALL}}, 20)
    assert fill_between(ballots, stride=1) is ballots


def test_only_who_was_asked_for_fewer_slices_would_have_said_more() -> None:
    """Two answered on the same slices; one of them should have answered on all."""
    ballots = Ballots(
        {"all": {0: SMALL, 2: SMALL, 5: SMALL}, "few": {0: SMALL, 2: SMALL, 5: SMALL}}, 20
    )
    found = fill_between(ballots, stride=1, wider={"few": 2, "not here": 9}).votes
    assert list(found["all"]) == [0, 2, 5]
    assert list(found["few"]) == [0, 1, 2, 5]
    assert list(fill_between(ballots, stride=3, wider={"few": 2}).votes["few"]) == [
        0,
        1,
        2,
        3,
        4,
        5,
    ]


def drawn(name: str, last: int, *, stride: int, box: BoxArray = SMALL) -> list[Answer]:
    """The organ from slice 0 to the annotator's last one of 16, with that end marked."""
    asked = {*range(0, 16, stride), 15, last, min(last + 1, 15)}
    boxes = {index: box + 0.5 * "abcd".index(name) for index in sorted(asked) if index <= last}
    return [
        Answer("v", 1, name, k, State.BOXES, from_array(boxes[k], Origin.DRAWN))
        if k in boxes
        else Answer("v", 1, name, k, State.ABSENT)
        for k in sorted(asked)
    ]


def consensus(*said: list[Answer], stride: int, wider: dict[str, int] | None = None) -> Consensus:
    return find_consensus(
        [answer for some in said for answer in some],
        stack_shape=(16, 100, 100),
        stack_spacing_mm=(3.0, 1.0, 1.0),
        stride=stride,
        wider=wider,
    )


def agree(*said: list[Answer], wider: dict[str, int] | None = None) -> Consensus:
    return consensus(*said, stride=1, wider=wider)


def test_where_one_of_three_skipped_slices_all_three_are_heard_on_each() -> None:
    """The third draws further in; without what lies between, edges jump at each slice."""
    two = [drawn(name, 12, stride=1) for name in "ab"]
    whole, half = (drawn("d", 12, stride=n, box=SMALL + INWARD_3) for n in (1, 2))
    (best,) = agree(*two, whole).tracks
    (found,) = agree(*two, half, wider={"d": 2}).tracks
    (poor,) = agree(*two, half).tracks
    np.testing.assert_allclose(found.boxes, best.boxes, atol=1e-9)
    assert abs(poor.boxes - best.boxes).max() > 0.5


def test_what_nobody_looked_at_is_not_seen_because_somebody_was_asked_for_fewer() -> None:
    """Two skipped slice 5, who should not have; the third said nothing yet."""
    two = [[a for a in drawn(name, 12, stride=1) if a.slice_index != 5] for name in "ab"]
    assert not agree(*two, wider={"d": 2}).is_seen[5]


@pytest.mark.parametrize("stride", [1, 4])
def test_who_ends_too_early_does_not_take_the_end_away(stride: int) -> None:
    """One marks the end on slice 11 with *absent* on slice 12; two others have boxes to slice 14.

    At a stride of 4 these have boxes on slices 12 and 14 only, and none where the first says most.
    """
    found = consensus(
        drawn("a", 11, stride=stride),
        drawn("b", 14, stride=stride),
        drawn("c", 14, stride=stride),
        stride=stride,
    )
    (track,) = found.tracks
    assert track.slice_indices.tolist() == list(range(15))


def test_who_was_unsure_and_took_it_back_is_as_if_they_had_never_said_it() -> None:
    first, second = drawn("a", 11, stride=4), drawn("b", 14, stride=4)
    taken_back = [
        Answer("v", 1, "a", 13, state, created_at=datetime(2026, 1, day, tzinfo=UTC))
        for day, state in enumerate((State.UNSURE, State.OPEN), start=1)
    ]
    never, unsure, after = (
        consensus(first, second, taken_back[:n], stride=4).presence.tolist() for n in (0, 1, 2)
    )
    assert unsure != never
    assert after == never


def test_slices_that_nobody_drew_on_are_told() -> None:
    found = consensus(drawn("a", 14, stride=4), drawn("b", 14, stride=4), stride=4)
    (track,) = found.tracks
    assert track.slice_indices[track.is_drawn].tolist() == [0, 4, 8, 12, 14]
    assert found.is_complete
