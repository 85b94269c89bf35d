"""One structure's mask after a changed box, on two ellipsoids that touch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from manyhands.boxes import make_track
from manyhands.errors import ConfigError
from manyhands.geometry import from_stack, grid_of_source
from manyhands.masks import LiveMasks, MaskUpdate
from manyhands.types import BoxArray, Consensus, MaskStack, Shape3, Spacing, Volume

SHAPE: Shape3 = (7, 44, 48)
SPACING: Spacing = (5.0, 2.0, 2.0)
SLICES = np.arange(1, 6)
LEFT_BOX = np.array([6.0, 2.0, 38.0, 27.0])  # reaches into the right one, from column 24 on
RIGHT_BOX = np.array([6.0, 21.0, 38.0, 46.0])


def cylinder(column: float, k: npt.NDArray[np.integer] = SLICES) -> MaskStack:
    """An ellipse of 26 x 20 px about row 22, the same on these slices."""
    row, across = np.ogrid[0 : SHAPE[1], 0 : SHAPE[2]]
    mask = np.zeros(SHAPE, dtype=np.bool_)
    mask[k] = ((row - 22) / 13) ** 2 + ((across - column) / 10) ** 2 < 1
    return mask


LEFT, RIGHT = cylinder(14.0), cylinder(34.0)


def volume(spacing_mm: Spacing = SPACING) -> Volume:
    stack = -80 + np.random.default_rng(0).normal(0, 15, SHAPE) + 120 * LEFT + 230 * RIGHT
    data = np.ascontiguousarray(from_stack(stack.astype(np.float32)))
    k_mm, row_mm, column_mm = spacing_mm
    return Volume(data, grid_of_source(data.shape, np.diag([column_mm, row_mm, k_mm, 1])))


def boxed(box: BoxArray, slices: npt.NDArray[np.integer] = SLICES) -> Consensus:
    track = make_track(slices, np.tile(box, (len(slices), 1)))
    return Consensus((track,), np.ones(SHAPE[0]), np.ones(SHAPE[0], dtype=np.bool_))


NOTHING = Consensus((), np.zeros(SHAPE[0]), np.ones(SHAPE[0], dtype=np.bool_))


def whole(update: MaskUpdate) -> MaskStack:
    full = np.zeros(SHAPE, dtype=np.bool_)
    full[update.where] = update.mask
    return full


def dice(first: MaskStack, second: MaskStack) -> float:
    return float(2 * (first & second).sum() / (first.sum() + second.sum()))


@pytest.fixture
def live() -> LiveMasks:
    return LiveMasks(volume(), {1: boxed(LEFT_BOX), 2: boxed(RIGHT_BOX)})


def test_the_same_boxes_give_the_masks_again(live: LiveMasks) -> None:
    for structure_id, box, truth in ((1, LEFT_BOX, LEFT), (2, RIGHT_BOX, RIGHT)):
        assert dice(whole(live.refresh(structure_id, boxed(box))), truth) > 0.9


def test_a_box_on_one_more_slice_gives_a_mask_there() -> None:
    """The crop does not have that slice: it is cut anew."""
    early = LiveMasks(volume(), {1: boxed(LEFT_BOX, SLICES[:3]), 2: boxed(RIGHT_BOX)})
    before = whole(early.refresh(1, boxed(LEFT_BOX, SLICES[:3])))
    after = whole(early.refresh(1, boxed(LEFT_BOX)))
    assert not before[4:].any()
    assert dice(after, LEFT) > 0.9


def test_a_box_gone_takes_its_mask_along(live: LiveMasks) -> None:
    after = whole(live.refresh(1, boxed(LEFT_BOX, SLICES[:3])))
    assert not after[4:].any()
    assert dice(after[1:4], LEFT[1:4]) > 0.9


def test_a_smaller_box_is_the_limit(live: LiveMasks) -> None:
    cutting = np.array([6.0, 2.0, 22.0, 27.0])
    after = whole(live.refresh(1, boxed(cutting)))
    assert not after[:, 22:].any()
    assert dice(after[:, :22], LEFT[:, :22]) > 0.85


def test_the_other_structure_keeps_its_voxels(live: LiveMasks) -> None:
    """A box over both, although the structure in it is the left one."""
    right = whole(live.refresh(2, boxed(RIGHT_BOX)))
    left = whole(live.refresh(1, boxed(np.array([6.0, 2.0, 38.0, 46.0]))))
    assert not (left & right).any()
    np.testing.assert_array_equal(whole(live.refresh(2, boxed(RIGHT_BOX))), right)


def test_a_structure_without_boxes_is_nothing_and_can_come_back(live: LiveMasks) -> None:
    assert not whole(live.refresh(1, NOTHING)).any()
    assert dice(whole(live.refresh(1, boxed(LEFT_BOX))), LEFT) > 0.9


def test_a_structure_begun_later_is_found_beside_the_others() -> None:
    live = LiveMasks(volume(), {1: boxed(LEFT_BOX)})
    right = whole(live.refresh(2, boxed(RIGHT_BOX)))
    assert dice(right, RIGHT) > 0.9
    assert not (right & whole(live.refresh(1, boxed(LEFT_BOX)))).any()


def test_a_volume_without_structures_waits_for_the_first() -> None:
    live = LiveMasks(volume(), {1: NOTHING})
    assert not whole(live.refresh(1, NOTHING)).any()
    assert dice(whole(live.refresh(2, boxed(RIGHT_BOX))), RIGHT) > 0.9


def test_masks_come_on_the_pixels_of_the_picture_although_fitted_on_blocks() -> None:
    live = LiveMasks(volume((5.0, 0.7, 0.7)), {2: boxed(RIGHT_BOX)})
    update = live.refresh(2, boxed(RIGHT_BOX))
    assert update.mask.shape == tuple(part.stop - part.start for part in update.where)
    assert dice(whole(update), RIGHT) > 0.85


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown model 'magic'; known are intensity"):
        LiveMasks(volume(), {}, model="magic")
