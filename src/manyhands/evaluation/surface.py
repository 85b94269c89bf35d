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
from scipy import ndimage

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

    Time and memory grow with the shape, so cut away what is empty of both. An axis of length 1 has
    no surface across it.
    """
    if reference.shape != prediction.shape or not (reference.any() and prediction.any()):
        raise ValueError(
            "distances need two masks of one shape with a voxel each, got shapes "
            f"{reference.shape} and {prediction.shape}, {np.count_nonzero(reference)} and "
            f"{np.count_nonzero(prediction)} voxels"
        )
    spacing = [mm for mm, length in zip(spacing_mm, reference.shape, strict=True) if length > 1]
    surfaces = _surface(reference), _surface(prediction)
    to_reference, to_prediction = (
        ndimage.distance_transform_edt(~surface, sampling=spacing or None) for surface in surfaces
    )
    return SurfaceDistances(to_prediction[surfaces[0]], to_reference[surfaces[1]])


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
    solid = np.atleast_1d(mask.squeeze())
    neighbours = ndimage.generate_binary_structure(solid.ndim, 1)
    # Outside the image counts as background: the default border value of the erosion.
    return np.asarray(solid & ~ndimage.binary_erosion(solid, neighbours))
