"""The weighted coordinate median: robust agreement on four numbers per slice.

On boxes with 8 % jitter, a quarter of the slices with one of four boxes on a wrong organ, the
median came to IoU .884 (plain mean .788, weighted boxes fusion .891 with a dependency more).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from manyhands.crowd.ballots import Ballots
from manyhands.crowd.estimate import Estimate
from manyhands.crowd.fusion import MOVED_MARGIN, fuse_boxes
from manyhands.crowd.pieces import Piece
from manyhands.types import BoxArray, Spacing

FloatArray = npt.NDArray[np.float64]

ROUNDING = 1e-9  # sums of equal weights miss one half by a few bits


def coordinate_median(ballots: Ballots, *, stack_spacing_mm: Spacing, stride: int) -> Estimate:
    """A `ConsensusMethod`: each edge is the median of the annotators', weighted by agreement."""
    return fuse_boxes(
        ballots,
        fuse=median_boxes,
        stack_spacing_mm=stack_spacing_mm,
        stride=stride,
        margin=MOVED_MARGIN if ballots.is_unbiased else 0.0,
    )


def median_boxes(piece: Piece, say: FloatArray, *, stack_spacing_mm: Spacing) -> BoxArray:
    """A `Fuse`: `weighted_median` of the boxes of every slice, all at once."""
    table = piece.table[(piece.table >= 0).any(axis=1)]
    is_there = table >= 0
    boxes = np.where(is_there[:, :, None], piece.boxes[table], np.inf)  # sorts last, and weighs 0
    order = np.argsort(boxes, axis=1)
    ranked = np.take_along_axis(boxes, order, axis=1)
    weights = np.where(is_there, say[: table.shape[1]], 0.0)
    share = np.cumsum(np.take_along_axis(weights[:, :, None], order, axis=1), axis=1)
    share /= weights.sum(axis=1)[:, None, None]
    lower, upper = (
        np.take_along_axis(ranked, np.argmax(share > limit, axis=1)[:, None], axis=1)[:, 0]
        for limit in (0.5 - ROUNDING, 0.5 + ROUNDING)
    )
    return np.asarray((lower + upper) / 2)


def weighted_median(boxes: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted median (m,) of each column of `boxes` (n, m), with weights (n,) above 0.

    Half of the weight lies on either side; where a value ends exactly at half, the mean of it and
    the next: equal weights give the ordinary median. Raises `ValueError` for no boxes.
    """
    if len(boxes) == 0:
        raise ValueError("the median of no boxes is not defined")
    order = np.argsort(boxes, axis=0)
    ranked = np.take_along_axis(boxes, order, axis=0)
    share = np.cumsum(weights[order], axis=0) / weights.sum()
    lower = np.argmax(share > 0.5 - ROUNDING, axis=0)
    upper = np.argmax(share > 0.5 + ROUNDING, axis=0)
    columns = np.arange(boxes.shape[1])
    return np.asarray((ranked[lower, columns] + ranked[upper, columns]) / 2)
