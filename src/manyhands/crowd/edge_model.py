"""The crowd's model: where the edges are, and how each annotator errs, found in turns.

Each annotator's edge is the structure's, moved by an offset of the annotator's own that lasts
through the volume, plus errors that change from slice to slice. Offsets, the size of the errors and
the edges are found by expectation-maximisation, after Warfield, Zou and Wells 2008 (doi
10.1098/rsta.2008.0040), who estimate raters' bias and variance so. Errors have Student's t
distribution, so that a box on a wrong organ hardly counts (Lange, Little and Taylor 1989, doi
10.2307/2290063).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import OUTWARD
from manyhands.crowd.pieces import Piece

FloatArray = npt.NDArray[np.float64]

TAIL = 4.0  # degrees of freedom of Student's t
PRIOR_SLICES = 4.0  # how many slices the crowd's error is worth beside an annotator's own
LEAST_SPREAD_PX = 0.3  # edges on whole pixels err by this much
MAX_ROUNDS = 50
SETTLED_PX = 1e-3


@dataclass(frozen=True)
class EdgeModel:
    """Edges of a piece and how its annotators err.

    `boxes` (slices, 4) on `slices` (slices,), at the level of the mean annotator; `offset_px`
    (annotators, 4) outwards of that; `error_px` (annotators, 4), the standard deviation of what
    changes from slice to slice; `trust` (n,) of each of the piece's boxes, about 1, near 0 for one
    that lies elsewhere. An annotator without a box of the piece has offset 0 and the crowd's error.
    """

    slices: npt.NDArray[np.int64]
    boxes: FloatArray
    offset_px: FloatArray
    error_px: FloatArray
    trust: FloatArray


def fit_edges(piece: Piece, n_annotators: int) -> EdgeModel:
    """Fit the model to all boxes (n, 4) of one piece, n >= 1.

    One annotator alone gets the own boxes back; so do several who agree on every edge.
    """
    slices, where = np.unique(piece.slices, return_inverse=True)
    who, drawn = piece.annotators, piece.boxes * OUTWARD
    counts = np.bincount(who, minlength=n_annotators)[:, None]
    spread = piece.spread_px()
    crowd = np.maximum(0.0 if spread is None else spread, np.full(4, LEAST_SPREAD_PX)) ** 2
    edges = np.array([np.median(drawn[where == n], axis=0) for n in range(len(slices))])
    offset, variance = np.zeros((n_annotators, 4)), np.tile(crowd, (n_annotators, 1))
    trust = np.ones(len(drawn))
    for number in range(MAX_ROUNDS):
        weight = trust[:, None] / variance[who]
        certainty = _sum(weight, where, len(slices))
        step = _sum((drawn - offset[who] - edges[where]) * weight, where, len(slices)) / certainty
        edges = edges + step
        error = drawn - edges[where]
        pull = _sum(weight, who, n_annotators) + 1 / crowd  # offsets vary as much as edges do
        offset = _sum(weight * error, who, n_annotators) / pull
        error = error - offset[who]
        trust = (TAIL + 4) / (TAIL + (error**2 / variance[who]).sum(axis=1))
        # Edges are not known but estimated; what they may be off belongs to the errors.
        squares = _sum(trust[:, None] * error**2 + 1 / certainty[where], who, n_annotators)
        variance = (squares + PRIOR_SLICES * crowd) / (counts + PRIOR_SLICES)
        if number and np.abs(step).max() < SETTLED_PX:
            break
    return EdgeModel(slices, edges * OUTWARD, offset, np.sqrt(variance), trust)


def _sum(values: FloatArray, group: npt.NDArray[np.int64], n: int) -> FloatArray:
    """Sums (n, 4) of lines (m, 4) over the groups they belong to."""
    return np.stack([np.bincount(group, column, minlength=n) for column in values.T], axis=1)
