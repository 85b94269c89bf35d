"""What somebody who was asked for one slice in so many says of those between.

Where each person marks the ends of a structure they answer on slices of their own, so without this
one slip at an end would have the word alone: those who know better answered beside it, not on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from manyhands.boxes.arithmetic import no_boxes
from manyhands.boxes.tracks import interpolate, link
from manyhands.crowd.ballots import Ballots
from manyhands.types import BoxArray, Track

Place = tuple[str, int]  # annotator, slice


def fill_between(
    ballots: Ballots,
    *,
    stride: int,
    wider: Mapping[str, int] | None = None,
    unsure: Collection[Place] = (),
) -> Ballots:
    """The ballots with votes between neighbouring answers of an annotator, at most `stride` apart.

    `wider` has the strides of annotators who were asked for fewer slices than that. Between two
    boxes of a track, interpolated boxes; between two *absent*, *absent*; between a box and
    *absent*, and beside a slice that somebody was `unsure` of, nothing is known. Slices that have a
    vote keep it. A stride of 1 changes nothing.
    """
    own = wider or {}
    if stride == 1 and not own:
        return ballots
    votes = {
        name: _fill(
            of_one, max(stride, own.get(name, 1)), {index for who, index in unsure if who == name}
        )
        for name, of_one in ballots.votes.items()
    }
    return replace(ballots, votes=votes)


def mark_drawn(tracks: Sequence[Track], votes: Iterable[Mapping[int, BoxArray]]) -> list[Track]:
    """The tracks, drawn on no slice but those on which one of the votes, by slice, has a box."""
    boxed = [index for of_one in votes for index, boxes in of_one.items() if len(boxes)]
    return [
        replace(track, is_drawn=track.is_drawn & np.isin(track.slice_indices, boxed))
        for track in tracks
    ]


def _fill(
    votes: Mapping[int, BoxArray], stride: int, unsure: Collection[int]
) -> dict[int, BoxArray]:
    """One annotator's votes by slice, in their order, with those between."""
    gaps = _gaps({*votes, *unsure}, stride)
    if not gaps:
        return dict(votes)
    filled = dict(votes)
    for before, after in gaps:
        if _is_absent(votes, before) and _is_absent(votes, after):
            filled |= dict.fromkeys(range(before + 1, after), no_boxes())
    for track in link(votes):
        boxes, first = interpolate(track).boxes, int(track.slice_indices[0])
        for before, after in gaps:
            if {before, after} <= set(track.slice_indices.tolist()):
                for index in range(before + 1, after):
                    filled[index] = np.vstack([filled.get(index, no_boxes()), boxes[index - first]])
    return dict(sorted(filled.items()))


def _is_absent(votes: Mapping[int, BoxArray], index: int) -> bool:
    return index in votes and not len(votes[index])


def _gaps(slices: Iterable[int], stride: int) -> list[tuple[int, int]]:
    """Neighbours with slices between them, and at most `stride` apart."""
    return [(a, b) for a, b in pairwise(sorted(slices)) if 1 < b - a <= stride]
