"""How far apart the surfaces of two masks are: NSD and HD95.

The surface is made of the voxels that a 6-neighbour erosion removes (in a volume of one slice, a
4-neighbour one); what lies at the border of the image is surface too. Programs differ here by
several points of NSD and more than a millimetre of HD95 on thick slices, so these values compare
only with those of the same definition: MONAI's and MetricsReloaded's, here without torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from manyhands.types import MaskArray, Shape3, Spacing

PERCENTILE = 95


@dataclass(frozen=True, slots=True)
class SurfaceDistances:
    """From each voxel of one mask's surface to the nearest of the other's, in mm, both ways."""

    from_reference_mm: npt.NDArray[np.float64]
    from_prediction_mm: npt.NDArray[np.float64]


def surface_distances(
    reference: MaskArray, prediction: MaskArray, spacing_mm: Spacing
) -> SurfaceDistances:
    """Distances of voxel centres (i, j, k) with this spacing. Neither mask may be empty.

    Time and memory grow with the surfaces, and little with the shape. An axis of length 1 has no
    surface across it.
    """
    if reference.shape != prediction.shape or not (reference.any() and prediction.any()):
        raise ValueError(
            "distances need two masks of one shape with a voxel each, got shapes "
            f"{reference.shape} and {prediction.shape}, {np.count_nonzero(reference)} and "
            f"{np.count_nonzero(prediction)} voxels"
        )
    surfaces = _surface(reference), _surface(prediction)
    return SurfaceDistances(
        _distances_mm(surfaces[0], surfaces[1], spacing_mm),
        _distances_mm(surfaces[1], surfaces[0], spacing_mm),
    )


def _distances_mm(
    surface: MaskArray, other: MaskArray, spacing_mm: Spacing
) -> npt.NDArray[np.float64]:
    """From each voxel of a surface to the nearest of the other; 0 without a search on both."""
    places = np.argwhere(surface)
    distances_mm = np.zeros(len(places))
    is_apart = ~other[surface]
    if is_apart.any():
        others = np.argwhere(other)
        _, nearest = KDTree(others * spacing_mm).query(places[is_apart] * spacing_mm)
        # Of whole steps: a distance of just the tolerance must not lose by the last bit.
        steps_mm = (places[is_apart] - others[nearest]) * spacing_mm
        distances_mm[is_apart] = np.sqrt((steps_mm**2).sum(axis=1))
    return distances_mm


def nsd(distances: SurfaceDistances, tolerance_mm: float) -> float:
    """Normalised surface Dice: the share of both surfaces within the tolerance of the other.

    Nikolov et al. 2018 (arXiv 1809.04430), counted in voxels, not in mm² of surface.
    """
    within = [np.count_nonzero(mm <= tolerance_mm) for mm in _both_ways(distances)]
    return float(sum(within) / sum(mm.size for mm in _both_ways(distances)))


def hd95_mm(distances: SurfaceDistances) -> float:
    """The larger of the 95th percentiles of the two directions."""
    return max(float(np.percentile(mm, PERCENTILE)) for mm in _both_ways(distances))


def image_diagonal_mm(shape: Shape3, spacing_mm: Spacing) -> float:
    """From one corner of the image to the opposite one: the HD95 of a structure not found."""
    return math.hypot(*(n * mm for n, mm in zip(shape, spacing_mm, strict=True)))


def _both_ways(distances: SurfaceDistances) -> tuple[npt.NDArray[np.float64], ...]:
    return distances.from_reference_mm, distances.from_prediction_mm


def _surface(mask: MaskArray) -> MaskArray:
    """Voxels with a neighbour across a face that is not in the mask, or is outside the image."""
    inside = mask.copy() if mask.size > 1 else np.zeros_like(mask)
    for axis, length in enumerate(mask.shape):
        if length < 2:
            continue
        along = np.moveaxis(inside, axis, 0)
        solid = np.moveaxis(mask, axis, 0)
        along[[0, -1]] = False
        along[1:] &= solid[:-1]
        along[:-1] &= solid[1:]
    return np.asarray(mask & ~inside)
