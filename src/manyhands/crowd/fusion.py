"""The way from ballots to tracks that all methods share which fuse boxes slice by slice.

Boxes are joined to pieces over slices and annotators; boxes on wrong organs and annotators who
click anything are left out; each piece gets its run of slices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import area, intersection, iou
from manyhands.boxes.smoothing import noise_px, smooth
from manyhands.boxes.tracks import interpolate, make_track
from manyhands.crowd.ballots import Ballots
from manyhands.crowd.bias import VOLUME_SD_MM
from manyhands.crowd.estimate import Estimate
from manyhands.crowd.pieces import Piece, find_pieces
from manyhands.crowd.presence import Presence, find_presence
from manyhands.crowd.reliability import hear
from manyhands.crowd.stopped import doubt_absence
from manyhands.types import BoxArray, MaskArray, Spacing, Track

FloatArray = npt.NDArray[np.float64]

NEIGHBOURHOOD_MM = 9.0  # three slices of 3 mm, over which an organ moves little
GATE_IOU = 0.3  # a box that overlaps its track by less is on a wrong organ
GATE_INSIDE = 0.5  # unless it is smaller and lies within: the last slices of an organ

MOVED_MARGIN = 1.0
"""The `margin` of tracks whose edges were moved inwards: some are inside the structure then."""


class FuseSlice(Protocol):
    """One box (4,) of the boxes (n, 4), n >= 1, that annotators of these weights (n,) > 0 drew."""

    def __call__(self, boxes: BoxArray, weights: FloatArray) -> FloatArray: ...


class Fuse(Protocol):
    """One box for each slice of a piece that has any, (m, 4) in the order of slices.

    `say` (annotators,) is the weight of each, above 0; a piece has at least one box.
    """

    def __call__(self, piece: Piece, say: FloatArray, *, stack_spacing_mm: Spacing) -> BoxArray: ...


def fuse_boxes(
    ballots: Ballots,
    *,
    fuse: Fuse,
    stack_spacing_mm: Spacing,
    stride: int,
    margin: float = 0.0,
    is_weighed: bool = True,
    is_smoothed: bool = True,
) -> Estimate:
    """Consensus of all annotators, the boxes of a piece by `fuse`.

    Slices without box are interpolated. No votes give no tracks. Without `is_weighed` everybody is
    believed alike and nothing is left out, without `is_smoothed` edges stay as they were fused: to
    measure what these steps are worth. `margin` is that of all tracks.
    """
    reach = find_reach(stack_spacing_mm, stride)
    if is_weighed:
        weights, ballots, pieces = hear(ballots, reach=reach)
        pieces = tuple(_gate(piece, reach) for piece in pieces)
        ballots = doubt_absence(ballots, pieces)
    else:
        weights = dict.fromkeys(ballots.votes, 1.0)
        pieces = find_pieces(ballots, reach=reach)
    say = np.array([weights[name] for name in ballots.votes])
    tracks: list[Track] = []
    absent = np.ones(ballots.n_slices)
    for piece, presence in _present(ballots, pieces):
        for run in presence.runs:
            track = _track(piece.within(run), fuse, say, stack_spacing_mm, margin)
            if ballots.is_unbiased:
                track = _less_certain(track, stack_spacing_mm)
            tracks.append(
                smooth(track, stack_spacing_mm=stack_spacing_mm) if is_smoothed else track
            )
        absent *= 1 - presence.probability
    tracks = [interpolate(track) for track in tracks]
    tracks.sort(key=lambda track: (track.slice_indices[0], track.boxes.tolist()))
    return Estimate(tuple(tracks), 1 - absent, weights, ballots)


def find_reach(stack_spacing_mm: Spacing, stride: int) -> int:
    """How many slices away boxes are still compared with one another."""
    return max(1, stride, round(NEIGHBOURHOOD_MM / stack_spacing_mm[0]))


def slice_by_slice(fuse: FuseSlice) -> Fuse:
    """Fuse the boxes of each slice by themselves."""

    def fuse_piece(piece: Piece, say: FloatArray, *, stack_spacing_mm: Spacing) -> BoxArray:
        on_slices = (piece.slices == index for index in np.unique(piece.slices))
        boxes = [fuse(piece.boxes[here], say[piece.annotators[here]]) for here in on_slices]
        return np.array(boxes)

    return fuse_piece


def _gate(piece: Piece, reach: int) -> Piece:
    """The boxes of a piece that agree with those around, or with another on the same slice.

    At its ends an organ is smaller than around; not where two others agree that it is not. Where
    one annotator is alone there is nobody to say that a box is wrong: all are kept.
    """
    if len(np.unique(piece.annotators)) < 2:
        return piece
    medians = piece.local_medians(reach)
    near = np.array([medians[index] for index in piece.slices.tolist()])
    overlap = iou(piece.boxes, near)
    own_area = area(piece.boxes)
    inside = area(intersection(piece.boxes, near)) / own_area
    has_company = _has_company(piece)
    is_outvoted = ~has_company & np.isin(piece.slices, piece.slices[has_company])
    is_end = (own_area < area(near)) & (inside > GATE_INSIDE) & ~is_outvoted
    return piece.take((overlap > GATE_IOU) | is_end | has_company)


def _has_company(piece: Piece) -> MaskArray:
    """(n,): does somebody else's box on the same slice overlap?"""
    first, second = piece.pairs()
    alike = iou(piece.boxes[first], piece.boxes[second]) > GATE_IOU
    has_company = np.zeros(len(piece.boxes), dtype=np.bool_)
    has_company[first[alike]] = True
    has_company[second[alike]] = True
    return has_company


