"""What a cut leaves to be mended: islands, holes, slices that lost their mask."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from manyhands.evidence.region import Region
from manyhands.types import MaskStack

ISLAND_SHARE = 0.15
EMPTY_SHARE = 0.05
FALLBACK_RADIUS = 0.8


def tidy(region: Region, mask: MaskStack, taken: MaskStack | None = None) -> MaskStack:
    """Take islands away and fill holes.

    An island is smaller than a share of the largest part of the same piece. A slice that has a box
    but no mask is given an ellipse. `taken` are voxels of other structures, which nothing fills.
    """
    mask = _without_islands(region, mask)
    filled = mask.copy()
    for k in range(len(mask)):
        filled[k] = ndi.binary_fill_holes(mask[k])
        if filled[k].sum() < EMPTY_SHARE * region.inside[k].sum():
            filled[k] |= region.radius[k] <= FALLBACK_RADIUS
    return filled if taken is None else mask | (filled & ~taken)


def _without_islands(region: Region, mask: MaskStack) -> MaskStack:
    parts, count = ndi.label(mask)
    if count < 2:
        return mask.copy()
    is_kept = np.zeros(count + 1, dtype=np.bool_)
    for piece in {box.piece for box in region.boxes}:
        sizes = np.zeros(count + 1, dtype=np.int64)
        for box in region.boxes:
            if box.piece == piece:
                row0, column0, row1, column1 = np.rint(np.maximum(box.edges, 0)).astype(int)
                own = parts[box.slice_index, row0:row1, column0:column1]
                sizes += np.bincount(own.reshape(-1), minlength=count + 1)
        sizes[0] = 0
        is_kept |= sizes >= max(ISLAND_SHARE * sizes.max(), 1)
    return np.asarray(is_kept[parts])
