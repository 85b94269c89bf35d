"""Islands, holes and lost slices, on masks that one can draw by hand."""

from __future__ import annotations

import numpy as np
import pytest

from manyhands.evidence.region import BoxOnSlice, Region, cut_region
from manyhands.masks.tidy import tidy
from manyhands.types import MaskStack

SHAPE = (4, 30, 40)


def region(*edges: tuple[int, int, int, int], slices: int = SHAPE[0]) -> Region:
    """These boxes on every slice, in a crop as large as the picture."""
    boxes = [
        BoxOnSlice(k, piece, np.array(e, dtype=np.float64))
        for piece, e in enumerate(edges)
        for k in range(slices)
    ]
    return cut_region(np.zeros((slices, *SHAPE[1:]), np.float32), boxes, (3.0, 2.0, 2.0), margin=9)


def square() -> MaskStack:
    mask = np.zeros(SHAPE, dtype=np.bool_)
    mask[:, 6:24, 8:26] = True
    return mask


ONE = (5, 7, 25, 27)


def test_what_is_tidy_stays() -> None:
    np.testing.assert_array_equal(tidy(region(ONE), square()), square())


def test_an_island_of_a_few_voxels_goes() -> None:
    mask = square()
    mask[1, 28, 35:37] = True
    np.testing.assert_array_equal(tidy(region(ONE), mask), square())


def test_a_second_piece_of_like_size_stays() -> None:
    mask = square()
    mask[:, 8:20, 30:39] = True
    np.testing.assert_array_equal(tidy(region(ONE, (7, 29, 21, 40)), mask), mask)


def test_a_small_second_piece_stays_where_it_has_its_own_boxes() -> None:
    mask = square()
    mask[:, 12:16, 32:36] = True
    np.testing.assert_array_equal(tidy(region(ONE, (11, 31, 17, 37)), mask), mask)


def test_holes_on_a_slice_are_filled_and_bays_are_not() -> None:
    mask = square()
    mask[2, 12:15, 12:15] = False
    mask[1, 6:10, 12:15] = False
    found = tidy(region(ONE), mask)
    assert found[2].sum() == square()[2].sum()
    np.testing.assert_array_equal(found[1], mask[1])


@pytest.mark.parametrize("k", range(4))
def test_a_slice_that_lost_its_mask_gets_an_ellipse_in_its_box(k: int) -> None:
    mask = square()
    mask[k] = False
    of = region(ONE)
    found = tidy(of, mask)
    assert found[k, 15, 17]
    assert not found[k, 5, 7]
    assert not (found[k] & ~of.inside[k]).any()
    assert 0.3 * 400 < found[k].sum() < 400
    np.testing.assert_array_equal(np.delete(found, k, 0), np.delete(mask, k, 0))


def test_no_mask_at_all_gives_an_ellipse_on_every_slice_with_a_box() -> None:
    of = region(ONE)
    of = of.with_boxes([box for box in of.boxes if box.slice_index != 2])
    found = tidy(of, np.zeros(SHAPE, dtype=np.bool_))
    assert found.any(axis=(1, 2)).tolist() == [True, True, False, True]


@pytest.mark.parametrize("has_island", [True, False])
def test_the_mask_given_is_left_alone(has_island: bool) -> None:
    mask = square()
    mask[1, 28, 35:37] = has_island
    mask[2, 12:15, 12:15] = False
    mask[3] = False
    before = mask.copy()
    tidy(region(ONE), mask)
    np.testing.assert_array_equal(mask, before)


def test_twice_is_once() -> None:
    rng = np.random.default_rng(0)
    mask = square() & (rng.random(SHAPE) < 0.7)
    once = tidy(region(ONE), mask)
    np.testing.assert_array_equal(tidy(region(ONE), once), once)


def test_nothing_is_filled_with_what_another_structure_has() -> None:
    mask = square()
    mask[1, 12:15, 12:15] = False
    np.testing.assert_array_equal(tidy(region(ONE), mask, ~mask), mask)
