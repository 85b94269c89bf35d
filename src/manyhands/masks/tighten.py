"""Boxes that fit the mask found inside them: loose boxes lie outside an organ, again and again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

from manyhands.evidence.region import BoxOnSlice, Region
from manyhands.types import MaskStack

SLACK_MM = 1.25  # left between mask and box, so that a mask too small by a voxel can grow back
WINDOW = 3  # slices of the median
MIN_SHARE = 0.3  # of its side a box always keeps

INWARD = np.array([1.0, 1.0, -1.0, -1.0])


def tighten(region: Region, mask: MaskStack) -> tuple[BoxOnSlice, ...]:
    """The boxes of `region`, each edge moved towards `mask` as far as the slices around agree.

    How far an edge lies outside is measured on each slice and smoothed by a median along the track;
    slices without mask take the track's own median, because people err alike throughout a volume.
    """
    boxes = list(region.boxes)
    for piece in sorted({box.piece for box in boxes}):
        numbers = [n for n, box in enumerate(boxes) if box.piece == piece]
        gaps = np.array([_gaps(boxes[n], mask) for n in numbers])
        for n, gap in zip(numbers, _agreed(gaps, region.spacing_mm), strict=True):
            boxes[n] = replace(boxes[n], edges=move_edges(boxes[n].edges, gap))
    return tuple(boxes)


def _gaps(box: BoxOnSlice, mask: MaskStack) -> npt.NDArray[np.float64]:
    """How far (px) each edge lies outside the mask; NaN if the box has none."""
    row0, column0, row1, column1 = box.edges
    rows, columns = mask.shape[1:]
    r0, c0 = max(int(np.floor(row0)), 0), max(int(np.floor(column0)), 0)
    part = mask[
        box.slice_index,
        r0 : min(int(np.ceil(row1)), rows),
        c0 : min(int(np.ceil(column1)), columns),
    ]
    if not part.any():
        return np.full(4, np.nan)
    in_rows, in_columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    found = np.array(
        [r0 + in_rows[0], c0 + in_columns[0], r0 + in_rows[-1] + 1, c0 + in_columns[-1] + 1]
    )
    return np.asarray((found - box.edges) * INWARD)


def _agreed(
    gaps: npt.NDArray[np.float64], spacing_mm: tuple[float, float, float]
) -> npt.NDArray[np.float64]:
    if np.isnan(gaps[:, 0]).all():
        return np.zeros_like(gaps)
    typical = np.nanmedian(gaps, axis=0)
    gaps = np.where(np.isnan(gaps), typical, gaps)
    smooth = ndi.median_filter(gaps, size=(WINDOW, 1), mode="nearest")
    limit = typical + 0.5 * np.abs(typical) + 2
    slack_px = SLACK_MM / np.array([spacing_mm[1], spacing_mm[2]] * 2)
    return np.asarray(np.maximum(np.minimum(smooth, limit) - slack_px, 0))


def move_edges(
    edges: npt.NDArray[np.float64], gap: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Edges (4,) moved inwards by `gap` (4,), but `MIN_SHARE` of each side is kept."""
    sides = np.tile(edges[2:] - edges[:2], 2)
    both = gap + np.roll(gap, 2)
    share = np.minimum(1, (1 - MIN_SHARE) * sides / np.maximum(both, 1e-6))
    return np.asarray(edges + INWARD * gap * share)
