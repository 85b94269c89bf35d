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
from manyhands.types import BoxArray, MaskArray

FEWEST_FROM_BEYOND = 2  # one against one, each on another part: nobody can tell who is right


def doubt_absence(ballots: Ballots, pieces: Sequence[Piece]) -> Ballots:
    """The ballots without *absent* beyond ends from which others took the same piece much further.

    Of several who stopped, the one who went farthest is believed, as is who ended where the organ
    tapers off. Boxes are never left out; without votes or pieces nothing is doubted.
    """
    silent: dict[str, set[int]] = {name: set() for name in ballots.votes}
    for piece in pieces:
        if len(piece.slices) == 0:
            continue
        agreed = piece.local_medians(0)
        boxes = np.array([agreed[k] for k in sorted(agreed)])
        for number, name in enumerate(ballots.votes):
            silent[name] |= _doubtful_slices(piece, boxes, number, ballots.n_slices)
    votes = {
        name: {k: boxes for k, boxes in votes.items() if len(boxes) or k not in silent[name]}
        for name, votes in ballots.votes.items()
    }
    return replace(ballots, votes=votes)


def _doubtful_slices(piece: Piece, agreed: BoxArray, number: int, n_slices: int) -> set[int]:
    """The slices beyond ends from which others took an annotator's piece much further.

    `agreed` is the median box (4,) of each slice of the piece that has any.
    """
    is_boxed = piece.table >= 0
    if number not in piece.annotators:
        return set()
    own = np.flatnonzero(is_boxed[:, number])
    first = int(piece.slices.min())
    doubtful: set[int] = set()
    for end, step in ((int(own[0]), -1), (int(own[-1]), 1)):
        is_beyond = step * (np.arange(len(is_boxed)) - end) > 0
        if not is_beyond.any():
            continue
        taken_on = _taken_on(is_boxed, is_beyond)[is_boxed.any(axis=1)]
        if is_cut_short(agreed, taken_on):
            last = first + end
            doubtful |= set(range(last + 1, n_slices) if step > 0 else range(last))
    return doubtful


def _taken_on(is_boxed: MaskArray, is_beyond: MaskArray) -> MaskArray:
    """(slices,): those beyond an end that are boxed by people who boxed slices before it too.

    `is_boxed` is (slices, annotators). Who began on the other side, and stopped before the end,
    counts where there are two of them.
    """
    there = is_boxed[is_beyond].any(axis=0)
    came_along = there & is_boxed[~is_beyond].any(axis=0)
    believed = there if (there & ~came_along).sum() >= FEWEST_FROM_BEYOND else came_along
    return np.asarray(is_beyond & is_boxed[:, believed].any(axis=1))
