"""What may be learned from a label volume: numbers as nnU-Net wants them, doubt as *ignore*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from manyhands.errors import ConfigError
from manyhands.types import IGNORE_LABEL, LabelArray, MaskArray, Spacing, VolumeArray

LARGEST_BAND = 0.25
"""Of a structure's radius. More would leave a small structure without the edge it is known by."""


@dataclass(frozen=True, slots=True)
class Band:
    """How wide a band of doubt at a structure's surface becomes *ignore*.

    `width` is its width to either side as a share of the structure's radius, 0 for none. Within it
    ignored are voxels whose label is less probable than `least_probability`, and all of them on
    slices trusted less than `least_confidence`. Structures of a smaller radius than
    `smallest_radius_mm` have none. Raises `ConfigError` for what cannot be.
    """

    width: float = 0.0
    least_probability: float = 0.8
    least_confidence: float = 0.5
    smallest_radius_mm: float = 15.0

    def __post_init__(self) -> None:
        if not 0 <= self.width <= LARGEST_BAND:
            raise ConfigError(
                f"the ignore band must be 0 to {LARGEST_BAND} of a structure's radius, "
                f"got {self.width}"
            )


def renumber(labels: LabelArray, structure_ids: Sequence[int]) -> LabelArray:
    """Labels 1, 2 and so on in the order of the ids, *ignore* the number after the last.

    nnU-Net wants consecutive numbers, ignore the highest. Ids that are not among them are
    background: nobody wants to learn them.
    """
    table = np.zeros(256, dtype=np.uint8)
    table[list(structure_ids)] = np.arange(1, len(structure_ids) + 1)
    table[IGNORE_LABEL] = len(structure_ids) + 1
    return np.asarray(table[labels], dtype=np.uint8)


def restore_ids(predicted: LabelArray, structure_ids: Sequence[int]) -> LabelArray:
    """The study's ids for nnU-Net's numbers: the inverse of `renumber`."""
    table = np.zeros(256, dtype=np.uint8)
    table[1 : len(structure_ids) + 2] = (*structure_ids, IGNORE_LABEL)
    return np.asarray(table[predicted], dtype=np.uint8)


def ignore_background(labels: LabelArray) -> LabelArray:
    """The same where background is *ignore*: somewhere in it lies what nobody looked for.

    nnU-Net ignores voxels, not structures, so "here nobody looked for the spleen" can only be said
    by not saying anything of voxels that nothing else was found in.
    """
    return np.where(labels == 0, np.uint8(IGNORE_LABEL), labels)


def ignore_doubtful(
    labels: LabelArray,
    probability: VolumeArray,
    confidence: Mapping[int, npt.NDArray[np.float64]],
    spacing_mm: Spacing,
    band: Band,
) -> LabelArray:
    """The same with the doubtful voxels near each structure's surface *ignored*, see `Band`.

    `labels` and `probability` (of the label given) are (i, j, k); `confidence` per structure id is
    (slices,), NaN where the structure is not.
    """
    if band.width == 0:
        return labels
    doubted = labels.copy()
    regions = ndimage.find_objects(labels, max_label=IGNORE_LABEL - 1)
    for structure_id, of_slices in confidence.items():
        region = regions[structure_id - 1] if structure_id <= len(regions) else None
        if region is None:
            continue
        mask = labels == structure_id
        radius_mm = _inner_radius_mm(mask[region], spacing_mm)
        if radius_mm < band.smallest_radius_mm:
            continue
        where = _widened(region, labels.shape, radius_mm * band.width, spacing_mm)
        near = _near_surface(mask[where], spacing_mm, radius_mm * band.width)
        is_poor = np.nan_to_num(of_slices[where[2]], nan=1.0) < band.least_confidence
        is_doubtful = (probability[where] < band.least_probability) | is_poor
        # What another structure claims is not this one's to doubt.
        is_own = mask[where] | (labels[where] == 0)
        doubted[where][near & is_doubtful & is_own] = IGNORE_LABEL
    return doubted


def _inner_radius_mm(mask: MaskArray, spacing_mm: Spacing) -> float:
    """Of the largest ball inside; so a long thin structure is a small one."""
    inside_mm = ndimage.distance_transform_edt(np.pad(mask, 1), sampling=spacing_mm)
    return float(inside_mm.max())


def _near_surface(mask: MaskArray, spacing_mm: Spacing, width_mm: float) -> MaskArray:
    """Voxels whose centre is not further than `width_mm` from one of the other side."""
    inside_mm = ndimage.distance_transform_edt(mask, sampling=spacing_mm)
    outside_mm = ndimage.distance_transform_edt(~mask, sampling=spacing_mm)
    return np.asarray(np.where(mask, inside_mm, outside_mm) <= width_mm)


def _widened(
    region: tuple[slice, slice, slice],
    shape: tuple[int, ...],
    width_mm: float,
    spacing_mm: Spacing,
) -> tuple[slice, slice, slice]:
    first, second, third = (
        slice(
            max(0, axis.start - int(width_mm / spacing) - 1),
            min(length, axis.stop + int(width_mm / spacing) + 1),
        )
        for axis, length, spacing in zip(region, shape, spacing_mm, strict=True)
    )
    return first, second, third
