from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyhands.evaluation import slice_dice, slice_dice_paper, volume_dice
from manyhands.types import MaskArray

Dice = Callable[[MaskArray, MaskArray], float | None]
ALL: tuple[Dice, ...] = (volume_dice, slice_dice, slice_dice_paper)


def rows(*slices: str) -> MaskArray:
    """A mask of one row of voxels, a string for each slice: `x` is inside."""
    return np.array([[[c == "x" for c in text] for text in slices]]).transpose(2, 0, 1)


REFERENCE = rows("xxxx", "xx..", "xx..", "....", "....")
PREDICTION = rows("xx..", "xx..", "....", "xx..", "....")
# Slice by slice 2*2/(4+2) = 2/3, 1, 0 (missed), 0 (too much), nothing in either.


def test_volume_dice_counts_all_voxels_together() -> None:
    assert volume_dice(REFERENCE, PREDICTION) == pytest.approx(2 * 4 / (8 + 6))


def test_slice_dice_counts_each_slice_that_either_has() -> None:
    assert slice_dice(REFERENCE, PREDICTION) == pytest.approx((2 / 3 + 1 + 0 + 0) / 4)


def test_the_papers_slice_dice_does_not_see_the_slice_that_was_missed() -> None:
    assert slice_dice_paper(REFERENCE, PREDICTION) == pytest.approx((2 / 3 + 1 + 0) / 3)


@pytest.mark.parametrize("dice", ALL)
def test_two_empty_masks_are_not_applicable(dice: Dice) -> None:
    nothing = rows("....", "....")
    assert dice(nothing, nothing) is None


@pytest.mark.parametrize("dice", ALL)
def test_one_empty_mask_is_zero(dice: Dice) -> None:
    something, nothing = rows("xx..", "...."), rows("....", "....")
    assert dice(something, nothing) == 0
    assert dice(nothing, something) == 0


def test_masks_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"reference of shape \(4, 1, 2\).*\(4, 1, 1\)"):
        volume_dice(rows("xxxx", "...."), rows("xxxx"))


@given(seed=st.integers(0, 10_000), share=st.floats(0, 1))
def test_dice_is_between_0_and_1_and_does_not_depend_on_the_order(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.random((2, 3, 4, 3)) < share
    for dice in (volume_dice, slice_dice):
        assert dice(one, other) == dice(other, one)
        assert 0 <= (dice(one, other) or 0) <= 1
    if one.any():
        assert [dice(one, one) for dice in ALL] == [1, 1, 1]
