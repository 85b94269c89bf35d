"""Which boxes of different annotators mean the same connected piece of a structure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import iou
from manyhands.crowd.ballots import Ballots
from manyhands.types import BoxArray, MaskArray, Track

SAME_PIECE_IOU = 0.1  # loose boxes around a small organ overlap a tight one by little more


@dataclass(frozen=True)
class Piece:
    """All boxes of one piece: box (n, 4), slice (n,) and annotator's number (n,) of each."""

    boxes: BoxArray
    slices: npt.NDArray[np.int64]
    annotators: npt.NDArray[np.int64]

    @cached_property
    def table(self) -> npt.NDArray[np.int64]:
        """(slices from the first on, annotators): the number of the box there, -1 for none."""
        first = int(self.slices.min())
        shape = (int(self.slices.max()) - first + 1, int(self.annotators.max()) + 1)
        numbers = np.full(shape, -1, dtype=np.int64)
        numbers[self.slices - first, self.annotators] = np.arange(len(self.slices))
        return numbers

    def local_medians(self, reach: int) -> Mapping[int, npt.NDArray[np.float64]]:
        """Coordinate median (4,) of all boxes up to `reach` slices away, per slice that has any."""
        if reach not in self._medians:  # asked for again and again
            self._medians[reach] = self._find_medians(reach)
        return self._medians[reach]

    @cached_property
    def _medians(self) -> dict[int, dict[int, npt.NDArray[np.float64]]]:
        return {}

    def _find_medians(self, reach: int) -> dict[int, npt.NDArray[np.float64]]:
        first, n = int(self.slices.min()) - reach, int(np.ptp(self.slices)) + 1 + 2 * reach
        # An annotator has one box of a piece on a slice; NaN, where there is none, sorts last.
        boxes = np.full((n + 2 * reach, 4, self.annotators.max() + 1), np.nan)
        boxes[self.slices - first + reach, :, self.annotators] = self.boxes
        windows = np.concatenate([boxes[k : k + n] for k in range(2 * reach + 1)], axis=2)
        ranked = np.sort(windows, axis=2)
        count = np.isfinite(ranked[:, 0]).sum(axis=1)
        there = np.flatnonzero(count)
        lower, upper = (count[there] - 1) // 2, count[there] // 2
        medians = (ranked[there, :, lower] + ranked[there, :, upper]) / 2
        return dict(zip((there + first).tolist(), medians, strict=True))

    def pairs(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Numbers (m,), (m,) of all pairs of boxes that two annotators drew on the same slice.

        An annotator has one box of a piece on a slice, so any two there are of different people.
        """
        one, other = np.triu_indices(self.table.shape[1], k=1)
        first, second = self.table[:, one], self.table[:, other]
        are_there = (first >= 0) & (second >= 0)
        return first[are_there], second[are_there]

    def spread_px(self) -> npt.NDArray[np.float64] | None:
        """Robust standard deviation (4,) of annotators' edges, from all pairs on the same slice.

        None where no slice has two annotators. Pairs need no centre, which with two or three
        annotators lies on a box itself. 1.4826 and the root of 2 make it that of a normal
        distribution.
        """
        first, second = self.pairs()
        if len(first) == 0:
            return None
        differences = np.abs(self.boxes[first] - self.boxes[second])
        return np.asarray(1.4826 / np.sqrt(2) * np.median(differences, axis=0))

    def take(self, which: MaskArray) -> Piece:
        """The piece of these boxes (n,) alone."""
        return Piece(self.boxes[which], self.slices[which], self.annotators[which])

    def within(self, run: tuple[int, int]) -> Piece:
        """The piece on the slices from first to last of a run, both included."""
        return self.take((self.slices >= run[0]) & (self.slices <= run[1]))


def find_pieces(ballots: Ballots, *, reach: int) -> tuple[Piece, ...]:
    """Link each annotator's boxes over slices, then join tracks that lie on one another.

    The longest track begins the first piece; each further one joins the piece whose local median
    it overlaps best, unless its annotator already has another box there: then it is a piece of
    its own. `reach` is how many slices a local median looks to either side. No boxes, no pieces.
    """
    tracks = [
        (number, track) for number, of_one in enumerate(ballots.tracks.values()) for track in of_one
    ]
    # By what was drawn and not by whom, so that the order of annotators does not matter.
    tracks.sort(key=lambda t: (-len(t[1]), t[1].slice_indices.tolist(), t[1].boxes.tolist()))
    pieces: list[Piece] = []
    for number, track in tracks:
        fits = [_fit(piece, number, track, reach) for piece in pieces]
        best = int(np.argmax(fits)) if fits else 0
        if fits and fits[best] > SAME_PIECE_IOU:
            pieces[best] = _join(pieces[best], number, track)
        else:
            pieces.append(_join(None, number, track))
    return tuple(pieces)


def _fit(piece: Piece, number: int, track: Track, reach: int) -> float:
    """Mean overlap of a track with a piece; 0 if the annotator has other boxes there."""
    slices = track.slice_indices.tolist()
    if not set(piece.slices[piece.annotators == number].tolist()).isdisjoint(slices):
        return 0.0
    medians = piece.local_medians(reach)
    shared = [n for n, index in enumerate(slices) if index in medians]
    if not shared:
        return _fit_of_ends(piece, track)
    near = np.array([medians[slices[n]] for n in shared])
    return float(iou(near, track.boxes[shared]).mean())


def _fit_of_ends(piece: Piece, track: Track) -> float:
    """Overlap of the two boxes that are nearest over slices, where none are near."""
    distance = np.abs(piece.slices[:, None] - track.slice_indices[None])
    mine, other = np.nonzero(distance == distance.min())
    return float(iou(piece.boxes[mine], track.boxes[other]).mean())


def _join(piece: Piece | None, number: int, track: Track) -> Piece:
    numbers = np.full(len(track), number, dtype=np.int64)
    if piece is None:
        return Piece(track.boxes, track.slice_indices, numbers)
    return Piece(
        np.concatenate([piece.boxes, track.boxes]),
        np.concatenate([piece.slices, track.slice_indices]),
        np.concatenate([piece.annotators, numbers]),
    )
