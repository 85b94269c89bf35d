from __future__ import annotations

from itertools import pairwise

import pytest

from manyhands.tasks import asked_slices, is_gold_turn

PEOPLE = [f"annotator-{n}" for n in range(50)]


def turns(annotator: str, n: int = 400, *, share: float = 0.05, seed: int = 0) -> list[bool]:
    return [is_gold_turn(annotator, turn, share=share, seed=seed) for turn in range(n)]


def test_one_task_in_twenty_is_gold_for_everybody() -> None:
    assert {sum(turns(annotator)) for annotator in PEOPLE} == {20}


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_gold_is_never_first_and_never_twice_in_a_row(share: float) -> None:
    for annotator in PEOPLE:
        drawn = turns(annotator, share=share)
        assert not drawn[0]
        assert not any(first and second for first, second in pairwise(drawn))


def test_nobody_can_count_on_it() -> None:
    """It falls on other turns for others, from block to block, and with another seed."""
    firsts = {turns(annotator).index(True) for annotator in PEOPLE}
    assert len(firsts) > 10
    gaps = [turn for turn, is_gold in enumerate(turns("anna")) if is_gold]
    assert len({second - first for first, second in pairwise(gaps)}) > 5
    assert turns("anna", seed=1) != turns("anna", seed=0)


def test_without_a_share_there_is_none() -> None:
    assert not any(turns("anna", share=0.0))


def test_every_fourth_slice_and_the_last_are_asked() -> None:
    assert asked_slices(10, 4) == (0, 4, 8, 9)
    assert asked_slices(9, 4) == (0, 4, 8)
    assert asked_slices(3, 1) == (0, 1, 2)
    assert asked_slices(1, 5) == (0,)
    assert asked_slices(0, 2) == ()
