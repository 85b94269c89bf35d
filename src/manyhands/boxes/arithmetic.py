"""Arithmetic of boxes: arrays (n, 4) of row0, column0, row1, column1, half-open, in voxels.

A box is *valid* when it is finite and has a height and a width above zero. No box at all is an
array (0, 4); every function takes it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from manyhands.types import Box, BoxArray, MaskArray, Origin

FloatArray = npt.NDArray[np.float64]

OUTWARD = np.array([-1.0, -1.0, 1.0, 1.0])
"""Times a distance: how each edge moves where a box becomes larger."""


def no_boxes() -> BoxArray:
    """The array (0, 4) of no box at all."""
    return np.empty((0, 4), dtype=np.float64)


def to_array(boxes: Iterable[Box]) -> BoxArray:
    """Boxes as an array (n, 4); their origins are left behind."""
    return np.array([box.as_row() for box in boxes], dtype=np.float64).reshape(-1, 4)


def from_array(boxes: BoxArray, origin: Origin) -> tuple[Box, ...]:
    """The lines of an array (n, 4) as boxes of one origin."""
    return tuple(Box(r0, c0, r1, c1, origin) for r0, c0, r1, c1 in boxes.tolist())


def is_valid(boxes: BoxArray) -> MaskArray:
    """(n,): is each box finite, with a height and a width above zero?"""
    finite = np.isfinite(boxes).all(axis=1)
    return np.asarray(finite & (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]))


def sides(boxes: BoxArray) -> FloatArray:
    """Height and width of each box, (n, 2); never below zero."""
    return np.maximum(boxes[:, 2:] - boxes[:, :2], 0.0)


def centres(boxes: BoxArray) -> FloatArray:
    """Row and column of each centre, (n, 2)."""
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2)


def area(boxes: BoxArray) -> FloatArray:
    """Area of each box in voxels, (n,); 0 for a box that is not valid but finite."""
    height, width = sides(boxes).T
    return np.asarray(height * width)


def intersection(first: BoxArray, second: BoxArray) -> BoxArray:
    """Common part of each pair of boxes, (n, 4) and (n, 4) -> (n, 4).

    Boxes that do not meet give a box of area 0 (not a valid one) between them.
    """
    low = np.maximum(first[:, :2], second[:, :2])
    high = np.minimum(first[:, 2:], second[:, 2:])
    return np.concatenate([low, np.maximum(low, high)], axis=1)


def hull(boxes: BoxArray) -> FloatArray:
    """The smallest box (4,) around all of them. Raises `ValueError` for no boxes."""
    if len(boxes) == 0:
        raise ValueError("the hull of no boxes is not defined: expected an array (n, 4), n >= 1")
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def clip(boxes: BoxArray, picture_shape: tuple[int, int]) -> BoxArray:
    """The part of each box within a picture of (rows, columns); area 0 for a box outside."""
    limits = np.array([*picture_shape, *picture_shape], dtype=np.float64)
    return np.clip(boxes, 0.0, limits)


def iou(first: BoxArray, second: BoxArray) -> FloatArray:
    """Intersection over union of each pair, (n, 4) and (n, 4) -> (n,).

    A box without area shares nothing: its IoU is 0, also with itself.
    """
    low = np.maximum(first[:, :2], second[:, :2])
    high = np.minimum(first[:, 2:], second[:, 2:])
    common = area(np.concatenate([low, high], axis=1))
    union = area(first) + area(second) - common
    return np.divide(common, union, out=np.zeros_like(common), where=common > 0)


def iou_matrix(first: BoxArray, second: BoxArray) -> FloatArray:
    """Intersection over union of all with all, (n, 4) and (m, 4) -> (n, m)."""
    n, m = len(first), len(second)
    return iou(np.repeat(first, m, axis=0), np.tile(second, (n, 1))).reshape(n, m)


def box_of_mask(mask: MaskArray) -> BoxArray:
    """The box around the true pixels of a picture (row, column): (1, 4), or (0, 4) if none is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return no_boxes()
    return np.array([[rows[0], columns[0], rows[-1] + 1, columns[-1] + 1]], dtype=np.float64)
