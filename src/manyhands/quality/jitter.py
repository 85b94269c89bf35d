"""Boxes moved a little: a mask that then becomes another is not to be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from manyhands.quality.mask_shape import MaskShape
from manyhands.types import IGNORE_LABEL, Consensus, LabelStack, Track

SHARE = 0.06  # of its side by which an edge moves, as careful people's boxes differ


def jitter(consensus: Consensus, picture_shape: tuple[int, int]) -> Consensus:
    """The consensus with every other edge of each box moved in, the others out, by turns.

    Deterministic; boxes stay in the picture of (rows, columns) and keep an extent.
    """
    tracks = tuple(_moved(track, picture_shape) for track in consensus.tracks)
    return replace(consensus, tracks=tracks)


def _moved(track: Track, picture_shape: tuple[int, int]) -> Track:
    sides = np.tile(track.boxes[:, 2:] - track.boxes[:, :2], 2)
    # Whole stretches move alike, as people's do; then the other way.
    turn = np.where((track.slice_indices // 3) % 2 == 0, 1.0, -1.0)[:, None]
    moved = track.boxes + SHARE * sides * turn * np.array([1.0, -1.0, 1.0, -1.0])
    limits = np.array([*picture_shape, *picture_shape], dtype=np.float64)
    moved = np.clip(moved, 0, limits)
    is_valid = (moved[:, :2] < moved[:, 2:]).all(axis=1, keepdims=True)
    return replace(track, boxes=np.where(is_valid, moved, track.boxes))


def with_stability(
    shapes: Mapping[int, MaskShape], labels: LabelStack, moved: LabelStack
) -> dict[int, MaskShape]:
    """The shapes by structure id, with the Dice of their masks in `labels` and in `moved`, the
    labels from boxes that were moved. Without any mask the stability stays unknown.
    """
    n = IGNORE_LABEL + 1  # not all labels of one need be in the other
    common = np.bincount(labels[labels == moved].ravel(), minlength=n)
    sizes = np.bincount(labels.ravel(), minlength=n) + np.bincount(moved.ravel(), minlength=n)
    return {
        s: replace(shape, stability=2 * float(common[s] / sizes[s])) if sizes[s] else shape
        for s, shape in shapes.items()
    }
