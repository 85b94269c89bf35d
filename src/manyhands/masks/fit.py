"""Evidence and cut in turn, until the masks settle: fitted to the image inside loose boxes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from manyhands.evidence import Model
from manyhands.evidence.region import Region
from manyhands.masks.cut import Cut
from manyhands.masks.tighten import tighten
from manyhands.masks.trust import voxel_probability
from manyhands.types import LogOddsStack, MaskStack, Progress, StackArray

ROUNDS = 3  # each begins with boxes tightened by the masks of the one before
ITERATIONS = 6
SETTLED = 1e-3  # share of voxels that change


@dataclass
class Fitted:
    """A structure's mask and the probability of each voxel, in its region's crop."""

    region: Region
    mask: MaskStack
    probability: StackArray


def fit(
    regions: Mapping[int, Region], model: Model, *, progress: Progress | None = None
) -> dict[int, Fitted]:
    """Fit all structures of a volume together, by id; `regions` may not be empty."""
    cut = Cut(regions)
    current = dict(regions)
    masks: dict[int, MaskStack | None] = dict.fromkeys(regions)
    evidence: dict[int, LogOddsStack] = {}
    for number in range(ROUNDS):
        moving = set(regions)
        for _ in range(ITERATIONS):
            fresh = {s: model(current[s], masks[s]) for s in sorted(moving)}
            evidence.update(fresh)
            cut.improve(fresh)
            for s in sorted(moving):
                new, old = cut.mask(s), masks[s]
                masks[s] = new
                if old is not None and np.count_nonzero(new != old) < SETTLED * max(new.sum(), 1):
                    moving.discard(s)
            if not moving:
                break
        if number < ROUNDS - 1:
            current = {s: _with_tight_boxes(regions[s], masks[s]) for s in regions}
        if progress:
            progress((number + 1) / ROUNDS)
    return {
        s: Fitted(
            current[s], cut.mask(s), voxel_probability(evidence[s], cut.weights(s), cut.mask(s))
        )
        for s in regions
    }


def _with_tight_boxes(region: Region, mask: MaskStack | None) -> Region:
    return region if mask is None else region.with_boxes(tighten(region, mask))
