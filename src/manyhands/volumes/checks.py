"""What must hold before a label volume may be laid over an image."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product
from pathlib import Path

import numpy as np

from manyhands.errors import VolumeError
from manyhands.geometry import voxels_to_world_mm
from manyhands.types import IGNORE_LABEL, Grid, Labels

# Programs round an affine in different digits; a tenth of a voxel moves no voxel onto another.
TOLERANCE_VOXELS = 0.1


def check_same_grid(
    labels: Labels, grid: Grid, *, name: str | Path = "labels", image_name: str | Path = "the image"
) -> None:
    """Raise `VolumeError` unless the labels' voxels lie where the image's do.

    Compared in RAS+ order, so the two files may be stored with different axes. The corners of the
    volume may lie apart by a tenth of the smallest voxel edge.
    """
    if labels.grid.shape != grid.shape:
        raise VolumeError(
            f"{name}: shape {labels.grid.shape} (right, anterior, superior) differs from "
            f"{grid.shape} of {image_name}: labels must be on the grid of their image"
        )
    apart_mm = _largest_distance_mm(labels.grid, grid)
    tolerance_mm = TOLERANCE_VOXELS * min(grid.spacing_mm)
    if apart_mm > tolerance_mm:
        raise VolumeError(
            f"{name}: the affine puts voxels up to {apart_mm:.3g} mm from those of {image_name} "
            f"(allowed {tolerance_mm:.3g} mm): labels must be on the grid of their image"
        )


def _largest_distance_mm(one: Grid, other: Grid) -> float:
    """Affine maps differ most at a corner."""
    corners = np.array(list(product(*((0.0, length - 1.0) for length in one.shape))))
    apart = voxels_to_world_mm(corners, one.affine) - voxels_to_world_mm(corners, other.affine)
    return float(np.linalg.norm(apart, axis=1).max())


def check_label_ids(
    labels: Labels, structure_ids: Collection[int], *, name: str | Path = "labels"
) -> None:
    """Raise `VolumeError` naming every id in the labels that is no structure's.

    0 (background) and 255 (ignore) are always allowed; ids of the list may be missing.
    """
    known = set(structure_ids)
    unknown = set(np.unique(labels.data).tolist()) - known - {0, IGNORE_LABEL}
    if unknown:
        raise VolumeError(
            f"{name}: holds label {_listed(unknown)}, the study's structures are {_listed(known)}"
        )


def _listed(ids: Collection[int]) -> str:
    return ", ".join(str(structure_id) for structure_id in sorted(ids)) or "none"
