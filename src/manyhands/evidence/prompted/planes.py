"""A second look: the same network on coronal and sagittal planes, boxed by the mask so far.

A structure that is hard to tell from its neighbour on one slice is often plain in a plane across.
Planes are resampled to square pixels, since the networks have never seen a body pressed flat.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

from manyhands.evidence.prompted.ensemble import Asked, ask
from manyhands.evidence.prompted.scene import Edges, GreyStack, Scene
from manyhands.evidence.region import Region
from manyhands.types import LogOddsStack, MaskStack

MOST_PLANES = 16
"""Of each direction; between them answers are interpolated. Each costs an encoding."""
SLACK_SHARE = 0.05
"""Of its sides by which a box is larger than the mask, on each side."""
LEAST_PART_SHARE = 0.1
"""Of the largest part of a mask in a plane; smaller parts get no box of their own."""
CORONAL, SAGITTAL = 1, 2
"""The axis of a stack (slices, rows, columns) along which a plane is constant."""


def look_across(scene: Scene, region: Region, mask: MaskStack) -> LogOddsStack:
    """Mean logits of both directions (slices, rows, columns) in the region's crop.

    NaN where nothing was asked: beyond the first and last plane that holds some of the mask.
    """
    looks = np.stack([_look_along(scene, region, mask, axis) for axis in (CORONAL, SAGITTAL)])
    count = np.count_nonzero(~np.isnan(looks), axis=0)
    total = np.nansum(looks, axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.float32(np.nan)).astype(np.float32)


def _look_along(scene: Scene, region: Region, mask: MaskStack, axis: int) -> LogOddsStack:
    logits = np.full(mask.shape, np.nan, dtype=np.float32)
    held = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
    chosen = np.unique(np.rint(np.linspace(held[0], held[-1], MOST_PLANES)).astype(int))
    asked = [n for n in chosen if mask.take(n, axis=axis).any()]
    found = [_look_at(scene, region, mask.take(n, axis=axis), n, axis) for n in asked]
    for low, high, before, after in zip(asked, asked[1:], found, found[1:], strict=False):
        for n in range(low, high):
            share = np.float32((n - low) / (high - low))
            _plane_of(logits, n, axis)[:] = (1 - share) * before + share * after
    _plane_of(logits, asked[-1], axis)[:] = found[-1]
    return logits


def _plane_of(stack: LogOddsStack, number: int, axis: int) -> LogOddsStack:
    return stack[:, number] if axis == CORONAL else stack[:, :, number]


def _look_at(
    scene: Scene, region: Region, mask: npt.NDArray[np.bool_], number: int, axis: int
) -> LogOddsStack:
    """Logits (slices, rows or columns) of one plane of the crop, from one box per part."""
    offset, length = region.offset[axis], mask.shape[1]
    at = (number + offset) * scene.block + scene.block // 2
    plane = scene.greys.take(min(at, scene.greys.shape[axis] - 1), axis=axis)
    stretch = scene.spacing_mm[0] / scene.spacing_mm[3 - axis]
    picture = _upright(plane, stretch)
    stretch = len(picture) / len(plane)  # rounded to whole rows
    (embedding,) = scene.sight.network.encode([picture])
    along = region.offset[3 - axis]
    logits = np.full(mask.shape, -np.inf, dtype=np.float32)
    for box in _boxes_of(mask):
        edges = _in_picture(box, region.offset[0], along, scene.block, stretch, picture.shape)
        answer = ask(scene.sight.network, embedding, [Asked(edges, 1.0)])
        whole = _flat(answer.logits, len(plane), stretch)
        part = whole[
            region.offset[0] : region.offset[0] + len(mask),
            along * scene.block : (along + length) * scene.block,
        ]
        missing = length * scene.block - part.shape[1]
        part = np.pad(part, ((0, 0), (0, missing)), mode="edge")
        small = part.reshape(len(mask), length, scene.block).mean(axis=2)
        logits = np.maximum(logits, small * np.float32(answer.confidence))
    return logits


def _upright(plane: GreyStack, stretch: float) -> GreyStack:
    """A plane (slices, pixels) with square pixels, the last slice, the highest, on top."""
    rows = max(round(len(plane) * stretch), 1)
    centre = (np.arange(rows) + 0.5) * len(plane) / rows - 0.5
    picture = ndi.map_coordinates(
        plane.astype(np.float32),
        np.meshgrid(centre, np.arange(plane.shape[1]), indexing="ij"),
        order=1,
        mode="nearest",
    )
    return np.ascontiguousarray(np.rint(picture)[::-1]).astype(np.uint8)


def _flat(logits: LogOddsStack, slices: int, stretch: float) -> LogOddsStack:
    """Logits of an upright picture, at the centres of its slices: (slices, pixels)."""
    rows = len(logits)
    centre = (np.arange(slices) + 0.5) * rows / slices - 0.5
    turned = logits[::-1]
    low = np.clip(np.floor(centre).astype(int), 0, rows - 1)
    high = np.minimum(low + 1, rows - 1)
    share = np.clip(centre - low, 0, 1).astype(np.float32)[:, None]
    return np.asarray((1 - share) * turned[low] + share * turned[high])


def _boxes_of(mask: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int, int, int]]:
    """Slices and pixels, half-open, of every large part of a mask in its plane."""
    parts, count = ndi.label(mask)
    sizes = np.bincount(parts.reshape(-1), minlength=count + 1)[1:]
    for number, where in enumerate(ndi.find_objects(parts)):
        if sizes[number] >= LEAST_PART_SHARE * sizes.max():
            yield where[0].start, where[1].start, where[0].stop, where[1].stop


def _in_picture(
    box: tuple[int, int, int, int],
    first_slice: int,
    first_block: int,
    block: int,
    stretch: float,
    shape: tuple[int, ...],
) -> Edges:
    """A box of slices and blocks in the pixels of the upright picture, a little larger."""
    slice0, block0, slice1, block1 = box
    rows, columns = shape[:2]
    row0, row1 = rows - (slice1 + first_slice) * stretch, rows - (slice0 + first_slice) * stretch
    column0, column1 = (block0 + first_block) * block, (block1 + first_block) * block
    slack = (SLACK_SHARE * (row1 - row0), SLACK_SHARE * (column1 - column0))
    return (
        max(row0 - slack[0], 0.0),
        max(column0 - slack[1], 0.0),
        min(row1 + slack[0], float(rows)),
        min(column1 + slack[1], float(columns)),
    )
