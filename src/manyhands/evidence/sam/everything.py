"""Everything on a slice that a network can tell apart, without being asked for anything.

A grid of points is asked one by one; masks that the network itself believes in, that hardly change
with the threshold, and that lie where no better one does are kept (Kirillov et al. 2023, appendix
B, without its crops).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import box_of_mask, iou, no_boxes
from manyhands.evidence.sam.engine import Decoded, Embedding, Promptable
from manyhands.evidence.sam.prompts import Prompt
from manyhands.types import BoxArray, MaskArray

STABILITY_SHIFT = 1.0
"""Logits: how far the threshold moves either way to see whether a mask stays as it is."""
POINTS_AT_ONCE = 32

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
    """What was found, best first: `masks` (n, rows, columns), tight `boxes` (n, 4) in our frame,
    half-open, `scores` (n,) and `stability` (n,).
    """

    masks: MaskArray
    boxes: BoxArray
    scores: FloatArray
    stability: FloatArray

    def __len__(self) -> int:
        return len(self.boxes)

    def chosen(self, which: npt.NDArray[np.integer] | MaskArray) -> Things:
        return Things(
            self.masks[which], self.boxes[which], self.scores[which], self.stability[which]
        )


def segment_everything(
    engine: Promptable, embedding: Embedding, grid: Grid | None = None
) -> Things:
    """All things on one slice. A slice of one grey may well have none."""
    grid = grid or Grid()
    prompts = grid_of_points(embedding.shape, grid.points_per_side)
    batches = [prompts[n : n + POINTS_AT_ONCE] for n in range(0, len(prompts), POINTS_AT_ONCE)]
    # The authors hand over the same places as indices of pixels, half a pixel further.
    parts = [
        _kept(engine.decode(embedding, batch, several=True, edges_are_indices=True), grid)
        for batch in batches
    ]
    found = Things(
        np.concatenate([part.masks for part in parts]),
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.stability for part in parts]),
    )
    return found.chosen(without_overlaps(found.boxes, found.scores, grid.most_overlap))


def grid_of_points(shape: tuple[int, int], per_side: int) -> tuple[Prompt, ...]:
    """Points in the middle of `per_side` x `per_side` equal parts of a slice, row by row."""
    at = (np.arange(per_side) + 0.5) / per_side
    rows, columns = at * shape[0], at * shape[1]
    return tuple(
        Prompt(points=((float(r), float(c)),), is_inside=(True,)) for r in rows for c in columns
    )


def _kept(decoded: Decoded, grid: Grid) -> Things:
    """Of one batch's masks those worth keeping, each prompt's three after another."""
    logits = decoded.logits.reshape(-1, *decoded.logits.shape[2:])
    scores = decoded.scores.reshape(-1).astype(np.float64)
    stability = stability_of(logits)
    masks = logits > 0
    enough = masks.sum(axis=(1, 2)) >= max(grid.least_area_px, 1)
    keep = (scores > grid.least_score) & (stability >= grid.least_stability) & enough
    return Things(masks[keep], boxes_of(masks[keep]), scores[keep], stability[keep])


def stability_of(logits: npt.NDArray[np.float32]) -> FloatArray:
    """(n,) IoU of each mask (n, rows, columns) with itself, threshold up and threshold down.

    0 where there is nothing even with the threshold down.
    """
    inner = (logits > STABILITY_SHIFT).sum(axis=(1, 2))
    outer = (logits > -STABILITY_SHIFT).sum(axis=(1, 2))
    return np.asarray(inner / np.maximum(outer, 1), dtype=np.float64)


def boxes_of(masks: MaskArray) -> BoxArray:
    """The tight box (n, 4) of each mask (n, rows, columns); none may be empty."""
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
