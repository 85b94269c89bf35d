"""A structure's mask in a few numbers per slice, so that checks need no voxels."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

from manyhands.types import (
    BoxArray,
    LabelStack,
    MaskArray,
    MaskStack,
    Spacing,
    StackArray,
)

FloatArray = npt.NDArray[np.float64]

TYPICAL = (10, 90)
"""Percentiles between which intensities of a structure are taken as typical."""
FEWEST_VOXELS = 20
"""Of fewer voxels nothing is said about how the image goes on."""


@dataclass(frozen=True)
class MaskShape:
    """All arrays are over the slices; lengths in pixels of a slice.

    `area_px` (slices,) is 0 where there is no mask, `centres` (slices, 2) row and column, `edges`
    (slices, 4) the box around the mask, `confidence` (slices,) the Dice expected of each slice: NaN
    where there is no mask. `goes_on` says, for the slices just below and above the mask, what share
    of the voxels next to it look like the structure, 0 to 1; None where there is no such slice or
    the image was not looked at. `stability` is the Dice with the mask from boxes moved a little,
    None where that was not tried.
    """

    area_px: FloatArray
    centres: FloatArray
    edges: BoxArray
    confidence: FloatArray
    goes_on: tuple[float | None, float | None] = (None, None)
    stability: float | None = None

    @property
    def has_mask(self) -> MaskArray:
        return self.area_px > 0

    def volume_ml(self, spacing_mm: Spacing) -> float:
        """`spacing_mm` of slice, row and column."""
        return float(self.area_px.sum() * np.prod(spacing_mm) / 1000)


def no_mask(n_slices: int) -> MaskShape:
    """The shape of a structure without any voxel."""
    nan = np.full((n_slices, 4), np.nan)
    return MaskShape(np.zeros(n_slices), nan[:, :2], nan, nan[:, 0])


def measure_masks(
    labels: LabelStack,
    confidence: Mapping[int, FloatArray],
    image: StackArray | None = None,
    *,
    structures: Collection[int],
) -> dict[int, MaskShape]:
    """The shape of each structure's mask by id; `confidence` (slices,) by id as segmenting gave it.

    With the `image` (slices, rows, columns) it is also seen how it goes on beyond the mask.
    """
    n_slices = len(labels)
    places = ndi.find_objects(labels, max_label=max(structures, default=0))
    shapes = {}
    for structure_id in structures:
        place = places[structure_id - 1]
        if place is None:
            shapes[structure_id] = no_mask(n_slices)
            continue
        mask = np.ascontiguousarray(labels[place] == structure_id)
        trust = confidence.get(structure_id, np.full(n_slices, np.nan))
        goes_on = (None, None) if image is None else _goes_on(mask, place, image)
        shapes[structure_id] = _measure(mask, place, trust, goes_on)
    return shapes


def _measure(
    mask: MaskStack,
    place: tuple[slice, slice, slice],
    confidence: FloatArray,
    goes_on: tuple[float | None, float | None],
) -> MaskShape:
    n_slices = len(confidence)
    slices, *sides = place
    area = np.zeros(n_slices)
    area[slices] = mask.sum(axis=(1, 2))
    has_mask = area > 0
    inside = has_mask[slices]
    centres, edges = np.full((n_slices, 2), np.nan), np.full((n_slices, 4), np.nan)
    for axis, side in enumerate(sides):
        profile = mask.sum(axis=2 - axis)[inside]
        positions = np.arange(side.start, side.stop) + 0.5
        centres[has_mask, axis] = profile @ positions / profile.sum(axis=1)
        filled = profile > 0
        edges[has_mask, axis] = side.start + filled.argmax(axis=1)
        edges[has_mask, axis + 2] = side.stop - filled[:, ::-1].argmax(axis=1)
    return MaskShape(area, centres, edges, np.where(has_mask, confidence, np.nan), goes_on)


def _goes_on(
    mask: MaskStack, place: tuple[slice, slice, slice], image: StackArray
) -> tuple[float | None, float | None]:
    slices, rows, columns = place
    inside = image[place][mask]
    if inside.size < FEWEST_VOXELS:
        return (None, None)
    low, high = np.percentile(inside, TYPICAL)
    beyond = ((slices.start - 1, mask[0]), (slices.stop, mask[-1]))
    shares: list[float | None] = []
    for k, nearest in beyond:
        if not 0 <= k < len(image) or nearest.sum() < FEWEST_VOXELS:
            shares.append(None)
            continue
        values = image[k, rows, columns][nearest]
        expected = (TYPICAL[1] - TYPICAL[0]) / 100
        shares.append(min(1.0, float(((values >= low) & (values <= high)).mean()) / expected))
    return (shares[0], shares[1])
