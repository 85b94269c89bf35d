"""One person under several names is found, votes once, and is named."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from manyhands.crowd.ballots import count_ballots
from manyhands.crowd.copies import count_once, find_copies, share_weights
from manyhands.types import Answer, Box, Origin, State

START = datetime(2026, 1, 1, tzinfo=UTC)


def drawn(
    annotator: str, edges: Iterable[float], *, origin: Origin = Origin.DRAWN, minute: int = 0
) -> list[Answer]:
    """One box per slice that begins at the edge given."""
    return [
        Answer(
            "v", 1, annotator, k, State.BOXES, (Box(edge, 0, 50, 50, origin),),
            created_at=START + timedelta(minutes=minute),
        )
        for k, edge in enumerate(edges)
    ]  # fmt: skip


def test_copies_are_found_and_others_are_not() -> None:
    said = [*drawn("b", [1, 2, 3, 4]), *drawn("a", [1, 2, 3, 4]), *drawn("c", [1, 2, 3, 5])]
    assert find_copies(said) == (("a", "b"),)


def test_who_copied_half_is_a_copy_and_who_met_on_less_is_not() -> None:
    own = [30, 31, 32, 33]
    assert find_copies([*drawn("a", range(8)), *drawn("b", [0, 1, 2, 3, *own])]) == (("a", "b"),)
    assert find_copies([*drawn("a", range(9)), *drawn("b", [0, 1, 2, 3, *own, 34])]) == ()


def test_what_went_through_a_file_is_still_the_same() -> None:
    """Files keep six digits of the picture's size."""
    kept = [edge + 2e-4 for edge in range(4)]
    assert find_copies([*drawn("a", range(4)), *drawn("b", kept)]) == (("a", "b"),)


def test_three_boxes_alike_are_chance() -> None:
    assert find_copies([*drawn("a", [1, 2, 3]), *drawn("b", [1, 2, 3])]) == ()


def test_a_copy_of_a_part_is_a_copy() -> None:
    """Only slices that both boxed are compared."""
    assert find_copies([*drawn("a", range(20)), *drawn("b", range(5))]) == (("a", "b"),)


def test_copies_of_copies_are_one_group() -> None:
    early, late = drawn("a", range(4)), drawn("c", range(8))[4:]
    both = drawn("b", range(8))
    assert find_copies([*early, *both, *late]) == (("a", "b", "c"),)


def test_accepted_proposals_are_no_copies() -> None:
    said = [a for name in "ab" for a in drawn(name, range(9), origin=Origin.ACCEPTED)]
    assert find_copies(said) == ()


def test_what_was_drawn_anew_replaces_what_was_there() -> None:
    said = [*drawn("a", range(9)), *drawn("b", range(9)), *drawn("b", range(9, 18), minute=1)]
    assert find_copies(said) == ()


def test_nobody_has_no_copies() -> None:
    assert find_copies([]) == ()


def test_a_group_votes_once_with_all_that_its_members_saw() -> None:
    said = [*drawn("a", range(4)), *drawn("b", range(6)), *drawn("c", [9])]
    once = count_once(count_ballots(said, (8, 60, 60)), (("a", "b"),))
    assert list(once.votes) == ["a", "c"]
    assert sorted(once.votes["a"]) == [0, 1, 2, 3, 4, 5]
    np.testing.assert_array_equal(once.votes["a"][5], [[5, 0, 50, 50]])


def test_members_share_one_weight() -> None:
    shared = share_weights({"a": 0.8, "c": 0.5}, (("a", "b"),), ("a", "b", "c"))
    assert shared == {"a": pytest.approx(0.4), "b": pytest.approx(0.4), "c": 0.5}
