"""Axes: stored to RAS+ to picture to world and back, by hand and as round trips."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from manyhands.geometry import (
    affine_of_source,
    boxes_to_voxels,
    from_source,
    from_stack,
    grid_of_source,
    to_picture,
    to_source,
    to_stack,
    voxels_to_boxes,
    voxels_to_world_mm,
    world_mm_to_voxels,
)
from manyhands.types import Affine

lengths = st.integers(1, 6)
shapes = st.tuples(lengths, lengths, lengths)
ORIENTATIONS = list(product(permutations(range(3)), product((1, -1), repeat=3)))


def affine_of(axes: tuple[int, ...], signs: tuple[int, ...]) -> Affine:
    """Stored axis a runs along the RAS+ axis `axes[a]`, 2, 3 and 5 mm apart."""
    affine = np.eye(4)
    affine[:3, :3] = 0
    for stored, (axis, sign, spacing_mm) in enumerate(zip(axes, signs, (2, 3, 5), strict=True)):
        affine[axis, stored] = sign * spacing_mm
    affine[:3, 3] = (-7, 11, 13)
    return affine


@st.composite
def affines(draw: st.DrawFn) -> Affine:
    """Oblique: any rotation, spacings 0.5 to 8 mm, any corner, mirrored or not."""
    quaternion = np.array(draw(st.tuples(*[st.floats(-1, 1)] * 4)))
    if np.linalg.norm(quaternion) < 0.1:
        quaternion = np.array([1.0, 0, 0, 0])
    w, x, y, z = quaternion / np.linalg.norm(quaternion)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    rotation = np.eye(3) + 2 * w * cross + 2 * cross @ cross
    affine = np.eye(4)
    affine[:3, :3] = rotation * np.array(draw(st.tuples(*[st.floats(0.5, 8)] * 3)))
    affine[:3, 0] *= draw(st.sampled_from((1, -1)))
    affine[:3, 3] = draw(st.tuples(*[st.floats(-300, 300)] * 3))
    return affine


# ---- the file's order


@pytest.mark.parametrize(("axes", "signs"), ORIENTATIONS)
def test_every_orientation_becomes_ras_and_turns_back(
    axes: tuple[int, ...], signs: tuple[int, ...]
) -> None:
    stored = np.arange(24).reshape(2, 3, 4)
    affine = affine_of(axes, signs)
    grid = grid_of_source(stored.shape, affine)

    assert np.array_equal(np.sign(grid.affine[:3, :3]), np.eye(3))
    assert grid.source.permutation == axes
    assert grid.source.flips == tuple(sign < 0 for sign in signs)
    volume = from_source(stored, grid.source)
    assert volume.shape == grid.shape
    assert np.array_equal(to_source(volume, grid.source), stored)
    assert np.array_equal(affine_of_source(grid), affine)


@given(shape=shapes, affine=affines())
def test_a_voxel_keeps_its_value_and_its_place(shape: tuple[int, int, int], affine: Affine) -> None:
    grid = grid_of_source(shape, affine)
    as_stored = np.indices(shape).reshape(3, -1).T.astype(float)
    numbers = np.arange(len(as_stored)).reshape(shape)

    in_volume = np.argwhere(from_source(numbers, grid.source) >= 0)
    order = from_source(numbers, grid.source).ravel()

    assert np.allclose(
        voxels_to_world_mm(in_volume.astype(float), grid.affine),
        voxels_to_world_mm(as_stored, affine)[order],
    )
    assert np.allclose(affine_of_source(grid), affine)


@given(affine=affines())
def test_an_oblique_axis_grows_the_way_it_is_named(affine: Affine) -> None:
    assert (np.diag(grid_of_source((2, 2, 2), affine).affine[:3, :3]) >= 0).all()


def test_axes_are_chosen_together_not_one_after_another() -> None:
    """The first axis alone is nearest to R, but then the second, all R, would have to be A."""
    directions = np.array([[0.75, 1.0, 0.0], [0.66, 0.0, 0.0], [0.0, 0.0, 1.0]])
    affine = np.eye(4)
    affine[:3, :3] = directions
    assert grid_of_source((2, 2, 2), affine).source.permutation == (1, 0, 2)


@pytest.mark.parametrize(
    ("stored", "shape"),
    [((4, 5), (4, 5, 1)), ((4, 5, 3, 1), (4, 5, 3)), ((4, 5, 3, 1, 1), (4, 5, 3))],
)
def test_axes_of_length_one_come_and_go(
    stored: tuple[int, ...], shape: tuple[int, int, int]
) -> None:
    grid = grid_of_source(stored, np.eye(4))
    assert grid.shape == shape
    assert to_source(np.zeros(shape), grid.source).shape == stored


@pytest.mark.parametrize("shape", [(7,), (4, 5, 3, 2)])
def test_other_numbers_of_axes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected 2 or 3 axes"):
        grid_of_source(shape, np.eye(4))


@pytest.mark.parametrize(
    ("axes", "permutation"),
    [((1, 2, 0), (0, 1, 2)), ((2, 0, 1), (1, 0, 2)), ((0, 2, 1), (0, 1, 2))],
)
def test_a_sagittal_or_coronal_picture_is_one_slice(
    axes: tuple[int, ...], permutation: tuple[int, ...]
) -> None:
    """In RAS+ order it would be many slices of one row; upright, it is one slice."""
    affine = affine_of(axes, (1, 1, 1))
    grid = grid_of_source((4, 5), affine)
    assert grid.source.permutation == permutation
    assert grid.shape[2] == 1
    assert np.allclose(affine_of_source(grid), affine)


def test_writing_into_the_stored_view_writes_into_the_volume() -> None:
    grid = grid_of_source((2, 3, 4), affine_of((2, 0, 1), (-1, 1, -1)))
    volume = np.zeros(grid.shape)
    to_source(volume, grid.source)[...] = np.arange(24).reshape(2, 3, 4)
    assert np.array_equal(to_source(volume, grid.source).ravel(), np.arange(24))


# ---- pictures


@given(arrays(np.int16, shapes))
def test_stacking_is_the_inverse_of_cutting(volume: npt.NDArray[np.int16]) -> None:
    assert np.array_equal(from_stack(to_stack(volume)), volume)
    assert np.array_equal(to_stack(from_stack(volume)), volume)


def test_pictures_are_shown_in_radiological_convention() -> None:
    """Right of the patient on the left of the screen, anterior on top."""
    volume = np.zeros((3, 4, 2), np.uint8)
    volume[2, 0, 1] = 1  # most right, most posterior, upper slice
    volume[0, 3, 1] = 2  # most left, most anterior, upper slice
    picture = to_picture(volume, 1)
    assert picture.tolist() == [[0, 0, 2], [0, 0, 0], [0, 0, 0], [1, 0, 0]]
    assert np.array_equal(picture, to_stack(volume)[1])
    assert not to_picture(volume, 0).any()


def test_a_left_to_right_file_looks_the_same_as_a_right_to_left_one() -> None:
    """LAS, as the MR of `abdomen_mr` is stored: the first column is the patient's right."""
    las = np.zeros((3, 2, 1), np.uint8)
    las[0, 1, 0] = 1  # most right, anterior
    grid = grid_of_source(las.shape, np.diag([-1.0, 1, 1, 1]))
    assert to_picture(from_source(las, grid.source), 0).tolist() == [[1, 0, 0], [0, 0, 0]]


