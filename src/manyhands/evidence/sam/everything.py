"""Everything on a slice that a network can tell apart, without being asked for anything.

A grid of points is asked one by one; masks that the network itself believes in, that hardly change
with the threshold, and that lie where no better one does are kept (Kirillov et al. 2023, appendix
B, without its crops).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import box_of_mask, iou, no_boxes
from manyhands.evidence.sam.engine import Decoded, Embedding, Promptable
from manyhands.evidence.sam.prompts import Prompt
from manyhands.types import BoxArray, MaskArray

STABILITY_SHIFT = 1.0
"""Logits: how far the threshold moves either way to see whether a mask stays as it is."""
MASKS_OF_A_POINT = 3
MOST_POINTS_AT_ONCE = 64
MOST_LOGIT_BYTES = 200_000_000
"""Held at once: on a slice of 512 x 512 of 63 points, on one of 2048 x 1500 of 5. With what it
takes to make them, and all 3072 masks kept, that stays below 2 GB."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """How finely to ask, and what to keep; the defaults are those of SAM's authors.

    `points_per_side` squared points are asked. A mask needs a score of `least_score`, and IoU
    `least_stability` of itself at both shifted thresholds; of two whose boxes overlap with more
    than IoU `most_overlap` the better one is kept. Masks of fewer than `least_area_px` go.
    """

    points_per_side: int = 32
    least_score: float = 0.88
    least_stability: float = 0.95
    most_overlap: float = 0.7
    least_area_px: int = 1


@dataclass(frozen=True)
class Things:
    """What was found on a slice of `shape`, best first: tight `boxes` (n, 4) in our frame,
    half-open and whole numbers, `scores` (n,) and `stability` (n,).

    Of the masks only what lies in their boxes is held, eight voxels a byte: `cutout` gives that.
    """

    shape: tuple[int, int]
    boxes: BoxArray
    scores: FloatArray
    stability: FloatArray
    packed: tuple[npt.NDArray[np.uint8], ...]

    def __len__(self) -> int:
        return len(self.boxes)

    def corner(self, number: int) -> tuple[int, int]:
        """The row and column at which the cutout of one thing begins."""
        row0, column0, _, _ = self.boxes[number].astype(int).tolist()
        return (row0, column0)

    def cutout(self, number: int) -> MaskArray:
        """One mask, the part inside its box."""
        row0, column0, row1, column1 = self.boxes[number].astype(int).tolist()
        sides = (row1 - row0, column1 - column0)
        bits = np.unpackbits(self.packed[number], count=sides[0] * sides[1])
        return bits.reshape(sides).astype(np.bool_)

    def mask(self, number: int) -> MaskArray:
        """One mask, (rows, columns) of the slice."""
        whole, part = np.zeros(self.shape, dtype=np.bool_), self.cutout(number)
        row, column = self.corner(number)
        whole[row : row + part.shape[0], column : column + part.shape[1]] = part
        return whole

    def chosen(self, which: npt.NDArray[np.intp]) -> Things:
        """Some of them, in that order."""
        packed = tuple(self.packed[n] for n in which)
        return Things(
            self.shape, self.boxes[which], self.scores[which], self.stability[which], packed
        )


def segment_everything(
    engine: Promptable, embedding: Embedding, grid: Grid | None = None
) -> Things:
    """All things on one slice. A slice of one grey may well have none."""
    grid = grid or Grid()
    prompts = grid_of_points(embedding.shape, grid.points_per_side)
    step = points_at_once(embedding.shape)
    # The authors hand over the same places as indices of pixels, half a pixel further.
    parts = [
        _kept(
            engine.decode(embedding, prompts[n : n + step], several=True, edges_are_indices=True),
            grid,
        )
        for n in range(0, len(prompts), step)
    ]
    found = Things(
        embedding.shape,
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.stability for part in parts]),
        tuple(bits for part in parts for bits in part.packed),
    )
    return found.chosen(without_overlaps(found.boxes, found.scores, grid.most_overlap))


def points_at_once(shape: tuple[int, int]) -> int:
    """As many as have their logits held at once on a slice of `shape`."""
    bytes_each = MASKS_OF_A_POINT * np.dtype(np.float32).itemsize * shape[0] * shape[1]
    return max(1, min(MOST_POINTS_AT_ONCE, MOST_LOGIT_BYTES // bytes_each))


def grid_of_points(shape: tuple[int, int], per_side: int) -> tuple[Prompt, ...]:
    """Points in the middle of `per_side` x `per_side` equal parts of a slice, row by row."""
    at = (np.arange(per_side) + 0.5) / per_side
    rows, columns = at * shape[0], at * shape[1]
    return tuple(
        Prompt(points=((float(r), float(c)),), is_inside=(True,)) for r in rows for c in columns
    )


def _kept(decoded: Decoded, grid: Grid) -> Things:
    """Of one batch's masks those worth keeping, each prompt's three after another."""
    shape = decoded.logits.shape[2:]
    logits = decoded.logits.reshape(-1, *shape)
    scores = decoded.scores.reshape(-1).astype(np.float64)
    stability = stability_of(logits)
    masks = logits > 0
    enough = masks.sum(axis=(1, 2)) >= max(grid.least_area_px, 1)
    keep = np.flatnonzero(
        (scores > grid.least_score) & (stability >= grid.least_stability) & enough
    )
    boxes = boxes_of(masks[n] for n in keep)
    packed = tuple(_packed(masks[n], box) for n, box in zip(keep, boxes, strict=True))
    return Things((shape[0], shape[1]), boxes, scores[keep], stability[keep], packed)


def _packed(mask: MaskArray, box: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    row0, column0, row1, column1 = box.astype(int).tolist()
    return np.packbits(mask[row0:row1, column0:column1])


def stability_of(logits: npt.NDArray[np.float32]) -> FloatArray:
    """(n,) IoU of each mask (n, rows, columns) with itself, threshold up and threshold down.

    0 where there is nothing even with the threshold down.
    """
    inner = (logits > STABILITY_SHIFT).sum(axis=(1, 2))
    outer = (logits > -STABILITY_SHIFT).sum(axis=(1, 2))
    return np.asarray(inner / np.maximum(outer, 1), dtype=np.float64)


def boxes_of(masks: Iterable[MaskArray]) -> BoxArray:
    """The tight box (n, 4) of each mask (rows, columns); none may be empty."""
    return np.concatenate([no_boxes(), *(box_of_mask(mask) for mask in masks)])


def without_overlaps(
    boxes: BoxArray, scores: FloatArray, most_overlap: float
) -> npt.NDArray[np.intp]:
    """Indices of the boxes to keep, best first: none overlaps a better one with more than that."""
    kept: list[int] = []
    for n in np.argsort(-scores, kind="stable"):
        if not kept or iou(boxes[n][None], boxes[kept]).max() <= most_overlap:
            kept.append(int(n))
    return np.array(kept, dtype=np.intp)
