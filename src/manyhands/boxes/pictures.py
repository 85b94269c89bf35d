"""Boxes as somebody drew them on one picture, cleaned and brought to our slices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import area, clip, sides
from manyhands.boxes.orientation import Orientation, PictureShape
from manyhands.types import BoxArray, Finding, MaskArray, Place, Severity

MIN_SIDE_PX = 2.0  # a slipped click leaves a box that small
LEFT_OUT = "It was left out."
ROUNDING_PX = 1e-6  # an edge that lies outside by less is not worth a word


@dataclass(frozen=True)
class Picture:
    """One file as read: boxes (n, 4) in pixels of the picture, label and place (file:line) of each.

    A label is a class's name, or its id where the name is not known.
    """

    labels: tuple[str | int, ...]
    places: tuple[str, ...]
    boxes: BoxArray
    shape: PictureShape


def clean(picture: Picture) -> tuple[Picture, list[Finding]]:
    """Clip boxes to the picture; drop those outside, without extent, under 2 px, or there twice.

    Findings: `box-outside` and `box-without-extent` are errors, `box-too-small`, `box-duplicate`
    and `box-clipped` warnings.
    """
    clipped = clip(picture.boxes, picture.shape)
    is_changed = (np.abs(clipped - picture.boxes) > ROUNDING_PX).any(axis=1)
    is_outside = is_changed & (area(clipped) == 0) & (area(picture.boxes) > 0)
    is_void = np.asarray((sides(picture.boxes) <= 0).any(axis=1))
    is_small = (sides(clipped) < MIN_SIDE_PX).any(axis=1) & ~is_outside & ~is_void
    is_twice = _is_twice(picture.labels, picture.boxes) & ~is_outside & ~is_void & ~is_small
    is_dropped = is_outside | is_void | is_small | is_twice
    rows, columns = picture.shape
    findings = [
        *_findings(picture, is_outside, "box-outside", "lies outside", LEFT_OUT, Severity.ERROR),
        *_findings(
            picture, is_void, "box-without-extent", "has no extent on", LEFT_OUT, Severity.ERROR
        ),
        *_findings(picture, is_small, "box-too-small", "is under 2 px on", LEFT_OUT),
        *_findings(picture, is_twice, "box-duplicate", "is there twice on", "It was taken once."),
        *_findings(
            picture,
            is_changed & ~is_dropped,
            "box-clipped",
            "reaches beyond",
            f"It was cut off at {rows} x {columns}; is the size of the pictures right?",
        ),
    ]
    return _keep(picture, clipped, ~is_dropped), findings


def _is_twice(labels: tuple[str | int, ...], boxes: BoxArray) -> MaskArray:
    """(n,): is there an equal box of the same class further up?"""
    seen: set[tuple[str | int, bytes]] = set()
    repeated = []
    for name, box in zip(labels, boxes, strict=True):
        key = (name, box.tobytes())
        repeated.append(key in seen)
        seen.add(key)
    return np.array(repeated, dtype=np.bool_)


def _findings(
    picture: Picture,
    which: MaskArray,
    code: str,
    what: str,
    outcome: str,
    severity: Severity = Severity.WARNING,
) -> list[Finding]:
    size = "{} rows, {} columns".format(*picture.shape)
    return [
        Finding(
            code,
            severity,
            f"box {_in_words(picture.boxes[n])} {what} the picture of {size}",
            outcome,
            Place(file=picture.places[n]),
        )
        for n in np.flatnonzero(which)
    ]


def _in_words(box: npt.NDArray[np.float64]) -> str:
    row0, column0, row1, column1 = box
    return f"rows {row0:g} to {row1:g}, columns {column0:g} to {column1:g}"


def _keep(picture: Picture, boxes: BoxArray, which: MaskArray) -> Picture:
    numbers = np.flatnonzero(which)
    return Picture(
        tuple(picture.labels[n] for n in numbers),
        tuple(picture.places[n] for n in numbers),
        boxes[which],
        picture.shape,
    )


def to_slice(picture: Picture, orientation: Orientation, slice_shape: PictureShape) -> BoxArray:
    """The picture's boxes in our frame, scaled to a slice of (rows, columns)."""
    turned = orientation.to_slice(picture.boxes, picture.shape)
    rows, columns = orientation.slice_shape(picture.shape)
    if (rows, columns) == slice_shape:
        return turned
    down, right = slice_shape[0] / rows, slice_shape[1] / columns
    return turned * (down, right, down, right)
