"""Which slices were seen: nothing may become background where nobody looked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from manyhands.crowd.ballots import Ballots
from manyhands.types import MaskArray, Track


def find_seen(ballots: Ballots, tracks: Sequence[Track], *, stride: int) -> MaskArray:
    """(slices,): is it known of each slice whether the structure is there?

    A slice is seen if somebody called it absent or boxed it where a track is; if it lies between
    two such slices that are at most `stride` apart; or if it lies beyond a slice that somebody
    called absent, seen from the structure: a piece that has ended does not begin again. *Unsure*
    vouches for nothing, and neither does a box that no track took up: it was somewhere else.
    Without tracks there is no beyond, without votes nothing is seen.
    """
    seen = np.zeros(ballots.n_slices, dtype=np.bool_)
    tracked = {index for track in tracks for index in track.slice_indices.tolist()}
    absent = _called_absent(ballots)
    voted = sorted(absent | (tracked & {k for votes in ballots.votes.values() for k in votes}))
    seen[voted] = True
    for before, after in pairwise(voted):
        if after - before <= stride:
            seen[before:after] = True
    if tracks:
        first = min(int(track.slice_indices[0]) for track in tracks)
        last = max(int(track.slice_indices[-1]) for track in tracks)
        seen[: max((index + 1 for index in absent if index < first), default=0)] = True
        seen[min((index for index in absent if index > last), default=ballots.n_slices) :] = True
    return seen


def _called_absent(ballots: Ballots) -> set[int]:
    return {
        index
        for votes in ballots.votes.values()
        for index, boxes in votes.items()
        if not len(boxes)
    }
