"""From evidence to one labelling: consistent over slices, along image edges, no voxel twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from manyhands.evidence.region import INSIDE, RING, Region
from manyhands.masks.solver import Contest, Field, solve
from manyhands.types import LogOddsStack, MaskStack, StackArray

# Chosen on the 12 training cases of abdomen_mr and on abdomen_ct 02 and 03.
# Cost of a boundary over the area of a pixel, because the same mm² of evidence is then worth the
# same, however many pixels it is cut into.
SMOOTHNESS_MM2 = 16.0
SLICE_SMOOTHNESS = 2.0  # faces between slices, beside faces within one
EVIDENCE_CLIP = 8.0


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
        self._contests = find_contests(list(regions.values()))

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
        return solve(fields, self._contests, iterations=iterations)

    def mask(self, structure_id: int) -> MaskStack:
        """The structure's voxels, in its region's crop."""
        return np.asarray(self._fields[structure_id].solution > 0.5)

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
    typical = 2 * float(np.mean(np.concatenate(changes))) + 1e-4
    weights = np.zeros((3, *image.shape), dtype=np.float32)
    for axis, spacing_mm in enumerate(spacing):
        scale = 2 * SMOOTHNESS_MM2 / (spacing[1] * spacing[2]) * (spacing[2] / spacing_mm)
        if axis == 0:
            scale *= SLICE_SMOOTHNESS
        inner = tuple(slice(0, -1) if a == axis else slice(None) for a in range(3))
        weights[(axis, *inner)] = scale * np.exp(-(np.diff(image, axis=axis) ** 2) / typical)
    return weights


def find_contests(regions: Sequence[Region]) -> tuple[Contest, ...]:
    """All pairs of regions with the voxels that lie inside the boxes of both."""
    found = []
    for (a, first), (b, second) in combinations(enumerate(regions), 2):
        low = np.maximum(first.offset, second.offset)
        ends = [np.add(r.offset, r.image.shape) for r in (first, second)]
        high = np.minimum(*ends)
        if (low >= high).any():
            continue
        inside = [_window(r, low, high) == INSIDE for r in (first, second)]
        common = np.argwhere(inside[0] & inside[1]) + low
        if len(common):
            index = [
                np.ravel_multi_index(tuple((common - r.offset).T), r.image.shape)
                for r in (first, second)
            ]
            found.append(Contest(a, b, index[0], index[1]))
    return tuple(found)


def _window(region: Region, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    k, r, c = (slice(a, b) for a, b in zip(low - region.offset, high - region.offset, strict=True))
    return region.zone[k, r, c]
