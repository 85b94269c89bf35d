"""How well the boxes of any two people lie on each other, slice by slice."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from manyhands.boxes.arithmetic import iou_matrix
from manyhands.boxes.tracks import interpolate, link
from manyhands.types import BoxArray

Votes = Mapping[str, Mapping[int, BoxArray]]
"""By annotator and slice: boxes (n, 4), or (0, 4) for *absent*."""

PairwiseIou = Mapping[tuple[str, str], float]
"""By two annotators' ids in alphabetical order: mean IoU, 0 to 1, of their tracks."""


def pairwise_iou(votes: Votes) -> PairwiseIou:
    """Mean IoU of the tracks of any two annotators, over the slices on which both have boxes.

    Each annotator's boxes are interpolated between the slices they drew on, so that people who
    answered different slices can be compared. Of several boxes on a slice each counts with the one
    that fits best. Two who never boxed a common slice are not in it, and nobody is for one
    annotator alone.
    """
    tracks = {annotator: _every_slice(votes[annotator]) for annotator in sorted(votes)}
    overlaps = {}
    for first, second in combinations(tracks, 2):
        common = tracks[first].keys() & tracks[second].keys()
        if common:
            of_slices = [_best_fit(tracks[first][k], tracks[second][k]) for k in sorted(common)]
            overlaps[first, second] = float(np.mean(of_slices))
    return overlaps


def _every_slice(drawn: Mapping[int, BoxArray]) -> dict[int, BoxArray]:
    """The boxes of one annotator, also on slices between drawn ones unless called absent."""
    tracks = link({index: boxes for index, boxes in drawn.items() if len(boxes)})
    boxes_by_slice: dict[int, list[BoxArray]] = {}
    for track in map(interpolate, tracks):
        for index, box in zip(track.slice_indices.tolist(), track.boxes, strict=True):
            if index not in drawn or len(drawn[index]):
                boxes_by_slice.setdefault(index, []).append(box)
    return {index: np.array(boxes) for index, boxes in boxes_by_slice.items()}


def _best_fit(first: BoxArray, second: BoxArray) -> float:
    """IoU of each box with the one of the other side that fits best, the mean of both sides."""
    overlap = iou_matrix(first, second)
    return float(overlap.max(axis=0).mean() + overlap.max(axis=1).mean()) / 2
