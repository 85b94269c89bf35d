"""Votes counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyhands.errors import MethodError
from manyhands.masks import vote
from manyhands.types import IGNORE_LABEL, LabelArray

IG = IGNORE_LABEL


def ballot(*labels: int) -> LabelArray:
    return np.array(labels, dtype=np.uint8).reshape(1, 1, -1)


def elected(*ballots: LabelArray, at_least: int | None = None) -> list[int]:
    found = vote(ballots, at_least=at_least)
    assert found.dtype == np.uint8
    assert found.shape == ballots[0].shape
    return found.reshape(-1).tolist()


def test_more_than_half_elect() -> None:
    """Three annotators: two for 1; two for background; all for 2; each another; one alone."""
    a, b, c = ballot(1, 1, 2, 1, 3), ballot(1, 0, 2, 2, 0), ballot(0, 0, 2, 3, 0)
    assert elected(a, b, c) == [1, 0, 2, 0, 0]


def test_half_is_not_enough() -> None:
    assert elected(ballot(1, 1), ballot(0, 1)) == [0, 1]


def test_at_least_says_how_many_are_enough() -> None:
    """One: any; of equally many the smaller id. Three of three."""
    a, b, c = ballot(1, 3, 2, 1), ballot(2, 0, 2, 1), ballot(2, 0, 1, 1)
    assert elected(a, b, c, at_least=1) == [2, 3, 2, 1]
    assert elected(ballot(3), ballot(2), at_least=1) == [2]
    assert elected(a, b, c, at_least=3) == [0, 0, 0, 1]


def test_who_did_not_look_has_no_vote() -> None:
    """Of two who looked both; of two who looked one; of one who looked; of nobody."""
    a, b, c = ballot(1, 1, 1, IG), ballot(1, 0, IG, IG), ballot(IG, IG, IG, IG)
    assert elected(a, b, c) == [1, 0, 1, IG]
    assert elected(a, b, c, at_least=2) == [1, 0, 0, IG]


def test_one_alone_gets_back_what_was_drawn() -> None:
    assert elected(ballot(0, 1, 254, IG)) == [0, 1, 254, IG]


@given(
    st.lists(
        st.lists(st.sampled_from([0, 1, 2, IG]), min_size=6, max_size=6), min_size=1, max_size=5
    )
)
def test_neither_order_nor_a_second_copy_of_all_matters(rows: list[list[int]]) -> None:
    ballots = [ballot(*row) for row in rows]
    expected = elected(*ballots)
    assert elected(*ballots[::-1]) == expected
    assert elected(*ballots, *ballots) == expected


def test_the_ballots_are_left_alone() -> None:
    ballots = [ballot(1, IG), ballot(1, 0)]
    vote(ballots)
    assert [b.reshape(-1).tolist() for b in ballots] == [[1, IG], [1, 0]]


def test_no_volumes_or_different_shapes_are_refused() -> None:
    with pytest.raises(MethodError, match=r"of one shape, got \[\]"):
        vote([])
    with pytest.raises(MethodError, match=r"of one shape, got .*\(1, 1, 1\), \(1, 1, 2\)"):
        vote([ballot(1), ballot(1, 2)])
