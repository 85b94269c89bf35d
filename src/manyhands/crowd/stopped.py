"""Who stopped part-way says nothing by *absent*: on files without boxes it was only assumed.

Boxes imported with "whoever drew went through all slices" are followed by *absent* even where they
ended because somebody stopped. That they did shows where others go on, in the same place, with
boxes too large for the end of an organ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from manyhands.boxes.ends import is_cut_short
from manyhands.crowd.ballots import Ballots
from manyhands.crowd.pieces import Piece

FloatArray = npt.NDArray[np.float64]

FEWEST_FROM_BEYOND = 2  # one against one, each on another part: nobody can tell who is right


def doubt_absence(ballots: Ballots, pieces: Sequence[Piece]) -> Ballots:
    """The ballots without *absent* beyond ends from which others took the same piece much further.

    Of several who stopped, the one who went farthest is believed, as is who ended where the organ
    tapers off. Boxes are never left out; without votes or pieces nothing is doubted.
    """
    silent: dict[str, set[int]] = {name: set() for name in ballots.votes}
    for piece in pieces:
        medians = piece.local_medians(0)
        for number, name in enumerate(ballots.votes):
            silent[name] |= _doubtful_slices(piece, medians, number, ballots.n_slices)
    votes = {
        name: {k: boxes for k, boxes in votes.items() if len(boxes) or k not in silent[name]}
        for name, votes in ballots.votes.items()
    }
    return replace(ballots, votes=votes)


def _doubtful_slices(
    piece: Piece, medians: Mapping[int, FloatArray], number: int, n_slices: int
) -> set[int]:
    """The slices beyond ends from which others took an annotator's piece much further.

    `medians` is the box (4,) that all agree on, on each slice of the piece.
    """
    own = piece.slices[piece.annotators == number]
    if len(own) == 0:
        return set()
    slices = sorted(medians)
    agreed = np.array([medians[k] for k in slices])
    doubtful: set[int] = set()
    for end, step in ((int(own.min()), -1), (int(own.max()), 1)):
        taken_on = _taken_on(piece, end, step)
        if taken_on and is_cut_short(agreed, np.isin(slices, taken_on)):
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
