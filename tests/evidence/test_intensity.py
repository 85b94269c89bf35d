"""Evidence from intensities, on disks that are brighter or darker than what is around."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from manyhands.evidence import Region, prepare
from manyhands.evidence.intensity import (
    collapsed_slices,
    first_guess,
    intensity_evidence,
    shape_log_odds,
)
from manyhands.evidence.region import CELLS, BoxOnSlice, cut_region
from manyhands.types import MaskArray, MaskStack, Modality, Spacing

THICK: Spacing = (5.0, 2.0, 2.0)
LOOSE = (8.0, 8.0, 40.0, 40.0)  # around a disk of 24 px across: a third too large
SLICES = 4


def disk(size: int = 48, radius: float = 12.0) -> MaskArray:
    row, column = np.ogrid[0:size, 0:size]
    middle = (size - 1) / 2
    return np.asarray((row - middle) ** 2 + (column - middle) ** 2 < radius**2)


def around(mask: MaskStack, contrast: float, noise: float, spacing_mm: Spacing = THICK) -> Region:
    """The region of loose boxes around a disk, in a picture of 0.5 with noise."""
    noise_of = np.random.default_rng(0).normal(0, noise, mask.shape)
    stack = (0.5 + contrast * mask + noise_of).astype(np.float32)
    boxes = [BoxOnSlice(k, 0, np.array(LOOSE)) for k in range(len(mask))]
    return cut_region(stack, boxes, spacing_mm)


@pytest.fixture
def disks() -> MaskStack:
    return np.repeat(disk()[None], SLICES, axis=0)


@pytest.mark.parametrize("contrast", [0.3, -0.3])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_it_tells_a_disk_from_the_rest_of_a_loose_box(
    disks: MaskStack, contrast: float, noise: float
) -> None:
    """By itself, and still when it is told the mask it found: bright or dark, most signs right."""
    region = around(disks, contrast, noise)
    is_disk = disks[region.slices]
    evidence = intensity_evidence(region, None)
    for _ in range(2):
        assert np.mean(evidence[is_disk] > 0) > 0.9
        assert np.mean(evidence[region.inside & ~is_disk] < 0) > 0.9
        evidence = intensity_evidence(region, evidence > 0)


def test_a_small_structure_is_round_even_if_the_corners_look_like_it() -> None:
    """A square as bright as the structure fills the box, 16 mm wide with pixels of 0.5 mm."""
    square = np.zeros((SLICES, 48, 48), dtype=np.bool_)
    square[:, 8:40, 8:40] = True
    region = around(square, 0.3, 0.02, (2.0, 0.5, 0.5))
    evidence = intensity_evidence(region, None)
    middle, corner = region.radius < 0.5, region.inside & (region.radius > 1.2)
    assert evidence[middle].min() > evidence[corner].max()
    assert evidence[middle].min() > 0


def test_outside_the_boxes_nothing_is_likely(disks: MaskStack) -> None:
    region = around(disks, 0.3, 0.05)
    evidence = intensity_evidence(region, None)
    assert evidence[~region.inside].max() < min(evidence[region.inside].min(), 0)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("spacing", [THICK, (2.0, 0.5, 0.5)])
def test_a_constant_image_gives_finite_evidence(value: float, spacing: Spacing) -> None:
    region = around(np.zeros((SLICES, 48, 48), dtype=np.bool_), 0, 0, spacing)
    region.image[:] = value
    for mask in (None, region.inside, np.zeros_like(region.inside)):
        assert np.isfinite(intensity_evidence(region, mask)).all()


def test_a_slow_change_of_brightness_is_no_edge(disks: MaskStack) -> None:
    """The image gets darker by 0.2 from left to right, more than the disk's contrast of 0.15."""
    region = around(disks, 0.15, 0.02)
    region.image[:] -= np.linspace(0, 0.2, region.image.shape[2], dtype=np.float32)
    is_disk = disks[region.slices]
    evidence = intensity_evidence(region, is_disk)
    assert evidence[is_disk].min() > evidence[region.inside & ~is_disk].max()


