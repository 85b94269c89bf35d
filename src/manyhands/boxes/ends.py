"""How a run of boxes ends: where the organ tapers off, or where somebody stopped."""

from __future__ import annotations

import numpy as np

from manyhands.boxes.arithmetic import area
from manyhands.types import BoxArray, MaskArray

# On 12 MR training volumes and boxes simulated after real ones, 2 to 7 % of the true ends of four
# organs were larger than this share of the largest box, and 77 to 98 % of those where somebody had
# stopped. A vessel always ends so.
ABRUPT_SHARE = 0.7

# Who stops lacks 15 % of the slices or more (Kulkarni et al. 2024, arXiv 2403.15218); who goes too
# far does so by a slice or two, with boxes no larger than the organ's end. With a share of .4 or .6
# the consensus on the training volumes was as good; with .15 of the slices it was worse.
LACKING_SHARE = 0.25
FEWEST_SLICES = 2
LARGE_SHARE = 0.5
WINDOW = 3  # slices of a median: one box in a wrong place is not the largest


def is_abrupt(last: BoxArray, agreed: BoxArray) -> bool:
    """Is somebody's `last` box (4,) nearly as large as the largest of those that all agree on?

    `agreed` (n, 4) are in the order of slices. Raises `ValueError` where there are none.
    """
    return bool(area(last[None])[0] > ABRUPT_SHARE * _largest_px(agreed))


def is_cut_short(agreed: BoxArray, is_beyond: MaskArray) -> bool:
    """Is so much of what all agree on `is_beyond` (n,) somebody's last box that they stopped there?

    It is where a quarter of the slices, and two, are lacking, with boxes half as large as the
    largest. `agreed` (n, 4) are in the order of slices. Raises `ValueError` where there are none.
    """
    if len(agreed) > 0 and is_beyond.sum() < max(FEWEST_SLICES, LACKING_SHARE * len(agreed)):
        return False
    largest_px = _largest_px(agreed)
    lacking = np.sort(area(agreed[is_beyond]))
    return bool(lacking[-FEWEST_SLICES] > LARGE_SHARE * largest_px)


def _largest_px(boxes: BoxArray) -> float:
    if len(boxes) == 0:
        raise ValueError("expected one agreed box at least, found none")
    areas = area(boxes)
    if len(areas) >= WINDOW:
        areas = np.median(np.lib.stride_tricks.sliding_window_view(areas, WINDOW), axis=1)
    return float(areas.max())