def _present(ballots: Ballots, pieces: Sequence[Piece]) -> list[tuple[Piece, Presence]]:
    """The pieces that are believed, with their presence; the piece with most boxes goes first.

    A box elsewhere does not speak against that piece: the structure is there, if in another place.
    It does speak against further pieces, which must bring evidence of their own. Where a box
    stands *instead* of one of a piece before, not beside it, it is misplaced and does not count.
    Neither does what a lone annotator boxed somewhere else altogether, never beside a piece before:
    one organ does not jump from one slice to the next.
    """
    is_alone = len(ballots.votes) < 2
    found: list[tuple[Piece, Presence]] = []
    misplaced = np.zeros((len(ballots.votes), ballots.n_slices), dtype=np.bool_)
    for piece in sorted(
        pieces, key=lambda p: (-len(p.slices), p.slices.tolist(), p.boxes.tolist())
    ):
        if is_alone and found and not _stands_beside(piece, found):
            continue
        votes = _votes(ballots, piece, elsewhere=0.0 if found else np.nan)
        is_boxed = votes == 1
        votes[is_boxed & misplaced] = np.nan
        presence = find_presence(votes, is_further=bool(found))
        if presence.runs:
            found.append((piece.take(~misplaced[piece.annotators, piece.slices]), presence))
            misplaced |= presence.is_inside & ~is_boxed
    return found


def _stands_beside(piece: Piece, found: Sequence[tuple[Piece, Presence]]) -> bool:
    """Does the piece share a slice with one of those before?"""
    return any(np.isin(piece.slices, other.slices).any() for other, _ in found)


def _votes(ballots: Ballots, piece: Piece, *, elsewhere: float) -> FloatArray:
    """(annotators, slices): 1 for a box of the piece, 0 for *absent*, NaN for no answer.

    `elsewhere` stands for boxes, but none of this piece.
    """
    votes = np.full((len(ballots.votes), ballots.n_slices), np.nan)
    for number, answered in enumerate(ballots.votes.values()):
        for index, boxes in answered.items():
            votes[number, index] = elsewhere if len(boxes) else 0.0
    votes[piece.annotators, piece.slices] = 1.0
    return votes


def _track(
    piece: Piece, fuse: Fuse, say: FloatArray, stack_spacing_mm: Spacing, margin: float
) -> Track:
    """A piece's boxes fused, with the spread between annotators.

    One alone has the jitter that the track itself shows, as far as it can be seen.
    """
    slices = np.unique(piece.slices)
    boxes = fuse(piece, say, stack_spacing_mm=stack_spacing_mm)
    spread = piece.spread_px()
    if spread is None:
        spread = noise_px(make_track(slices, boxes), stack_spacing_mm=stack_spacing_mm)
    return make_track(slices, boxes, spread_px=spread, margin=margin)


def _less_certain(track: Track, stack_spacing_mm: Spacing) -> Track:
    """The track with the spread of a bias from volume to volume on top: it was learned on others.

    It is shared, so people who agree do not make it smaller.
    """
    pixel_mm = np.array([*stack_spacing_mm[1:], *stack_spacing_mm[1:]])
    return replace(track, spread_px=np.hypot(track.spread_px, VOLUME_SD_MM / pixel_mm))