# ---- boxes


def box_lists() -> st.SearchStrategy[npt.NDArray[np.float64]]:
    return st.integers(0, 4).flatmap(
        lambda n: arrays(np.float64, (n, 4), elements=st.floats(-50, 600, width=32))
    )


@given(boxes=box_lists(), shape=shapes)
def test_boxes_and_voxel_ranges_are_inverses(
    boxes: npt.NDArray[np.float64], shape: tuple[int, int, int]
) -> None:
    """No box at all stays an (0, 4) array."""
    ranges = boxes_to_voxels(boxes, shape)
    assert ranges.shape == boxes.shape
    assert np.allclose(voxels_to_boxes(ranges, shape), boxes)
    assert np.allclose(boxes_to_voxels(voxels_to_boxes(boxes, shape), shape), boxes)


@given(shape=shapes, data=st.data())
def test_the_box_around_a_mask_in_the_picture_is_its_voxel_range(
    shape: tuple[int, int, int], data: st.DataObject
) -> None:
    i0, j0 = (data.draw(st.integers(0, shape[axis] - 1)) for axis in range(2))
    i1, j1 = data.draw(st.integers(i0 + 1, shape[0])), data.draw(st.integers(j0 + 1, shape[1]))
    mask = np.zeros(shape, bool)
    mask[i0:i1, j0:j1, 0] = True

    rows, columns = np.nonzero(to_picture(mask, 0))
    box = np.array([[rows.min(), columns.min(), rows.max() + 1, columns.max() + 1]], float)

    assert boxes_to_voxels(box, shape).tolist() == [[i0, j0, i1, j1]]
    assert voxels_to_boxes(np.array([[i0, j0, i1, j1]], float), shape).tolist() == box.tolist()


# ---- world


@given(affine=affines(), points=arrays(np.float64, (3, 3), elements=st.floats(-500, 500)))
def test_world_and_voxels_are_inverses(affine: Affine, points: npt.NDArray[np.float64]) -> None:
    there = world_mm_to_voxels(points, affine)
    assert np.allclose(voxels_to_world_mm(there, affine), points, atol=1e-6)


def test_the_world_of_a_voxel_by_hand() -> None:
    affine = np.array([[2.0, 0, 0, -10], [0, 3, 0, -20], [0, 0, 5, 30], [0, 0, 0, 1]])
    assert voxels_to_world_mm(np.array([[1.0, 2, 3]]), affine).tolist() == [[-8, -14, 45]]
    assert world_mm_to_voxels(np.array([[-8.0, -14, 45]]), affine).tolist() == [[1, 2, 3]]
    assert voxels_to_world_mm(np.zeros((0, 3)), affine).shape == (0, 3)
