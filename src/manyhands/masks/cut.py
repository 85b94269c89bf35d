"""From evidence to one labelling: consistent over slices, along image edges, no voxel twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy

import numpy as np
import numpy.typing as npt

from manyhands.evidence.region import RING, Region
from manyhands.masks.solver import Claim, Contest, Field, find_masks, solve
from manyhands.types import LogOddsStack, MaskStack, StackArray

# Chosen on the 12 training cases of abdomen_mr and on abdomen_ct 02 and 03.
# Cost of a boundary over the area of a pixel, because the same mm² of evidence is then worth the
# same, however many pixels it is cut into.
SMOOTHNESS_MM2 = 16.0
SLICE_SMOOTHNESS = 2.0  # faces between slices, beside faces within one
EVIDENCE_CLIP = 8.0
# Of the cost of a boundary, for evidence that is smooth already. Chosen of 0.001 to 1.
JUDGED_SMOOTHNESS_SHARE = 1 / 16


class Cut:
    """The labelling of all structures of a volume, improved each time evidence is given.

    It keeps its solution, so that a later `improve` starts where the last one ended.
    """

    def __init__(
        self, regions: Mapping[int, Region], *, start: Mapping[int, Field] | None = None
    ) -> None:
        """`start` gives the state, by id, in which an earlier cut of the same crops ended."""
        self._ids = tuple(regions)
        self._fields: dict[int, Field] = dict(start or {})
        self._weights = {
            s: self._fields[s].weights if s in self._fields else boundary_weights(region)
            for s, region in regions.items()
        }
        self._contest = find_contest(list(regions.values()))
        self._masks: dict[int, MaskStack] = {}

    def improve(self, evidence: Mapping[int, LogOddsStack], *, iterations: int = 120) -> int:
        """Take new evidence for some or all structures; the first call needs all of them.

        Returns the number of iterations made.
        """
        for structure_id, values in evidence.items():
            clipped = np.clip(values, -EVIDENCE_CLIP, EVIDENCE_CLIP)
            if structure_id in self._fields:
                self._fields[structure_id].evidence = clipped
            else:
                self._fields[structure_id] = Field(clipped, self._weights[structure_id])
        fields = [self._fields[structure_id] for structure_id in self._ids]
        done = solve(fields, self._contest, iterations=iterations)
        self._masks = dict(zip(self._ids, find_masks(fields, self._contest), strict=True))
        return done

    def lightly(self, judged: Collection[int]) -> Cut:
        """A new cut of the same crops; boundaries of `judged` cost `JUDGED_SMOOTHNESS_SHARE`."""
        cut = copy(self)
        cut._fields, cut._masks = {}, {}
        cut._weights = {
            s: w * JUDGED_SMOOTHNESS_SHARE if s in judged else w for s, w in self._weights.items()
        }
        return cut

    def mask(self, structure_id: int) -> MaskStack:
        """The structure's voxels, in its region's crop."""
        return self._masks[structure_id]

    def field(self, structure_id: int) -> Field:
        """The structure's state, for a later cut to start from."""
        return self._fields[structure_id]


def boundary_weights(region: Region) -> StackArray:
    """Cost (3, slices, rows, columns) of a boundary between each voxel and the next along an axis.

    Low across an edge of the image, as Boykov and Jolly have it (2001, doi
    10.1109/ICCV.2001.937505), and in inverse proportion to the distance of the voxels.
    """
    image = region.image
    spacing = region.spacing_mm
    near = region.radius < RING * np.sqrt(2)
    changes = [
        np.diff(image, axis=axis)[near.take(range(1, n), axis=axis)] ** 2
        for axis, n in ((1, image.shape[1]), (2, image.shape[2]))
    ]
    # The floor stands for an image without any change, or too small to have one.
    typical = 2 * float(np.sum([c.sum() for c in changes])) / max(sum(map(len, changes)), 1) + 1e-4
    pixel_mm2 = spacing[1] * spacing[2]
    weights = np.zeros((3, *image.shape), dtype=np.float32)
    for axis, spacing_mm in enumerate(spacing):
        scale = 2 * SMOOTHNESS_MM2 / pixel_mm2 * pixel_mm2**0.5 / spacing_mm
        if axis == 0:
            scale *= SLICE_SMOOTHNESS
        inner = tuple(slice(0, -1) if a == axis else slice(None) for a in range(3))
        weights[(axis, *inner)] = scale * np.exp(-(np.diff(image, axis=axis) ** 2) / typical)
    return weights


def find_contest(regions: Sequence[Region]) -> Contest | None:
    """The voxels that are allowed to several regions; None if there are none."""
    low = np.min([r.offset for r in regions], axis=0)
    high = np.max([np.add(r.offset, r.image.shape) for r in regions], axis=0)
    claims = np.zeros(high - low, dtype=np.uint8)
    for region in regions:
        claims[_within(region, low)] += region.allowed
    number = np.full(claims.shape, -1, dtype=np.int64)
    size = int(np.count_nonzero(claims > 1))
    if not size:
        return None
    number[claims > 1] = np.arange(size)
    found = []
    for n, region in enumerate(regions):
        voxel = np.where(region.allowed, number[_within(region, low)], -1).reshape(-1)
        index = np.flatnonzero(voxel >= 0)
        if len(index):
            found.append(Claim(n, index, voxel[index]))
    return Contest(size, tuple(found))


def _within(region: Region, low: npt.NDArray[np.int64]) -> tuple[slice, slice, slice]:
    k, r, c = (
        slice(o - a, o - a + n)
        for o, a, n in zip(region.offset, low, region.image.shape, strict=True)
    )
    return (k, r, c)
