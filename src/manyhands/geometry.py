"""The only place where axes change: the file's order, voxel (i, j, k), picture, world mm.

Volumes are in RAS+ order: i grows to the patient's right, j to the front, k upwards. A picture is a
plane of constant k in radiological convention, patient's right on the left and anterior up, so
row = J - 1 - j and column = I - 1 - i.
"""

from __future__ import annotations

from itertools import permutations
from math import prod
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from manyhands.types import Affine, BoxArray, Grid, Shape3, SourceGrid

Scalar = TypeVar("Scalar", bound=np.generic)


def grid_of_source(shape: tuple[int, ...], affine: Affine, header: Any = None) -> Grid:
    """The RAS+ grid of a file with this `shape` and `affine` (voxel as stored to mm, invertible).

    Each stored axis becomes the RAS+ axis it is closest to; an oblique volume stays oblique, it is
    not resampled. Axes after the third must have length 1. A file with one plane in its first two
    axes is a picture: whichever way the plane lies in the body, it becomes the one slice of a
    volume, k = 0. `header` is kept for whoever writes the file back.
    """
    if len(shape) < 2 or prod(shape[3:]) != 1:
        raise ValueError(f"expected 2 or 3 axes and then only axes of length 1, got shape {shape}")
    shape3 = _three_axes(shape)
    permutation, flips = _closest_axes(affine, is_picture=shape3[2] == 1)
    source = SourceGrid(shape, permutation, flips, header)
    i, j, k = (shape3[permutation.index(axis)] for axis in range(3))
    return Grid((i, j, k), affine @ _voxel_to_stored(source), source)


def _three_axes(shape: tuple[int, ...]) -> Shape3:
    i, j, k = (*shape, 1)[:3]
    return (i, j, k)


def _closest_axes(
    affine: Affine, *, is_picture: bool
) -> tuple[tuple[int, int, int], tuple[bool, bool, bool]]:
    """For each stored axis, the RAS+ axis it runs along best, and whether it runs against it."""
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    stored = [0, 1, 2]
    # All six are tried, because choosing axis by axis can leave the last one a bad match.
    ras = max(permutations(stored), key=lambda axes: float(np.abs(directions[axes, stored]).sum()))
    flipped = directions[ras, stored] < 0
    if is_picture:
        ras = (0, 1, 2) if ras[0] < ras[1] else (1, 0, 2)
    return (ras[0], ras[1], ras[2]), (bool(flipped[0]), bool(flipped[1]), bool(flipped[2]))


def _voxel_to_stored(source: SourceGrid) -> npt.NDArray[np.float64]:
    """(4, 4) from (i, j, k) to the index as stored."""
    matrix = np.zeros((4, 4))
    matrix[3, 3] = 1
    for axis, length in enumerate(_three_axes(source.shape)):
        is_flipped = source.flips[axis]
        matrix[axis, source.permutation[axis]] = -1 if is_flipped else 1
        matrix[axis, 3] = length - 1 if is_flipped else 0
    return matrix


def affine_of_source(grid: Grid) -> Affine:
    """The affine of the voxels as the file stores them; what `grid_of_source` was given."""
    return np.asarray(grid.affine @ np.linalg.inv(_voxel_to_stored(grid.source)))


def from_source(stored: npt.NDArray[Scalar], source: SourceGrid) -> npt.NDArray[Scalar]:
    """Voxels as the file stores them, turned to (i, j, k); a view, nothing is copied."""
    turned = stored.reshape(_three_axes(source.shape))[_turn(source)]
    return turned.transpose([source.permutation.index(axis) for axis in range(3)])


def to_source(volume: npt.NDArray[Scalar], source: SourceGrid) -> npt.NDArray[Scalar]:
    """Voxels (i, j, k) as the file stores them, with its shape; inverse of `from_source`, a view.

    Writing into the view writes into `volume`.
    """
    return volume.transpose(source.permutation)[_turn(source)].reshape(source.shape)


def _turn(source: SourceGrid) -> tuple[slice, ...]:
    return tuple(slice(None, None, -1 if is_flipped else 1) for is_flipped in source.flips)


def to_stack(volume: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """Cut a volume (i, j, k) into its pictures (k, row, column); a view, nothing is copied."""
    return volume.transpose(2, 1, 0)[:, ::-1, ::-1]


def from_stack(stack: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """Put pictures (k, row, column) back into a volume (i, j, k); the inverse of `to_stack`."""
    return stack[:, ::-1, ::-1].transpose(2, 1, 0)


def to_picture(volume: npt.NDArray[Scalar], slice_index: int) -> npt.NDArray[Scalar]:
    """The picture (row, column) of one slice; a view."""
    return volume[::-1, ::-1, slice_index].T


def boxes_to_voxels(boxes: BoxArray, shape: Shape3) -> npt.NDArray[np.float64]:
    """Boxes (n, 4) of a picture as half-open voxel ranges (n, 4): i0, j0, i1, j1.

    `shape` is the volume's (i, j, k).
    """
    row0, column0, row1, column1 = np.asarray(boxes, dtype=np.float64).reshape(-1, 4).T
    return np.stack([shape[0] - column1, shape[1] - row1, shape[0] - column0, shape[1] - row0], 1)


def voxels_to_boxes(ranges: npt.NDArray[np.float64], shape: Shape3) -> BoxArray:
    """Voxel ranges (n, 4) i0, j0, i1, j1 as boxes (n, 4); inverse of `boxes_to_voxels`."""
    i0, j0, i1, j1 = np.asarray(ranges, dtype=np.float64).reshape(-1, 4).T
    return np.stack([shape[1] - j1, shape[0] - i1, shape[1] - j0, shape[0] - i0], 1)


def voxels_to_world_mm(voxels: npt.NDArray[np.float64], affine: Affine) -> npt.NDArray[np.float64]:
    """Positions (n, 3) of voxel centres (i, j, k) in mm, RAS+."""
    return np.asarray(voxels @ affine[:3, :3].T + affine[:3, 3])


def world_mm_to_voxels(
    points_mm: npt.NDArray[np.float64], affine: Affine
) -> npt.NDArray[np.float64]:
    """Voxel coordinates (n, 3) of points in mm; the inverse of `voxels_to_world_mm`."""
    return np.asarray(np.linalg.solve(affine[:3, :3], (points_mm - affine[:3, 3]).T).T)