def test_where_the_image_shows_nothing_the_shape_so_far_decides(disks: MaskStack) -> None:
    region = around(disks, 0.0, 0.05)
    is_disk = disks[region.slices]
    evidence = intensity_evidence(region, is_disk)
    assert evidence[is_disk].mean() > 0 > evidence[region.inside & ~is_disk].mean()


class TestFirstGuess:
    """What is taken for the structure before anything is known."""

    def test_the_commonest_intensity_in_the_middle_of_the_boxes(self, disks: MaskStack) -> None:
        region = around(disks, 0.3, 0.0)
        np.testing.assert_array_equal(first_guess(region), disks[region.slices])

    def test_of_a_small_structure_an_ellipse(self, disks: MaskStack) -> None:
        guess = first_guess(around(disks, 0.3, 0.0, (2.0, 0.5, 0.5)))
        height, width = (np.flatnonzero(guess[0].any(axis=axis)) for axis in (1, 0))
        assert 0.7 * 32 < len(height) <= 32
        assert len(height) == len(width)
        assert not guess[0, height[0], width[0]]

    def test_it_lies_inside_the_boxes(self, disks: MaskStack) -> None:
        for spacing in (THICK, (2.0, 0.5, 0.5)):
            region = around(disks, 0.0, 0.1, spacing)
            assert not (first_guess(region) & ~region.inside).any()
            assert first_guess(region).any()


class TestShape:
    """The shape in the coordinates of the box, carried from slice to slice."""

    def test_an_empty_slice_takes_the_shape_of_its_neighbours(self, disks: MaskStack) -> None:
        region = around(disks, 0.3, 0.0)
        mask = disks[region.slices].copy()
        mask[2] = False
        odds = shape_log_odds(region, mask).reshape(-1, CELLS, CELLS)
        middle = CELLS // 2
        assert odds[2, middle, middle] > 0
        assert odds[2, 0, 0] < 0
        np.testing.assert_allclose(odds[2], odds[0], atol=1e-4)

    def test_a_larger_box_shows_the_shape_larger(self) -> None:
        """Disks half as wide as their boxes, in boxes of 21 and 42 px."""
        mask = np.zeros((2, 48, 48), dtype=np.bool_)
        mask[0, 3:45, 3:45] = disk(42, 10.5)
        boxes = [
            BoxOnSlice(0, 0, np.array([3, 3, 45.0, 45])),
            BoxOnSlice(1, 0, np.array([3, 3, 24.0, 24])),
        ]
        region = cut_region(np.zeros(mask.shape, dtype=np.float32), boxes, THICK)
        odds = shape_log_odds(region, mask[region.slices])
        expected = np.zeros((48, 48), dtype=np.bool_)
        expected[3:24, 3:24] = disk(21, 5.25)
        cell = region.cell[1]
        found = (cell >= 0) & (odds[1][np.maximum(cell, 0)] > 0)
        assert _dice(found, expected[region.slices[1:]]) > 0.85

    def test_nearer_slices_have_more_say(self) -> None:
        """Slice 1 between a full and an empty shape further away."""
        mask = np.zeros((8, 48, 48), dtype=np.bool_)
        mask[0] = disk(radius=14)
        mask[7] = disk(radius=4)
        region = around(mask, 0.3, 0.0)
        odds = shape_log_odds(region, mask[region.slices]).sum(axis=1)
        assert (np.diff(odds[1:7]) < 0).all()

    def test_a_slice_that_strayed_is_outvoted_by_its_neighbours(self, disks: MaskStack) -> None:
        region = around(disks, 0.3, 0.0)
        mask = disks[region.slices].copy()
        mask[2] = False
        mask[2, 6:14, 6:14] = True
        odds = shape_log_odds(region, mask).reshape(-1, CELLS, CELLS)
        middle = CELLS // 2
        assert odds[2, middle, middle] > 0
        assert odds[2, 2, 2] < 0

    def test_no_mask_anywhere_makes_nothing_likely(self, disks: MaskStack) -> None:
        region = around(disks, 0.3, 0.0)
        odds = shape_log_odds(region, np.zeros_like(region.inside))
        assert np.isfinite(odds).all()
        assert (odds < 0).all()


