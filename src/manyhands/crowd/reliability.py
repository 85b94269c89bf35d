"""How much each annotator's boxes are to be believed, from agreement alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import iou, no_boxes
from manyhands.crowd.ballots import Ballots
from manyhands.crowd.pieces import Piece, find_pieces
from manyhands.types import BoxArray, MaskArray

FloatArray = npt.NDArray[np.float64]

# Mean IoU with the median over annotators and neighbouring slices: careful people .80 to .83,
# average .72 to .76, poor .61 to .66, people who click anything .21 to .22.
SPAMMER_AGREEMENT = 0.45
SPAMMER_SHARE = 0.7  # of the median agreement: a small organ brings down everybody's
LEAST_WEIGHT = 0.05  # of those who stay: two who never agree must still both be heard
MIN_ANNOTATORS = 3  # of two who differ nobody can tell which is right
MIN_BOXES = 3  # of fewer nobody can tell whether they were clicked anywhere


class Hearing(NamedTuple):
    """Everybody's weight by id, 0 for who is not heard; the ballots and pieces of all others."""

    weights: dict[str, float]
    ballots: Ballots
    pieces: tuple[Piece, ...]


def hear(ballots: Ballots, *, reach: int) -> Hearing:
    """Weigh annotators by their agreement, and leave out those who click anything.

    They are left out one by one, the worst first, and all others compared anew: who went on where
    only a spammer did must not be judged by the spammer. Nobody is left out for fewer than three
    boxes, or of fewer than three people who can be compared.
    """
    weights = dict.fromkeys(ballots.votes, 0.0)
    while True:
        pieces = find_pieces(ballots, reach=reach)
        agreement = find_agreement(ballots, pieces, reach=reach)
        compared = [value for value in agreement.values() if value is not None]
        limit = min(SPAMMER_AGREEMENT, SPAMMER_SHARE * float(np.median(compared or [0.0])))
        doubtful = {
            name: value
            for name, value in agreement.items()
            if value is not None and value < limit and _has_enough_boxes(ballots.votes[name])
        }
        if len(compared) < MIN_ANNOTATORS or not doubtful:
            break
        worst = min(doubtful.values())
        ballots = ballots.without([name for name, value in doubtful.items() if value == worst])
    for name, value in agreement.items():
        weights[name] = 1.0 if value is None else max(value, LEAST_WEIGHT)
    return Hearing(weights, ballots, pieces)


def _has_enough_boxes(votes: Mapping[int, BoxArray]) -> bool:
    return sum(len(boxes) > 0 for boxes in votes.values()) >= MIN_BOXES


def find_agreement(
    ballots: Ballots, pieces: Sequence[Piece], *, reach: int
) -> Mapping[str, float | None]:
    """Each annotator's mean IoU with the local median of the piece that fits best, by id.

    Only boxes count that have somebody else's within `reach` slices: who goes on where others
    stopped must not lose by it. None for an annotator whose boxes nobody can be compared with.
    """
    medians = [_on_slices(piece.local_medians(reach), ballots.n_slices) for piece in pieces]
    agreement: dict[str, float | None] = {}
    for number, (name, votes) in enumerate(ballots.votes.items()):
        boxes = np.concatenate([no_boxes(), *votes.values()])
        slices = np.repeat(list(votes), [len(drawn) for drawn in votes.values()])
        best = np.full(len(boxes), -1.0)
        for piece, agreed in zip(pieces, medians, strict=True):
            near = np.flatnonzero(_is_near_others(piece, number, reach, ballots.n_slices)[slices])
            best[near] = np.maximum(best[near], iou(boxes[near], agreed[slices[near]]))
        compared = best[best >= 0]
        agreement[name] = float(compared.mean()) if len(compared) else None
    return agreement


def _on_slices(boxes: Mapping[int, FloatArray], n_slices: int) -> BoxArray:
    """(slices, 4), NaN where there is no box."""
    rows = np.full((n_slices, 4), np.nan)
    for index, box in boxes.items():
        if 0 <= index < n_slices:
            rows[index] = box
    return rows


def _is_near_others(piece: Piece, number: int, reach: int, n_slices: int) -> MaskArray:
    """(slices,): is there, within reach, a box that another annotator gave the piece?"""
    near = np.zeros(n_slices + 2 * reach, dtype=np.bool_)
    others = piece.slices[piece.annotators != number]
    for step in range(2 * reach + 1):
        near[others + step] = True
    return near[reach : reach + n_slices]
