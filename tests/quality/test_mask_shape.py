from __future__ import annotations

import numpy as np
import pytest

from manyhands.boxes.tracks import make_track
from manyhands.quality import jitter, measure_masks, no_mask, with_stability
from manyhands.types import IGNORE_LABEL, Consensus


def block() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """5 slices of 10 x 12: structure 2 is 4 rows by 6 columns on slices 1 and 2."""
    labels = np.zeros((5, 10, 12), dtype=np.uint8)
    labels[1:3, 3:7, 2:8] = 2
    return labels


def test_a_block_has_the_shape_one_sees() -> None:
    shape = measure_masks(block(), {2: np.array([np.nan, 0.8, 0.9, np.nan, 0.1])}, structures=[2])[
        2
    ]
    assert shape.area_px.tolist() == [0, 24, 24, 0, 0]
    assert shape.centres[1].tolist() == [5.0, 5.0]
    assert shape.edges[2].tolist() == [3, 2, 7, 8]
    np.testing.assert_array_equal(shape.confidence, [np.nan, 0.8, 0.9, np.nan, np.nan])
    assert np.isnan(shape.edges[[0, 3, 4]]).all()
    assert shape.volume_ml((5.0, 1.0, 1.0)) == pytest.approx(48 * 5 / 1000)
    assert shape.goes_on == (None, None)


def test_pictures_may_be_a_turned_view() -> None:
    turned = np.ascontiguousarray(block()[:, ::-1, ::-1])[:, ::-1, ::-1]
    shape = measure_masks(turned, {}, structures=[2])[2]
    assert shape.edges[1].tolist() == [3, 2, 7, 8]


def test_a_structure_without_voxels_has_no_mask() -> None:
    shapes = measure_masks(block(), {}, structures=[1, 2, 7])
    assert [shapes[s].has_mask.any() for s in (1, 2, 7)] == [False, True, False]
    assert not no_mask(3).has_mask.any()
    assert measure_masks(block(), {}, structures=[]) == {}


def test_the_image_tells_where_a_structure_goes_on() -> None:
    """Below the block the image is the same, above it is another, beyond the volume is nothing."""
    rng = np.random.default_rng(0)
    image = rng.normal(100, 5, (5, 10, 12)).astype(np.float32)
    image[3:] = 0
    shape = measure_masks(block(), {}, image, structures=[2])[2]
    below, above = shape.goes_on
    assert below is not None
    assert below > 0.5
    assert above == 0
    at_the_end = measure_masks(block()[1:], {}, image[1:], structures=[2])[2]
    assert at_the_end.goes_on == (None, 0)


def test_of_few_voxels_nothing_is_said() -> None:
    labels = np.zeros((3, 10, 12), dtype=np.uint8)
    labels[1, 2:4, 2:4] = 1
    shape = measure_masks(labels, {}, np.ones((3, 10, 12), dtype=np.float32), structures=[1])[1]
    assert shape.goes_on == (None, None)


def test_stability_is_the_dice_of_both_labels() -> None:
    """The second has half of the block and nothing else: Dice 2 x 24 / (48 + 24)."""
    labels, moved = block(), block()
    moved[2] = 0
    shapes = with_stability(measure_masks(labels, {}, structures=[2, 3]), labels, moved)
    assert shapes[2].stability == pytest.approx(2 / 3)
    assert shapes[3].stability is None


def test_labels_that_only_one_of_both_has_are_no_crash() -> None:
    labels, moved = block(), block()
    labels[0][labels[0] == 0] = IGNORE_LABEL
    shapes = with_stability(measure_masks(labels, {}, structures=[2]), labels, moved)
    assert shapes[2].stability == 1


def test_moved_boxes_keep_their_size_and_stay_in_the_picture() -> None:
    boxes = np.array([[10.0, 10, 60, 60]] * 6)
    track = make_track(np.arange(6), boxes)
    consensus = Consensus((track,), np.ones(6), np.ones(6, dtype=np.bool_))
    (moved,) = jitter(consensus, (61, 100)).tracks
    shift = moved.boxes - boxes
    assert shift[0].tolist() == [3.0, -3.0, 1.0, -3.0]  # 6 % of 50 px; the picture ends at row 61
    assert shift[5].tolist() == [-3.0, 3.0, -3.0, 3.0]
    assert jitter(Consensus((), np.zeros(2), np.ones(2, dtype=np.bool_)), (9, 9)).tracks == ()
