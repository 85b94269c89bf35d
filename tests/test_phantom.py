from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from manyhands.errors import ConfigError
from manyhands.geometry import to_stack
from manyhands.phantom import NAMES, NOISE_HU, make_phantom
from manyhands.types import Modality, Shape3, Spacing

LIVER, SPLEEN, KIDNEY_LEFT, KIDNEY_RIGHT, AORTA = range(1, 6)
TINY: Shape3 = (70, 56, 32)
COARSE: Spacing = (5.0, 5.0, 6.0)


def test_the_seed_decides() -> None:
    first, labels, _ = make_phantom(TINY, spacing_mm=COARSE, seed=3)
    again, same, _ = make_phantom(TINY, spacing_mm=COARSE, seed=3)
    other, different, _ = make_phantom(TINY, spacing_mm=COARSE, seed=4)
    assert np.array_equal(first.data, again.data)
    assert np.array_equal(labels.data, same.data)
    assert not np.array_equal(first.data, other.data)
    assert not np.array_equal(labels.data, different.data)


@pytest.mark.parametrize("seed", range(5))
def test_every_structure_is_there_in_one_piece_and_of_human_size(seed: int) -> None:
    """Volumes in ml: a wide range about those of adults; the aorta is cut at both ends."""
    volume, labels, names = make_phantom(seed=seed)
    assert names == NAMES == ("liver", "spleen", "kidney_left", "kidney_right", "aorta")
    voxel_ml = float(np.prod(volume.grid.spacing_mm)) / 1000
    for label, (least, most) in enumerate(
        [(900, 2000), (100, 400), (80, 250), (80, 250), (40, 110)], start=1
    ):
        mask = labels.data == label
        pieces, count = ndimage.label(mask)
        assert np.bincount(pieces.ravel())[1:].max() > 0.97 * mask.sum(), names[label - 1]
        assert count >= 1
        assert least < mask.sum() * voxel_ml < most, names[label - 1]


def test_densities_are_those_of_a_venous_phase() -> None:
    """Away from edges: kidneys and aorta brighter than spleen, that than liver, that than muscle;
    noise as set, with the bias and the vessels on top.
    """
    volume, labels, _ = make_phantom(seed=0)
    core = {
        label: volume.data[ndimage.binary_erosion(labels.data == label, iterations=2)]
        for label in range(1, 6)
    }
    means = {label: float(values.mean()) for label, values in core.items()}
    assert min(means[AORTA], means[KIDNEY_LEFT], means[KIDNEY_RIGHT]) > means[SPLEEN]
    assert means[SPLEEN] > means[LIVER] > 80
    assert NOISE_HU * 0.9 < core[SPLEEN].std() < NOISE_HU * 1.3
    assert volume.data.min() >= -1024
    assert volume.data.max() > 250


def test_edges_are_shared_between_voxels() -> None:
    """A blurred edge of 212 HU between kidney and fat: some voxels lie well between the two."""
    volume, labels, _ = make_phantom(seed=0)
    mask = labels.data == KIDNEY_LEFT
    rim = volume.data[ndimage.binary_dilation(mask) ^ ndimage.binary_erosion(mask)]
    assert 0.1 < np.mean((rim > -40) & (rim < 80)) < 0.9


def test_liver_and_right_kidney_touch_and_the_spleen_is_near_the_left() -> None:
    labels = make_phantom(seed=0)[1]
    grown = ndimage.binary_dilation(labels.data == LIVER)
    assert (grown & (labels.data == KIDNEY_RIGHT)).sum() > 50
    spacing_mm = labels.grid.spacing_mm
    distance_mm = ndimage.distance_transform_edt(labels.data != SPLEEN, sampling=spacing_mm)
    assert distance_mm[labels.data == KIDNEY_LEFT].min() < 15


def test_the_liver_lies_on_the_left_of_the_picture_and_the_spine_below() -> None:
    """Radiological convention; an error of axes anywhere shows here first."""
    volume, labels, _ = make_phantom(seed=0)
    pictures, stack = to_stack(volume.data), to_stack(labels.data)
    columns, rows = stack.shape[2], stack.shape[1]
    assert np.argwhere(stack == LIVER)[:, 2].mean() < 0.45 * columns
    assert np.argwhere(stack == SPLEEN)[:, 2].mean() > 0.6 * columns
    assert np.argwhere(pictures[:10] > 200)[:, 1].mean() > 0.55 * rows
    slices_of_liver, slices_of_kidney = (
        np.argwhere(stack == label)[:, 0].mean() for label in (LIVER, KIDNEY_RIGHT)
    )
    assert slices_of_liver > slices_of_kidney


@pytest.mark.parametrize(
    ("shape", "spacing"),
    [(TINY, COARSE), ((40, 40, 20), (2.0, 2.0, 2.0)), ((33, 47, 1), (10.0, 6.0, 8.0))],
)
def test_any_shape_and_spacing(shape: Shape3, spacing: Spacing) -> None:
    """Also a field of view that is far too small, where the body shrinks, and one slice."""
    volume, labels, _ = make_phantom(shape, spacing_mm=spacing)
    assert volume.data.shape == labels.data.shape == volume.grid.shape == shape
    assert volume.data.dtype == np.float32
    assert labels.data.dtype == np.uint8
    assert volume.grid.spacing_mm == pytest.approx(spacing)
    assert volume.modality is Modality.CT
    centre = volume.grid.affine[:3, :3] @ ((np.array(shape) - 1) / 2) + volume.grid.affine[:3, 3]
    assert centre == pytest.approx(0, abs=1e-9)
    assert np.unique(labels.data).size >= (6 if shape[2] > 1 else 3)


def test_impossible_shapes_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"above zero, got \(0, 5, 5\)"):
        make_phantom((0, 5, 5))
    with pytest.raises(ConfigError, match=r"above zero, got .*-1\.0"):
        make_phantom(spacing_mm=(1.0, -1.0, 1.0))
