"""Tracks: the boxes of one connected piece of a structure, linked over slices and filled in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from manyhands.boxes.arithmetic import centres, iou_matrix, is_valid, sides
from manyhands.types import BoxArray, Track

REACH = 0.5
"""Two boxes can follow one another when their centres lie within this share of the larger one's
diagonal, even if they no longer meet: on 7.7 mm slices small pieces step aside by that much."""


def make_track(
    slice_indices: npt.ArrayLike,
    boxes: npt.ArrayLike,
    *,
    is_drawn: npt.ArrayLike | None = None,
    spread_px: npt.ArrayLike | float = 0.0,
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
    return Track(slices, rows, drawn, spread)


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
    found: list[tuple[list[int], list[npt.NDArray[np.float64]]]] = []
    for slice_index in sorted(boxes_by_slice):
        boxes = np.asarray(boxes_by_slice[slice_index], dtype=np.float64).reshape(-1, 4)
        boxes = boxes[np.lexsort(boxes.T[::-1])]
        alive = [t for t in found if max_gap is None or slice_index - t[0][-1] - 1 <= max_gap]
        partners = _assign(np.array([t[1][-1] for t in alive]).reshape(-1, 4), boxes)
        for number, box in enumerate(boxes):
            if number in partners:
                slices, rows = alive[partners[number]]
            else:
                slices, rows = [], []
                found.append((slices, rows))
            slices.append(slice_index)
            rows.append(box)
    return tuple(make_track(slices, np.array(rows)) for slices, rows in found)


def _assign(last: BoxArray, boxes: BoxArray) -> dict[int, int]:
    """Which of the last boxes (t, 4) each of the boxes (n, 4) follows, where one is in reach."""
    if len(last) == 0 or len(boxes) == 0:
        return {}
    overlap = iou_matrix(last, boxes)
    distance = np.linalg.norm(centres(last)[:, None] - centres(boxes)[None], axis=2)
    diagonal = np.maximum(
        np.linalg.norm(sides(last), axis=1)[:, None], np.linalg.norm(sides(boxes), axis=1)[None]
    )
    nearness = 1.0 - distance / (diagonal * REACH)
    # A pair out of reach is worth nothing, so the assignment gains by any pair within.
    worth = np.where((overlap > 0) | (nearness > 0), 1.0 + overlap + np.maximum(nearness, 0.0), 0.0)
    tracks, numbers = linear_sum_assignment(worth, maximize=True)
    return {int(n): int(t) for t, n in zip(tracks, numbers, strict=True) if worth[t, n] > 0}


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
    return Track(slices, boxes, is_drawn, spread)
