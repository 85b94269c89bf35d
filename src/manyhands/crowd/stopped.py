"""Who stopped part-way says nothing by *absent*: on files without boxes it was only assumed.

Boxes imported with "whoever drew went through all slices" are followed by *absent* even where they
ended because somebody stopped. That they did shows where others go on, in the same place, with
boxes too large for the end of an organ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from manyhands.boxes.ends import is_cut_short
from manyhands.crowd.ballots import Ballots
from manyhands.crowd.pieces import Piece

FEWEST_FROM_BEYOND = 2  # one against one, each on another part: nobody can tell who is right


def doubt_absence(ballots: Ballots, pieces: Sequence[Piece]) -> Ballots:
    """The ballots without *absent* beyond ends from which others took the same piece much further.

    Of several who stopped, the one who went farthest is believed, as is who ended where the organ
    tapers off. Boxes are never left out; without votes or pieces nothing is doubted.
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
    """The slices beyond ends from which others took an annotator's piece much further."""
    own = piece.slices[piece.annotators == number]
    if len(own) == 0:
        return set()
    medians = piece.local_medians(0)
    slices = sorted(medians)
    agreed = np.array([medians[k] for k in slices])
    doubtful: set[int] = set()
    for end, step in ((int(own.min()), -1), (int(own.max()), 1)):
        if is_cut_short(agreed, np.isin(slices, _taken_on(piece, end, step))):
            doubtful |= set(range(end + 1, n_slices) if step > 0 else range(end))
    return doubtful


def _taken_on(piece: Piece, end: int, step: int) -> list[int]:
    """The slices beyond an end that are boxed by people who boxed slices before it too.

    Who began on the other side, and stopped before the end, counts where there are two of them.
    """
    beyond = step * (piece.slices - end) > 0
    believed = there = np.unique(piece.annotators[beyond])
    came_along = np.intersect1d(there, piece.annotators[~beyond])
    if len(there) - len(came_along) < FEWEST_FROM_BEYOND:
        believed = came_along
    return sorted(set(piece.slices[beyond & np.isin(piece.annotators, believed)].tolist()))
