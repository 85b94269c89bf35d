"""The baselines must be good ones, or beating them says nothing."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.baselines import BASELINES, Baseline, otsu_threshold, segment_by_slices

from manyhands.boxes import make_track
from manyhands.geometry import from_stack, to_stack
from manyhands.phantom import make_phantom
from manyhands.types import Consensus, Volume


def make_disc(noise: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """A disc of radius 12 and grey 150 on grey 90, in a picture of 60 by 60."""
    row, column = np.mgrid[:60, :60]
    disc = (row - 29.5) ** 2 + (column - 29.5) ** 2 <= 12**2
    noisy = np.where(disc, 150, 90) + np.random.default_rng(0).normal(0, noise, disc.shape)
    return noisy.astype(np.uint8), disc


def test_otsu_parts_two_greys() -> None:
    """Any grey from 10 to 199 parts these: the first is taken. One grey has no second class."""
    assert otsu_threshold(np.array([10, 10, 200, 200], dtype=np.uint8)) == 10
    assert otsu_threshold(np.array([7, 7], dtype=np.uint8)) == 0


@pytest.mark.parametrize("name", ["Otsu in the box", "GrabCut"])
def test_a_disc_in_a_loose_box_is_found(name: str) -> None:
    picture, disc = make_disc()
    mask = BASELINES[name](picture, (14, 14, 46, 46))
    wrong = mask ^ disc[14:46, 14:46]
    assert wrong.sum() < 0.05 * disc.sum()


@pytest.mark.parametrize("baseline", BASELINES.values(), ids=list(BASELINES))
def test_masks_have_the_shape_of_the_box(baseline: Baseline) -> None:
    """Also at the edge of the picture, in boxes of a pixel, and where all is of one grey."""
    picture, _ = make_disc()
    for box in [(0, 0, 9, 20), (50, 40, 60, 60), (30, 30, 31, 31), (0, 0, 60, 60)]:
        shape = (box[2] - box[0], box[3] - box[1])
        assert baseline(picture, box).shape == shape
        assert baseline(np.zeros_like(picture), box).dtype == np.bool_


def test_later_structures_win_and_boxes_outside_the_picture_are_cut() -> None:
    volume, _, _ = make_phantom((20, 16, 3), spacing_mm=(15.0, 15.0, 30.0))
    nobody = np.ones(3), np.ones(3, dtype=np.bool_)
    structures = {
        1: Consensus((make_track([0, 2], [[2, 2, 8, 8], [2, 2, 8, 8]]),), *nobody),
        2: Consensus((make_track([2], [[6, 6, 30, 30]]),), *nobody),
        3: Consensus((make_track([1], [[40, 40, 50, 50]]),), *nobody),
    }
    labels = segment_by_slices(
        Volume(volume.data, volume.grid), structures, BASELINES["filled box"]
    )
    expected = np.zeros((3, 16, 20), dtype=np.uint8)
    expected[:, 2:8, 2:8] = 1
    expected[2, 6:, 6:] = 2
    assert np.array_equal(to_stack(labels), expected)
    assert np.array_equal(from_stack(expected), labels)
