"""How much each annotator's boxes are to be believed, from agreement alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from manyhands.boxes.arithmetic import iou, no_boxes
from manyhands.crowd.ballots import Ballots
from manyhands.crowd.pieces import Piece, find_pieces
from manyhands.types import BoxArray, MaskArray

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
    drawn = [
        (number, index, boxes)
        for number, votes in enumerate(ballots.votes.values())
        for index, boxes in votes.items()
    ]
    n_boxes = [len(boxes) for _, _, boxes in drawn]
    boxes = np.concatenate([no_boxes(), *(boxes for _, _, boxes in drawn)])
    people = np.repeat([number for number, _, _ in drawn], n_boxes)
    slices = np.repeat([index for _, index, _ in drawn], n_boxes)
    best = np.full(len(boxes), -1.0)
    for piece in pieces:
        is_near = _is_near_others(piece, reach, (len(ballots.votes), ballots.n_slices))
        near = np.flatnonzero(is_near[people, slices])
        agreed = piece.local_medians(reach)
        medians = np.array([agreed[k] for k in slices[near].tolist()]).reshape(-1, 4)
        best[near] = np.maximum(best[near], iou(boxes[near], medians))
    overlaps = (best[(people == number) & (best >= 0)] for number in range(len(ballots.votes)))
    return {
        name: float(found.mean()) if len(found) else None
        for name, found in zip(ballots.votes, overlaps, strict=True)
    }


def _is_near_others(piece: Piece, reach: int, shape: tuple[int, int]) -> MaskArray:
    """(annotators, slices) of this shape: did another one give the piece a box within reach?"""
    n_people, n_slices = shape
    has_box = np.zeros((n_people, n_slices + 2 * reach), dtype=np.bool_)
    for step in range(2 * reach + 1):
        has_box[piece.annotators, piece.slices + step] = True
    near = has_box[:, reach : reach + n_slices]
    return np.asarray(near.sum(axis=0) > near)
