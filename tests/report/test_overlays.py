from __future__ import annotations

import base64
import dataclasses
import io

import numpy as np
import pytest
from matplotlib.image import imread

from manyhands.config import make_structures
from manyhands.report import Case
from manyhands.report.overlays import Plane, draw_planes
from manyhands.types import Grid, Labels, SourceGrid, Volume, Window

STRUCTURES = make_structures(("liver", "spleen"))


def pixels(plane: Plane) -> list[list[int]]:
    """The greys of a plane's picture, 0 to 255."""
    png = base64.b64decode(plane.picture.removeprefix("data:image/png;base64,"))
    return [[round(255 * grey[0]) for grey in row] for row in imread(io.BytesIO(png)).tolist()]


def tiny(data: list[list[list[int]]]) -> Case:
    """A volume (i, j, k) of 2 x 3 x 4 mm voxels, shown as greys as they are, with no labels."""
    image = np.array(data, dtype=np.float32)
    i, j, k = image.shape
    affine = np.diag([2.0, 3.0, 4.0, 1.0])
    grid = Grid((i, j, k), affine, SourceGrid(image.shape, (0, 1, 2), (False,) * 3))
    labels = Labels(np.zeros(image.shape, dtype=np.uint8), grid)
    return Case(Volume(image, grid), labels, window=Window(127.5, 255))


def test_each_plane_is_seen_as_a_radiologist_does() -> None:
    """One bright voxel far right, front and up; the planes through it show it there."""
    data = np.zeros((3, 3, 3), dtype=int)
    data[2, 2, 2] = 255
    case = tiny(data.tolist())
    case.prediction.data[2, 2, 2] = 1
    axial, coronal, sagittal = draw_planes(case, STRUCTURES)

    upper_left = [[255, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert pixels(axial) == upper_left  # right is on the left, front is up
    assert pixels(coronal) == upper_left  # right is on the left, head is up
    assert pixels(sagittal) == upper_left  # front is on the left, head is up
    assert axial.prediction[0].path == coronal.prediction[0].path == "M0 0h1v1h-1v-1z"
    assert (axial.left, axial.right) == (coronal.left, coronal.right) == ("R", "L")
    assert (sagittal.left, sagittal.right) == ("A", "P")
    assert axial.index == 2


def test_planes_are_as_large_as_the_patient() -> None:
    axial, coronal, sagittal = draw_planes(tiny(np.zeros((5, 6, 7), int).tolist()), STRUCTURES)
    assert (axial.width_mm, axial.height_mm) == (5 * 2, 6 * 3)
    assert (coronal.width_mm, coronal.height_mm) == (5 * 2, 7 * 4)
    assert (sagittal.width_mm, sagittal.height_mm) == (6 * 3, 7 * 4)


def test_planes_go_through_most_structures_of_the_reference(case: Case) -> None:
    """Slice 2 has both structures; the prediction alone does not decide."""
    axial, coronal, sagittal = draw_planes(case, STRUCTURES)
    assert axial.index == 2
    assert [s.name for s in axial.reference] == ["liver", "spleen"]
    assert [s.name for s in axial.prediction] == ["liver", "spleen"]
    # No coronal plane has both: those with more of the larger one, 4 x 2 voxels each, are shown.
    assert [s.name for s in coronal.reference] == ["liver"]
    assert coronal.reference[0].colour == STRUCTURES[0].colour
    assert axial.alt == "axial, slice 2: predicted liver, spleen; reference liver, spleen"
    # In a sagittal plane of the liver's right half nothing was found.
    assert sagittal.alt.endswith("reference liver")


def test_where_nobody_looked_is_shown(case: Case) -> None:
    """The lowest slice, which is the bottom row of a coronal plane of 12 columns."""
    axial, coronal, _ = draw_planes(case, STRUCTURES)
    assert axial.unseen == ""
    assert coronal.unseen == "M0 3h12v1h-12v-1z"


def test_without_reference_the_prediction_decides(case: Case) -> None:
    axial, coronal, _ = draw_planes(dataclasses.replace(case, reference=None), STRUCTURES)
    assert axial.index == 2
    assert axial.reference == ()
    assert "reference" not in coronal.alt


def test_a_volume_without_structures_is_shown_in_its_middle() -> None:
    axial, *_ = draw_planes(tiny(np.zeros((4, 4, 5), int).tolist()), STRUCTURES)
    assert axial.index == 2
    assert axial.alt == "axial, slice 2: predicted nothing"


@pytest.mark.parametrize(("slices", "planes"), [(1, 1), (2, 3)])
def test_one_slice_is_one_plane(slices: int, planes: int) -> None:
    assert len(draw_planes(tiny(np.zeros((4, 4, slices), int).tolist()), STRUCTURES)) == planes
