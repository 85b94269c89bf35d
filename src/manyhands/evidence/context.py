"""What each voxel looks like beside its structure's mask: the features that judge a finished fit.

No feature knows an organ, a patient's side, a grid or a modality: all are relative to the mask, to
its intensities, to its boxes. What was learned on livers and kidneys therefore holds elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

from manyhands.evidence.intensity import log_ratios, shape_log_odds
from manyhands.evidence.region import Region
from manyhands.types import LogOddsStack, MaskArray, MaskStack, Spacing, StackArray

FEATURES = (
    "log_ratio",  # of the structure's histogram over its surroundings'
    "shape",  # log-odds of the shape that neighbouring slices share
    "log_ratio_4mm",  # the mean around
    "log_ratio_10mm",
    "deviation",  # from the structure's median, either way, in its robust standard deviations
    "deviation_3mm",  # that of the mean around
    "depth_mm",  # in the mask, < 0 outside
    "depth_before_mm",  # at the same place on the slice before
    "depth_after_mm",
    "radius",  # elliptical, 1 on the edge of the box
    "slices_to_end",
    "roughness",  # standard deviation around, in that of the structure
    "log_ratio_beside",  # mean of the slices before and after
)
"""The columns of `describe_voxels`."""

DEPTH_RANGE_MM = 20.0
MOST_SLICES_TO_END = 5
UNKNOWN_SHAPE = -2.94  # log-odds of 5 %, outside the box
FEATURE_RANGE = 20.0
LEAST_SPREAD = 0.01  # of intensities from 0 to 1
LEAST_ROUGHNESS = 0.005

Features = npt.NDArray[np.float32]


def describe_voxels(region: Region, mask: MaskStack) -> Features:
    """Features (n, 13) of the n voxels where `region.allowed`; `mask` may not be empty."""
    ratio = log_ratios(region, mask)
    depth = signed_depth(mask, region.spacing_mm)
    before, after = beside(depth)
    deviation, deviation_around, roughness = _intensities(region, mask)
    stacks = (
        ratio,
        _shape(region, mask),
        _mean_around(ratio, 4, region.spacing_mm),
        _mean_around(ratio, 10, region.spacing_mm),
        deviation,
        deviation_around,
        depth,
        before,
        after,
        region.radius,
        np.broadcast_to(_slices_to_end(region)[:, None, None], mask.shape),
        roughness,
        np.mean(beside(ratio), axis=0),
    )
    rows = np.empty((len(FEATURES), np.count_nonzero(region.allowed)), dtype=np.float32)
    for row, stack in zip(rows, stacks, strict=True):
        row[:] = stack[region.allowed]
    np.clip(rows, -FEATURE_RANGE, FEATURE_RANGE, out=rows)
    return rows.T


def signed_depth(mask: MaskStack, spacing_mm: Spacing) -> StackArray:
    """How deep (mm) each voxel lies in the mask of its slice, negative outside; at most 20."""
    depth = np.full(mask.shape, -DEPTH_RANGE_MM, dtype=np.float32)
    reach = [int(np.ceil(DEPTH_RANGE_MM / spacing)) + 1 for spacing in spacing_mm[1:]]
    for k in np.flatnonzero(mask.any(axis=(1, 2))):
        near = _around(mask[k], reach)
        inside, outside = (
            ndi.distance_transform_edt(part, sampling=spacing_mm[1:])
            for part in (mask[k][near], ~mask[k][near])
        )
        depth[k][near] = inside - outside
    return np.asarray(np.clip(depth, -DEPTH_RANGE_MM, DEPTH_RANGE_MM))


def _around(mask: MaskArray, reach: Sequence[int]) -> tuple[slice, slice]:
    """The part of a picture within `reach` (rows, columns) of a mask, beyond which all is far."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return (
        slice(max(rows[0] - reach[0], 0), rows[-1] + 1 + reach[0]),
        slice(max(columns[0] - reach[1], 0), columns[-1] + 1 + reach[1]),
    )


def beside(stack: StackArray) -> tuple[StackArray, StackArray]:
    """The same stack one slice before and one after; the ends repeat."""
    return np.concatenate([stack[:1], stack[:-1]]), np.concatenate([stack[1:], stack[-1:]])


def _shape(region: Region, mask: MaskStack) -> StackArray:
    odds = shape_log_odds(region, mask)
    slices = np.arange(len(mask))[:, None, None]
    known = odds[slices, np.maximum(region.cell, 0)]
    return np.where(region.cell >= 0, known, np.float32(UNKNOWN_SHAPE))


def _intensities(region: Region, mask: MaskStack) -> tuple[StackArray, StackArray, StackArray]:
    """Deviation from the structure's median, that of the mean of 3 mm around, and roughness.

    Without the sign: an organ brighter than its surroundings on one scan is darker on another, or
    lies between brighter and darker ones. Roughness is the standard deviation in 3 mm around over
    its median in the mask.
    """
    image = region.image
    own = image[mask]
    median = np.median(own)
    spread = 1.48 * np.median(np.abs(own - median)) + LEAST_SPREAD
    around = _mean_around(image, 3, region.spacing_mm)
    variance = _mean_around(image * image, 3, region.spacing_mm) - around * around
    rough = np.sqrt(np.maximum(variance, 0))
    typical = np.median(rough[mask]) + np.float32(LEAST_ROUGHNESS)
    return np.abs(image - median) / spread, np.abs(around - median) / spread, rough / typical


def _mean_around(stack: StackArray, sigma_mm: float, spacing_mm: Spacing) -> StackArray:
    """Gaussian mean, over no more than the next slices however thin they are."""
    sigma = [sigma_mm / spacing for spacing in spacing_mm]
    sigma[0] = min(sigma[0], 1.0)
    return np.asarray(ndi.gaussian_filter(stack, sigma, truncate=2.5))


def _slices_to_end(region: Region) -> npt.NDArray[np.float32]:
    slices = [box.slice_index for box in region.boxes]
    k = np.arange(len(region.image))
    nearer_end = np.minimum(k - min(slices), max(slices) - k)
    return np.clip(nearer_end, 0, MOST_SLICES_TO_END).astype(np.float32)


def in_region(region: Region, values: npt.NDArray[np.float32], outside: float) -> LogOddsStack:
    """Values (n,) of the voxels of `describe_voxels`, back in their places."""
    stack = np.full(region.image.shape, outside, dtype=np.float32)
    stack[region.allowed] = values
    return stack