def test_collapsed_are_boxed_slices_with_next_to_no_mask(disks: MaskStack) -> None:
    region = around(disks, 0.3, 0.0)
    mask = disks[region.slices].copy()
    mask[1] = False
    mask[3] = False
    mask[3, 20, 20] = True
    assert collapsed_slices(region, mask).tolist() == [1, 3]
    unboxed = region.with_boxes([box for box in region.boxes if box.slice_index != 1])
    assert collapsed_slices(unboxed, mask).tolist() == [3]


def test_a_slice_that_lost_its_mask_is_learned_by_itself(disks: MaskStack) -> None:
    """The last slice shows the organ as no other does, a little darker than what is around."""
    region = around(disks, 0.3, 0.02)
    region.image[-1] -= 0.35 * disks[0][region.slices[1:]]
    mask = disks[region.slices].copy()
    mask[-1] = False
    evidence = intensity_evidence(region, mask)[-1]
    assert _dice(evidence > 0, disks[0][region.slices[1:]]) > 0.92


class TestPrepare:
    """Intensities as the model sees them."""

    @pytest.mark.parametrize("modality", Modality)
    @pytest.mark.parametrize("value", [-2000.0, -1.0, 0.0, 40.0, 3000.0])
    def test_a_constant_volume_stays_constant(self, modality: Modality, value: float) -> None:
        found = prepare(np.full((3, 8, 8), value, dtype=np.float32), modality, THICK)
        assert np.ptp(found) < 1e-6
        assert 0 <= found.min() <= found.max() <= 1

    @pytest.mark.parametrize("modality", Modality)
    def test_it_is_between_0_and_1_and_leaves_the_volume_alone(self, modality: Modality) -> None:
        stack = np.random.default_rng(1).normal(100, 300, (3, 10, 12)).astype(np.float32)
        before = stack.copy()
        found = prepare(stack, modality, THICK)
        np.testing.assert_array_equal(stack, before)
        assert found.shape == stack.shape
        assert found.dtype == np.float32
        assert 0 <= found.min() < found.max() <= 1

    def test_ct_keeps_soft_tissue_apart_and_joins_air_and_bone(self) -> None:
        ends = np.repeat(np.array([-1000, -500, 0, 60, 120, 900, 1500.0]), 64)
        stack = ends.reshape(7, 8, 8).astype(np.float32)
        air, lung, water, muscle, organ, bone, metal = (
            prepare(picture[None], Modality.CT, THICK).mean() for picture in stack
        )
        assert air == lung == 0
        assert bone == metal == 1
        assert 0 < water < muscle < organ < 1

    def test_mr_has_no_unit(self) -> None:
        stack = np.random.default_rng(2).gamma(2, 100, (3, 16, 16)).astype(np.float32)
        once, tenfold = (prepare(s, Modality.MR, THICK) for s in (stack, stack * 10))
        np.testing.assert_allclose(once, tenfold, atol=1e-5)

    def test_a_few_very_bright_voxels_do_not_darken_the_rest_of_an_mr(self) -> None:
        stack = np.full((4, 20, 20), 100, dtype=np.float32)
        stack[1, 4, 4] = 1e5
        assert np.median(prepare(stack, Modality.MR, THICK)) > 0.5

    def test_thin_slices_are_not_blurred_into_one(self) -> None:
        stack = np.full((9, 8, 8), -150, dtype=np.float32)
        stack[4] = 250
        found = prepare(stack, Modality.CT, (0.1, 2.0, 2.0))[:, 4, 4]
        assert found[4] > 0.5
        assert found[2] < 0.1

    def test_noise_gets_less_and_the_mean_stays(self) -> None:
        noisy = np.random.default_rng(3).normal(50, 20, (5, 24, 24)).astype(np.float32)
        found = prepare(noisy, Modality.CT, (1.0, 1.0, 1.0))
        flat = prepare(np.full_like(noisy, 50), Modality.CT, (1.0, 1.0, 1.0))
        raw = prepare(noisy, Modality.CT, (1e3, 1e3, 1e3))  # no neighbour near enough to help
        assert found.std() < 0.9 * raw.std()
        assert found.mean() == pytest.approx(flat.mean(), abs=0.01)


def _dice(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> float:
    return float(2 * (first & second).sum() / (first.sum() + second.sum()))
