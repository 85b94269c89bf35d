"""Labels that do not belong to an image are refused, with what differs."""

from __future__ import annotations

import numpy as np
import pytest

from manyhands.errors import VolumeError
from manyhands.geometry import grid_of_source
from manyhands.types import Affine, Grid, Labels
from manyhands.volumes import check_label_ids, check_same_grid


def labels_on(grid: Grid, *ids: int) -> Labels:
    data = np.zeros(grid.shape, np.uint8)
    data.ravel()[: len(ids)] = ids
    return Labels(data, grid)


def moved(shift_mm: float) -> Affine:
    affine = np.diag([2.0, 2, 4, 1])
    affine[0, 3] = shift_mm
    return affine


IMAGE = grid_of_source((3, 4, 5), moved(0))


def test_the_same_grid_passes_also_when_stored_otherwise() -> None:
    """LAS with the axes i and k swapped, the same voxels in the patient."""
    affine = np.array([[0, 0, -2.0, 4], [0, 2, 0, 0], [4, 0, 0, 0], [0, 0, 0, 1]])
    check_same_grid(labels_on(grid_of_source((5, 4, 3), affine)), IMAGE)


def test_a_different_shape_is_named() -> None:
    labels = labels_on(grid_of_source((3, 4, 6), moved(0)))
    message = r"^l\.nii: shape \(3, 4, 6\) .* differs from \(3, 4, 5\) of i\.nii"
    with pytest.raises(VolumeError, match=message):
        check_same_grid(labels, IMAGE, name="l.nii", image_name="i.nii")


def test_a_different_affine_is_named_with_the_distance() -> None:
    with pytest.raises(VolumeError, match=r"up to 1\.5 mm from those of the image .*0\.2 mm"):
        check_same_grid(labels_on(grid_of_source((3, 4, 5), moved(1.5))), IMAGE)


def test_the_largest_distance_is_looked_for_at_the_corners() -> None:
    """The spacing along k is 4.1 mm for 4: nothing at k = 0, 0.4 mm at k = 4."""
    affine = np.diag([2.0, 2, 4.1, 1])
    with pytest.raises(VolumeError, match=r"up to 0\.4 mm"):
        check_same_grid(labels_on(grid_of_source((3, 4, 5), affine)), IMAGE)


def test_rounding_of_an_affine_passes() -> None:
    check_same_grid(labels_on(grid_of_source((3, 4, 5), moved(0.19))), IMAGE)


def test_known_labels_background_and_ignore_pass() -> None:
    check_label_ids(labels_on(IMAGE), [])
    check_label_ids(labels_on(IMAGE, 0, 2, 255), [1, 2])


def test_unknown_labels_are_all_named() -> None:
    message = "^l.nii: holds label 3, 9, the study's structures are 1, 2$"
    with pytest.raises(VolumeError, match=message):
        check_label_ids(labels_on(IMAGE, 9, 1, 3), [2, 1], name="l.nii")
