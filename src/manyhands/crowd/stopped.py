"""Who stopped part-way says nothing by *absent*: on files without boxes it was only assumed.

An organ tapers; boxes that end as large as they ever were, while others go on in the same place,
ended because somebody stopped. Boxes imported with "whoever drew went through all slices" are
followed by *absent* even then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from manyhands.boxes.ends import is_abrupt
from manyhands.crowd.ballots import Ballots
from manyhands.crowd.pieces import Piece

# The share of a piece's slices that others have beyond; people who stop lack 15 % or more (Kulkarni
# et al. 2024, arXiv 2403.15218), those who go too far do so by a slice or two.
LACKING = 0.25
FEWEST_SLICES = 2


def doubt_absence(ballots: Ballots, pieces: Sequence[Piece]) -> Ballots:
    """The ballots without *absent* beyond abrupt ends where others boxed the same piece further on.

    Of several who stopped, the one who went farthest is believed, as is everybody whose boxes
    taper off. Boxes are never left out; without votes or pieces nothing is doubted.
    """
    silent: dict[str, set[int]] = {name: set() for name in ballots.votes}
    for piece in pieces:
        for number, name in enumerate(ballots.votes):
            silent[name] |= _doubtful_slices(piece, number, ballots.n_slices)
    votes = {
        name: {k: boxes for k, boxes in votes.items() if len(boxes) or k not in silent[name]}
        for name, votes in ballots.votes.items()
    }
    return replace(ballots, votes=votes)


def _doubtful_slices(piece: Piece, number: int, n_slices: int) -> set[int]:
    """The slices beyond abrupt ends of an annotator's boxes of a piece that others took further."""
    order = np.argsort(piece.slices)
    own = order[piece.annotators[order] == number]
    if len(own) == 0:
        return set()
    first, last = int(piece.slices[own[0]]), int(piece.slices[own[-1]])
    fewest = max(FEWEST_SLICES, LACKING * len(np.unique(piece.slices)))
    doubtful: set[int] = set()
    if len(_went_on(piece, last, 1)) >= fewest and is_abrupt(piece.boxes[own]):
        doubtful |= set(range(last + 1, n_slices))
    if len(_went_on(piece, first, -1)) >= fewest and is_abrupt(piece.boxes[own[::-1]]):
        doubtful |= set(range(first))
    return doubtful


def _went_on(piece: Piece, end: int, step: int) -> set[int]:
    """The slices beyond an end that are boxed by people who boxed slices before it too."""
    beyond = step * (piece.slices - end) > 0
    came_along = np.intersect1d(piece.annotators[beyond], piece.annotators[~beyond])
    return set(piece.slices[beyond & np.isin(piece.annotators, came_along)].tolist())
