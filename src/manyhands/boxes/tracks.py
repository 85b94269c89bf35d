"""Tracks: the boxes of one connected piece of a structure, linked over slices and filled in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from manyhands.boxes.arithmetic import is_valid
from manyhands.types import BoxArray, Track

_Row = list[float]  # row0, column0, row1, column1

REACH = 0.5
"""Two boxes can follow one another when their centres lie within this share of the larger one's
diagonal, even if they no longer meet: on 7.7 mm slices small pieces step aside by that much."""


def make_track(
    slice_indices: npt.ArrayLike,
    boxes: npt.ArrayLike,
    *,
    is_drawn: npt.ArrayLike | None = None,
    spread_px: npt.ArrayLike | float = 0.0,
    margin: float = 0.0,
) -> Track:
    """A track of boxes (n, 4) on n slices; all drawn and exact unless said otherwise.

    Raises `ValueError` if the slices do not increase strictly or a box is not valid.
    """
    slices = np.asarray(slice_indices, dtype=np.int64).reshape(-1)
    rows = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    n = len(slices)
    if len(rows) != n:
        raise ValueError(f"a track needs one box per slice: {len(rows)} boxes on {n} slices")
    if (np.diff(slices) <= 0).any():
        raise ValueError(f"slices of a track must increase strictly, found {slices.tolist()}")
    if not is_valid(rows).all():
        wrong = int(np.flatnonzero(~is_valid(rows))[0])
        raise ValueError(f"box {rows[wrong].tolist()} on slice {slices[wrong]} is not valid")
    drawn = np.ones(n, dtype=np.bool_) if is_drawn is None else np.asarray(is_drawn, dtype=np.bool_)
    spread = np.broadcast_to(np.asarray(spread_px, dtype=np.float64), (n, 4)).copy()
    return Track(slices, rows, drawn, spread, margin)


def link(
    boxes_by_slice: Mapping[int, BoxArray], *, max_gap: int | None = None
) -> tuple[Track, ...]:
    """Link the boxes (n, 4) of each slice into tracks, one per connected piece.

    Slice by slice, the boxes are given to the tracks so far by the assignment that fits best
    (Hungarian method: Kuhn 1955, doi 10.1002/nav.3800020109), by overlap and distance of centres.
    A box that no track can reach begins a new one. A gap of up to `max_gap` slices without box is
    bridged, any gap if None. Tracks come in the order of their first slice, then first row and
    column. No boxes give no tracks. Raises `ValueError` for a box that is not valid.
    """
    found: list[tuple[list[int], list[_Row]]] = []
    for slice_index in sorted(boxes_by_slice):
        boxes: list[_Row] = sorted(boxes_by_slice[slice_index].tolist())
        alive = [t for t in found if max_gap is None or slice_index - t[0][-1] - 1 <= max_gap]
        partners = _assign([t[1][-1] for t in alive], boxes)
        for number, box in enumerate(boxes):
            if number in partners:
                slices, rows = alive[partners[number]]
            else:
                slices, rows = [], []
                found.append((slices, rows))
            slices.append(slice_index)
            rows.append(box)
    return tuple(make_track(slices, np.array(rows)) for slices, rows in found)


def _assign(last: Sequence[_Row], boxes: Sequence[_Row]) -> dict[int, int]:
    """Which of the last boxes each of the boxes follows, by number, where one is in reach."""
    if not last or not boxes:
        return {}
    worth = [[_worth(before, box) for box in boxes] for before in last]
    if len(last) == len(boxes) == 1:
        return {0: 0} if worth[0][0] > 0 else {}
    numbers = linear_sum_assignment(np.array(worth), maximize=True)
    pairs = zip(*numbers, strict=True)
    return {int(n): int(t) for t, n in pairs if worth[t][n] > 0}


def _worth(first: _Row, second: _Row) -> float:
    """How well one box follows another: 1 + IoU + nearness, 0 for a pair out of reach.

    So an assignment gains by any pair within reach. Plain numbers, since mostly there is one box on
    a slice, for which arrays are ten times slower.
    """
    height = min(first[2], second[2]) - max(first[0], second[0])
    width = min(first[3], second[3]) - max(first[1], second[1])
    common = max(height, 0.0) * max(width, 0.0)
    overlap = common / (_area(first) + _area(second) - common) if common > 0 else 0.0
    diagonal = max(_diagonal(first), _diagonal(second))
    rows = (first[0] + first[2]) / 2 - (second[0] + second[2]) / 2
    columns = (first[1] + first[3]) / 2 - (second[1] + second[3]) / 2
    distance = math.sqrt(rows * rows + columns * columns)
    nearness = 1.0 - distance / (diagonal * REACH) if diagonal > 0 else 0.0
    is_in_reach = overlap > 0 or nearness > 0
    return 1.0 + overlap + max(nearness, 0.0) if is_in_reach else 0.0


def _area(box: _Row) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def _diagonal(box: _Row) -> float:
    height, width = max(box[2] - box[0], 0.0), max(box[3] - box[1], 0.0)
    return math.sqrt(height * height + width * width)


def interpolate(track: Track) -> Track:
    """A box on every slice from first to last: each edge linear between its neighbours.

    The new boxes are marked as not drawn; spreads are interpolated likewise. A track of no or one
    slice, or without gaps, comes back equal.
    """
    if len(track) == 0:
        return track
    slices = np.arange(track.slice_indices[0], track.slice_indices[-1] + 1)
    known = track.slice_indices
    boxes = np.stack([np.interp(slices, known, edge) for edge in track.boxes.T], axis=1)
    spread = np.stack([np.interp(slices, known, edge) for edge in track.spread_px.T], axis=1)
    is_drawn = np.isin(slices, known[track.is_drawn])
    return Track(slices, boxes, is_drawn, spread, track.margin)
