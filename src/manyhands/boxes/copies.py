"""When the boxes of two people are one person's boxes."""

from __future__ import annotations

import numpy as np

from manyhands.types import BoxArray, MaskArray, Origin

BY_HAND = frozenset({Origin.DRAWN, Origin.EDITED, Origin.IMPORTED, Origin.SIMULATED})
"""Boxes that two people, or one on two slices, hardly give alike. Whoever accepts a proposal has
the same as others who do."""

SAME_PX = 1e-3  # files keep six digits

# Two careful hands that box to the pixel, each edge within one of the truth, meet on all four edges
# of one box in 81; on four boxes, and half of all that both drew, they do not. Who copied half has
# two votes on that half: it is not fewer because the rest is their own.
FEWEST_COPIED = 4
COPIED_SHARE = 0.5


def are_same(first: BoxArray, second: BoxArray) -> MaskArray:
    """(n,): which boxes of `first` (n, 4) are those of `second` (n, 4)?"""
    return np.asarray(np.abs(first - second).max(axis=1, initial=0) < SAME_PX)


def are_copies(same: MaskArray) -> bool:
    """Of the slices that two people both boxed by hand, is the box the `same` (n,) on too many?"""
    return bool(same.sum() >= FEWEST_COPIED and same.mean() >= COPIED_SHARE)
