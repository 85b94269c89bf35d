"""A slice asked with many boxes: the crowd's own boxes are an ensemble that costs nothing more.

One box gives one mask and no idea how much it depends on where exactly the box was drawn. The
annotators' boxes of the same organ differ as people differ, so the mean of the answers is steadier
than any, and how far they agree says how far to trust it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from manyhands.evidence.prompted.scene import Edges, OwnBox
from manyhands.evidence.sam import Embedding, Prompt, Promptable

SHIFT_SHARE = 0.04
"""Of its sides by which a box is made larger and smaller where too few people drew it."""
ENOUGH_BOXES = 3
SAME_ORGAN_IOU = 0.3
"""A box that overlaps the agreed one less is of something else."""

Logits = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Asked:
    """A box to ask with, and its share of the answer."""

    edges: Edges
    say: float


@dataclass(frozen=True)
class Answered:
    """The mean `logits` (rows, columns) of the answers, and 0 to 1 how far to trust them.

    `score` is the overlap that the network expects of itself, `stability` the mean overlap (IoU) of
    each box's mask with the mask of all.
    """

    logits: Logits
    score: float
    stability: float

    @property
    def confidence(self) -> float:
        return self.score * self.stability


def boxes_to_ask(agreed: Edges, own: Sequence[OwnBox], shape: tuple[int, int]) -> tuple[Asked, ...]:
    """The agreed box, with half of the say, and those people drew; (rows, columns) is the slice's.

    Where these are fewer than three, the agreed box a little larger and smaller joins them. Boxes
    of another organ, and without area on the slice, are left out; perhaps nothing is left.
    """
    near = [box for box in own if box.say > 0 and iou(box.edges, agreed) >= SAME_ORGAN_IOU]
    total = sum(box.say for box in near)
    asked = [Asked(agreed, 1.0), *(Asked(box.edges, box.say / total) for box in near)]
    for share in (SHIFT_SHARE, -SHIFT_SHARE)[: max(ENOUGH_BOXES - len(asked), 0)]:
        asked.append(Asked(_grown(agreed, share), 0.5))
    clipped = [Asked(_clipped(box.edges, shape), box.say) for box in asked]
    return tuple(box for box in clipped if _area(box.edges) > 0)


def ask(network: Promptable, embedding: Embedding, boxes: Sequence[Asked]) -> Answered:
    """Ask with all boxes, of which there must be one at least."""
    decoded = network.decode(embedding, [Prompt(box=box.edges) for box in boxes])
    logits = decoded.logits[:, 0]
    say = np.array([box.say for box in boxes], dtype=np.float32)
    say /= say.sum()
    mean = np.tensordot(say, logits, 1)
    score = float(np.clip(decoded.scores[:, 0], 0, 1) @ say)
    return Answered(mean, score, float(_overlaps(logits > 0, mean > 0) @ say))


def _overlaps(masks: npt.NDArray[np.bool_], mask: npt.NDArray[np.bool_]) -> Logits:
    """IoU of each of masks (n, rows, columns) with one; 1 where both are empty."""
    common = (masks & mask).sum(axis=(1, 2))
    either = (masks | mask).sum(axis=(1, 2))
    return np.where(either > 0, common / np.maximum(either, 1), 1).astype(np.float32)


def iou(one: Edges, other: Edges) -> float:
    """Intersection over union of two boxes."""
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    common = float(np.prod(np.maximum(high - low, 0)))
    return common / max(_area(one) + _area(other) - common, 1e-9)


def _area(edges: Edges) -> float:
    row0, column0, row1, column1 = edges
    return max(row1 - row0, 0.0) * max(column1 - column0, 0.0)


def _grown(edges: Edges, share: float) -> Edges:
    row0, column0, row1, column1 = edges
    rows, columns = share * (row1 - row0), share * (column1 - column0)
    return (row0 - rows, column0 - columns, row1 + rows, column1 + columns)


def _clipped(edges: Edges, shape: tuple[int, int]) -> Edges:
    row0, column0, row1, column1 = edges
    return (max(row0, 0.0), max(column0, 0.0), min(row1, shape[0]), min(column1, shape[1]))
