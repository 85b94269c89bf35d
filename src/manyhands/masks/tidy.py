"""What a cut leaves to be mended: islands, holes, slices that lost their mask."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from manyhands.evidence.region import Region
from manyhands.types import MaskStack

ISLAND_SHARE = 0.15
EMPTY_SHARE = 0.05
FALLBACK_RADIUS = 0.8


def tidy(region: Region, mask: MaskStack) -> MaskStack:
    pieces, count = ndi.label(mask)
    if count > 1:
        sizes = np.bincount(pieces.reshape(-1))
        sizes[0] = 0
        mask = (sizes >= ISLAND_SHARE * sizes.max())[pieces]
    mask = mask.copy()
    for k in range(len(mask)):
        mask[k] = ndi.binary_fill_holes(mask[k])
        if mask[k].sum() < EMPTY_SHARE * region.inside[k].sum():
            mask[k] |= region.radius[k] <= FALLBACK_RADIUS
    return mask
