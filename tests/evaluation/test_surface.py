from __future__ import annotations

import math

import numpy as np
import pytest

from manyhands.evaluation import hd95_mm, image_diagonal_mm, nsd, surface_distances
from manyhands.types import MaskArray, Spacing

SPACING: Spacing = (0.5, 2.0, 5.0)


def cuboid(*edges: tuple[int, int], size: int = 9) -> MaskArray:
    """Voxels `first <= index < last` along each axis of a cube of `size`."""
    mask = np.zeros((size,) * 3, dtype=bool)
    mask[tuple(slice(*edge) for edge in edges)] = True
    return mask


def test_one_voxel_each_is_their_distance_in_mm() -> None:
    """Two steps along each axis: 1, 4 and 10 mm."""
    one, other = cuboid((1, 2), (1, 2), (1, 2)), cuboid((3, 4), (3, 4), (3, 4))
    distances = surface_distances(one, other, SPACING)
    assert hd95_mm(distances) == pytest.approx(math.sqrt(1 + 16 + 100))
    assert nsd(distances, 10.8) == 0
    assert nsd(distances, 10.9) == 1


def test_only_the_shell_is_surface() -> None:
    """Of 5 x 5 x 5 voxels, 3 x 3 x 3 are inside."""
    cube = cuboid((2, 7), (2, 7), (2, 7))
    distances = surface_distances(cube, cube, SPACING)
    assert distances.from_reference_mm.size == 125 - 27
    assert nsd(distances, 0.1) == 1
    assert hd95_mm(distances) == 0


def test_the_border_of_the_image_is_surface_too() -> None:
    full = np.ones((4, 4, 4), dtype=bool)
    assert surface_distances(full, full, SPACING).from_reference_mm.size == 64 - 8


def test_a_cube_grown_by_one_slice() -> None:
    """3 x 3 x 3 against 3 x 3 x 4, slices of 5 mm.

    The 26 surface voxels of the reference: the middle of the top is inside the prediction, and its
    nearest surface voxels are those beside it in the plane, 0.5 mm away; the others are surface of
    both. Of the prediction's 36 - 2 = 34, the nine of the slice that is too much lie 5 mm off,
    except that the 8 at its rim and the middle all find the reference's top just below.
    """
    one, other = cuboid((3, 6), (3, 6), (2, 5)), cuboid((3, 6), (3, 6), (2, 6))
    distances = surface_distances(one, other, SPACING)
    assert sorted(distances.from_reference_mm) == pytest.approx([0] * 25 + [0.5])
    assert sorted(distances.from_prediction_mm) == pytest.approx([0] * 25 + [5] * 9)
    assert nsd(distances, 2.0) == pytest.approx((26 + 25) / (26 + 34))
    assert nsd(distances, 5.0) == 1
    assert hd95_mm(distances) == 5


def test_hd95_is_the_worse_direction() -> None:
    """One voxel of 21 far away: above the 95th percentile of 21 lies just the largest value."""
    line = np.zeros((1, 1, 41), dtype=bool)
    line[0, 0, :20] = True
    more = line.copy()
    more[0, 0, 40] = True
    # In one dimension the surface is the two ends of each run, here [0, 19] and [0, 19, 40].
    distances = surface_distances(line, more, (1, 1, 1))
    assert distances.from_reference_mm.tolist() == [0, 0]
    assert distances.from_prediction_mm.tolist() == [0, 0, 21]
    assert hd95_mm(distances) == pytest.approx(np.percentile([0, 0, 21], 95))


def test_in_a_volume_of_one_slice_the_surface_is_the_outline() -> None:
    """Of 5 x 5 pixels, 3 x 3 are inside; as a volume every pixel would face an empty slice."""
    square = np.zeros((9, 9, 1), dtype=bool)
    square[2:7, 2:7] = True
    assert surface_distances(square, square, SPACING).from_reference_mm.size == 25 - 9


def test_a_volume_of_one_voxel() -> None:
    voxel = np.ones((1, 1, 1), dtype=bool)
    assert hd95_mm(surface_distances(voxel, voxel, SPACING)) == 0


def test_the_diagonal_is_from_corner_to_corner() -> None:
    assert image_diagonal_mm((6, 2, 3), (0.5, 2.0, 4.0)) == pytest.approx(13)  # 3, 4, 12 mm


@pytest.mark.parametrize("other", [cuboid(size=9)[:5], np.zeros((9, 9, 9), dtype=bool)])
def test_masks_without_distances_are_refused(other: MaskArray) -> None:
    with pytest.raises(ValueError, match="two masks of one shape with a voxel each"):
        surface_distances(cuboid((1, 2), (1, 2), (1, 2)), other, SPACING)
