"""Boxes by the crowd's model: weights, offsets and edges estimated together.

Presence, which every method finds by expectation-maximisation too (after Dawid and Skene 1979, doi
10.2307/2346806), says on which slices; the model of `manyhands.crowd.edge_model` says where.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import OUTWARD, sides
from manyhands.crowd.ballots import Ballots
from manyhands.crowd.edge_model import EdgeModel, fit_edges
from manyhands.crowd.estimate import Estimate
from manyhands.crowd.fusion import MOVED_MARGIN, Fuse, fuse_boxes
from manyhands.crowd.inner_quantile import weighted_quantile
from manyhands.crowd.pieces import Piece
from manyhands.types import BoxArray, Spacing

FloatArray = npt.NDArray[np.float64]


class Level(Protocol):
    """How far (4,) outwards, in pixels, the edges of a model are to be moved."""

    def __call__(self, model: EdgeModel, piece: Piece, say: FloatArray) -> FloatArray: ...


# Errors that go to one side only have a mean as large as their spread (exponential distribution).
# Half of that is taken off, from the level of the annotators who draw tightest: chosen on 12 MR
# training volumes with simulated crowds. All of it raised the box IoU no further and cut into the
# structures of a careful crowd.
INNER_SHARE = 0.3
SPREAD_SHARE = 0.5
LEAST_SIDE = 0.5  # of the median box: where people disagree that much, edges could cross


def expectation_maximisation(
    ballots: Ballots, *, stack_spacing_mm: Spacing, stride: int
) -> Estimate:
    """A `ConsensusMethod`: edges, each annotator's offset and the size of the errors together.

    The level of the edges is an inner quantile of the annotators' offsets, since people draw
    around a structure and hardly ever inside, less half of the spread between them; where their
    bias is known and gone, it is that of the steadiest.
    """
    level = steady_level if ballots.is_unbiased else inner_level
    return fuse_boxes(
        ballots,
        fuse=at_level(level),
        stack_spacing_mm=stack_spacing_mm,
        stride=stride,
        margin=MOVED_MARGIN,
    )


def at_level(level: Level) -> Fuse:
    """Fuse the boxes of a piece by the model, its edges moved to a level."""

    def fuse(piece: Piece, say: FloatArray, *, stack_spacing_mm: Spacing) -> BoxArray:
        model = fit_edges(piece, len(say))
        return _move(model, piece, level(model, piece, say))

    return fuse


def steady_level(model: EdgeModel, piece: Piece, say: FloatArray) -> FloatArray:
    """The mean offset, most of it of those who are steady: who errs less on each slice does so, it
    is assumed, in what lasts through the volume.
    """
    present = np.unique(piece.annotators)
    weight = say[present] / (model.error_px[present].mean(axis=1)) ** 2
    return np.asarray(weight @ model.offset_px[present] / weight.sum())


def tight_level(model: EdgeModel, piece: Piece, say: FloatArray) -> FloatArray:
    """An inner quantile of the offsets: who draws tightest is nearest to the structure."""
    present = np.unique(piece.annotators)
    return weighted_quantile(model.offset_px[present], say[present], INNER_SHARE)


def inner_level(model: EdgeModel, piece: Piece, say: FloatArray) -> FloatArray:
    """That of the tightest, less half of the spread between annotators."""
    level, spread = tight_level(model, piece, say), piece.spread_px()
    return level if spread is None else np.asarray(level - SPREAD_SHARE * spread)


def _move(model: EdgeModel, piece: Piece, level: FloatArray) -> BoxArray:
    """The model's boxes (slices, 4) moved outwards by `level` (4,), within what was drawn.

    A box that would be thinner than half the median box of its slice is not moved, or is that.
    """
    medians = [np.median(piece.boxes[piece.slices == k], axis=0) for k in model.slices]
    boxes = np.array(medians)
    least = LEAST_SIDE * sides(boxes)
    for candidate in (model.boxes, model.boxes + OUTWARD * level):
        is_wide = (sides(candidate) >= least).all(axis=1, keepdims=True)
        boxes = np.where(is_wide, candidate, boxes)
    return np.asarray(np.clip(boxes, piece.boxes.min(axis=0), piece.boxes.max(axis=0)))
