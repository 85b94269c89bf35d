"""Boxes drawn in to the mask, on one organ of five slices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manyhands.evidence.region import BoxOnSlice, Region, cut_region
from manyhands.masks.tighten import tighten
from manyhands.types import MaskStack

SHAPE = (5, 60, 60)
TIGHT = np.array([20.0, 24.0, 40.0, 44.0])
OUTWARD = np.array([-1.0, -1.0, 1.0, 1.0])


def organ(*, but: tuple[int, ...] = ()) -> MaskStack:
    """A square that fills TIGHT on every slice, except these."""
    mask = np.zeros(SHAPE, dtype=np.bool_)
    mask[:, 20:40, 24:44] = True
    mask[list(but)] = False
    return mask


def boxes(edges: np.ndarray, piece: int = 0) -> list[BoxOnSlice]:
    return [BoxOnSlice(k, piece, edges) for k in range(SHAPE[0])]


def uncropped(*tracks: list[BoxOnSlice]) -> Region:
    """A region as large as the picture, of 2 mm pixels, so that edges can be read off."""
    stack = np.zeros(SHAPE, dtype=np.float32)
    region = cut_region(
        stack, [box for track in tracks for box in track], (4.0, 2.0, 2.0), margin=9
    )
    assert region.image.shape[1:] == SHAPE[1:]
    return region


def edges_of(found: tuple[BoxOnSlice, ...]) -> np.ndarray:
    return np.array([box.edges for box in found])


def test_exact_boxes_stay() -> None:
    found = tighten(uncropped(boxes(TIGHT)), organ())
    np.testing.assert_array_equal(edges_of(found), np.tile(TIGHT, (5, 1)))


@pytest.mark.parametrize("loose_px", [(6, 6, 6, 6), (8, 0, 0, 4), (0, 10, 5, 0)])
def test_loose_edges_move_most_of_the_way_and_none_cuts_the_mask(
    loose_px: tuple[int, int, int, int],
) -> None:
    """Each edge by itself, as people are loose on one side and exact on the other."""
    loose = np.array(loose_px)
    found = edges_of(tighten(uncropped(boxes(TIGHT + OUTWARD * loose)), organ()))
    left = (found - TIGHT) * OUTWARD
    assert (left >= 0).all()
    assert (left <= loose / 2).all()


def test_a_track_of_one_slice_is_tightened_like_any() -> None:
    (only,) = tighten(uncropped(boxes(TIGHT + 6 * OUTWARD)[:1]), organ()[:1])
    left = (only.edges - TIGHT) * OUTWARD
    assert ((left >= 0) & (left <= 3)).all()


def test_a_box_inside_its_mask_does_not_shrink_further() -> None:
    cutting = TIGHT - 3 * OUTWARD
    found = tighten(uncropped(boxes(cutting)), organ())
    np.testing.assert_array_equal(edges_of(found), np.tile(cutting, (5, 1)))


@pytest.mark.parametrize("empty", [(0,), (2,), (4,), (1, 3)])
def test_slices_without_mask_move_as_the_others_do(empty: tuple[int, ...]) -> None:
    region = uncropped(boxes(TIGHT + 6 * OUTWARD))
    expected = edges_of(tighten(region, organ()))
    np.testing.assert_array_equal(edges_of(tighten(region, organ(but=empty))), expected)


def test_one_slice_whose_mask_shrank_keeps_to_its_neighbours() -> None:
    region = uncropped(boxes(TIGHT + 6 * OUTWARD))
    expected = edges_of(tighten(region, organ()))
    shrunk = organ(but=(2,))
    shrunk[2, 28:31, 30:33] = True
    np.testing.assert_array_equal(edges_of(tighten(region, shrunk)), expected)


def test_without_any_mask_nothing_moves() -> None:
    region = uncropped(boxes(TIGHT + 6 * OUTWARD))
    found = tighten(region, np.zeros(SHAPE, dtype=np.bool_))
    np.testing.assert_array_equal(edges_of(found), edges_of(region.boxes))


def test_pieces_are_as_loose_as_their_own_boxes() -> None:
    """The left one drawn 6 px outside, the other exactly, with slices that have no mask."""
    other = np.array([20.0, 50.0, 30.0, 58.0])
    mask = organ(but=(1,))
    mask[:, 20:30, 50:58] = True
    mask[3, :, 50:] = False
    loose = TIGHT + 5 * OUTWARD
    found = tighten(uncropped(boxes(loose, 0), boxes(other, 1)), mask)
    assert [(box.slice_index, box.piece) for box in found] == [
        (k, piece) for piece in (0, 1) for k in range(5)
    ]
    np.testing.assert_array_equal(edges_of(found)[5:], np.tile(other, (5, 1)))
    assert (np.abs(edges_of(found)[:5] - TIGHT) <= 2.5).all()


def test_a_box_keeps_a_part_of_its_sides_although_the_mask_is_one_voxel() -> None:
    mask = np.zeros(SHAPE, dtype=np.bool_)
    mask[:, 30, 34] = True
    loose = np.array([5.0, 5.0, 55.0, 57.0])
    found = edges_of(tighten(uncropped(boxes(loose)), mask))
    sides = found[:, 2:] - found[:, :2]
    assert (sides >= 0.1 * (loose[2:] - loose[:2])).all()
    assert (found[:, :2] <= [30, 34]).all()
    assert (found[:, 2:] >= [31, 35]).all()


@settings(max_examples=60)
@given(data=st.data())
def test_boxes_only_shrink_and_never_vanish(data: st.DataObject) -> None:
    """Boxes may reach beyond the picture, masks may lie anywhere or be missing."""
    track = []
    mask = np.zeros(SHAPE, dtype=np.bool_)
    for k in sorted(data.draw(st.sets(st.integers(0, 4), min_size=1))):
        row, column = data.draw(st.tuples(*[st.floats(-4, 50)] * 2))
        height, width = data.draw(st.tuples(*[st.floats(0.5, 30)] * 2))
        track.append(BoxOnSlice(k, 0, np.array([row, column, row + height, column + width])))
        r, c, size = data.draw(st.tuples(*[st.integers(0, 55)] * 2, st.integers(0, 20)))
        mask[k, r : r + size, c : c + size] = True
    stack = np.zeros(SHAPE, dtype=np.float32)
    region = cut_region(stack, track, (4.0, 2.0, 2.0))
    before, after = edges_of(region.boxes), edges_of(tighten(region, mask[region.slices]))
    assert ((before - after) * OUTWARD >= -1e-9).all()
    sides = before[:, 2:] - before[:, :2]
    assert (after[:, 2:] - after[:, :2] >= 0.05 * sides).all()
