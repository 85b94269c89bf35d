"""Smoothing takes jitter off and leaves everything else alone."""

import numpy as np
import pytest

from manyhands.boxes.arithmetic import iou, is_valid
from manyhands.boxes.smoothing import noise_px, smooth
from manyhands.boxes.tracks import interpolate, make_track
from manyhands.types import Spacing, Track

THIN = (2.0, 1.5, 1.5)  # mm along slice, row, column
THICK = (7.7, 1.25, 1.25)


def organ(n: int, radius: float = 30.0) -> Track:
    """The boxes of an ellipsoid cut into n slices, drifting sideways."""
    along = np.linspace(-0.95, 0.95, n)
    half = radius * np.sqrt(1 - along**2)
    row, column = 100.0, 90.0 + 8 * along
    edges = np.stack([row - half, column - half, row + half, column + half], axis=1)
    return make_track(np.arange(n), np.round(edges))


def shaken(track: Track, sd_px: float, seed: int = 0) -> Track:
    rng = np.random.default_rng(seed)
    return make_track(track.slice_indices, track.boxes + rng.normal(0, sd_px, track.boxes.shape))


@pytest.mark.parametrize("seed", range(5))
def test_jitter_on_thin_slices_becomes_less(seed: int) -> None:
    truth = organ(40)
    jittered = shaken(truth, 4, seed)
    smoothed = smooth(jittered, stack_spacing_mm=THIN)
    error = np.abs(jittered.boxes - truth.boxes).mean()
    assert np.abs(smoothed.boxes - truth.boxes).mean() < 0.75 * error
    assert iou(smoothed.boxes, truth.boxes).mean() > iou(jittered.boxes, truth.boxes).mean() + 0.04


@pytest.mark.parametrize("spacing", [THIN, THICK])
@pytest.mark.parametrize("n", [8, 40])
def test_exact_tracks_stay_as_they_are(spacing: Spacing, n: int) -> None:
    truth = organ(n)
    assert smooth(truth, stack_spacing_mm=spacing) is truth


@pytest.mark.parametrize("seed", range(5))
def test_ordinary_jitter_on_thick_slices_is_left_alone(seed: int) -> None:
    """2 px are 2.5 mm: less than edges of an organ move by themselves over 7.7 mm."""
    jittered = shaken(organ(14), 2, seed)
    assert smooth(jittered, stack_spacing_mm=THICK) is jittered


def test_an_organ_that_jumps_on_one_edge_is_left_alone() -> None:
    """A lobe of the liver ends within one slice; this is anatomy."""
    truth = organ(30)
    boxes = truth.boxes.copy()
    boxes[10:14, 3] += 25
    boxes[20:, 3] -= 10
    jumping = make_track(truth.slice_indices, boxes)
    assert smooth(jumping, stack_spacing_mm=THIN) is jumping


def test_short_tracks_stay_as_they_are() -> None:
    jittered = shaken(organ(5), 4)
    assert smooth(jittered, stack_spacing_mm=THIN) is jittered


def test_interpolated_boxes_follow_the_smoothed_ones() -> None:
    truth = organ(41)
    every_second = shaken(make_track(truth.slice_indices[::2], truth.boxes[::2]), 5)
    filled = interpolate(every_second)
    smoothed = smooth(filled, stack_spacing_mm=THIN)
    between = (smoothed.boxes[:-1:2] + smoothed.boxes[2::2]) / 2
    assert not np.array_equal(smoothed.boxes, filled.boxes)
    np.testing.assert_allclose(smoothed.boxes[1::2], between)
    np.testing.assert_array_equal(smoothed.is_drawn, filled.is_drawn)
    np.testing.assert_allclose(
        smoothed.boxes[::2], smooth(every_second, stack_spacing_mm=THIN).boxes
    )


@pytest.mark.parametrize("seed", range(3))
def test_boxes_stay_valid_however_much_they_shake(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 100, (30, 2))
    wild = make_track(range(30), np.concatenate([low, low + rng.uniform(1, 40, (30, 2))], axis=1))
    assert is_valid(smooth(wild, stack_spacing_mm=THIN).boxes).all()


def test_noise_is_measured_where_there_is_some() -> None:
    assert noise_px(organ(40), stack_spacing_mm=THIN).tolist() == [0, 0, 0, 0]
    assert noise_px(organ(4), stack_spacing_mm=THIN).tolist() == [0, 0, 0, 0]
    found = np.mean(
        [noise_px(shaken(organ(60), 5, seed), stack_spacing_mm=THIN) for seed in range(5)], axis=0
    )
    np.testing.assert_allclose(found, 5, rtol=0.3)


def test_impossible_spacing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"above 0 mm, found \(0, 1, 1\)"):
        smooth(organ(9), stack_spacing_mm=(0, 1, 1))
