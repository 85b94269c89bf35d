"""The only place where axes change: voxel (i, j, k), picture (k, row, column), world mm.

Volumes are in RAS+ order: i grows to the patient's right, j to the front, k upwards. A picture is a
plane of constant k in radiological convention, patient's right on the left and anterior up, so
row = J - 1 - j and column = I - 1 - i.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from manyhands.types import Affine, BoxArray, Shape3

Scalar = TypeVar("Scalar", bound=np.generic)


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
