"""YOLO text files: a line per box, `class x_centre y_centre width height` in shares of 1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from manyhands.boxes.orientation import PictureShape
from manyhands.types import BoxArray, Finding, Place, Severity

WHOLE_PX = 1e-6  # an edge this near to a whole voxel is meant to be one
GUESS_PX = 0.01  # six written decimals put an edge of a 4096 picture off by 0.002 px
MIN_EDGES = 8  # fewer different edges do not tell the size of a picture
LARGEST_PICTURE = 4096


class YoloLine(NamedTuple):
    """One line as it stands: x0, y0, x1, y1 are shares of the picture's width and height."""

    number: int
    class_id: int
    x0: float
    y0: float
    x1: float
    y1: float


def parse_yolo(text: str, *, name: str) -> tuple[list[YoloLine], list[Finding]]:
    """The boxes of one file and a finding per line that is none, named `name:line`.

    LF and CRLF, blank lines and spaces at the end are all right. No text gives no lines.
    """
    lines: list[YoloLine] = []
    findings: list[Finding] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        parsed = _parse_words(number, words)
        if parsed is None:
            findings.append(_malformed(f"{name}:{number}", line))
        else:
            lines.append(parsed)
    return lines, findings


def _parse_words(number: int, words: list[str]) -> YoloLine | None:
    if len(words) != 5:
        return None
    try:
        class_id = int(words[0])
        x, y, width, height = (float(word) for word in words[1:])
    except ValueError:
        return None
    if class_id < 0 or not np.isfinite([x, y, width, height]).all():
        return None
    half_x, half_y = width / 2, height / 2
    return YoloLine(number, class_id, x - half_x, y - half_y, x + half_x, y + half_y)


def _malformed(place: str, line: str) -> Finding:
    return Finding(
        "box-line-malformed",
        Severity.ERROR,
        f"expected 'class x_centre y_centre width height' (a whole number from 0 and four "
        f"numbers), found '{line.strip()[:60]}'",
        "Correct the line, or delete it and draw the box again.",
        Place(file=place),
    )


def to_boxes(lines: Iterable[YoloLine], picture_shape: PictureShape) -> BoxArray:
    """Lines as boxes (n, 4) in pixels of their picture; edges on whole pixels become exact."""
    rows, columns = picture_shape
    shares = np.array([(p.y0, p.x0, p.y1, p.x1) for p in lines], dtype=np.float64).reshape(-1, 4)
    edges = shares * (rows, columns, rows, columns)
    whole = np.round(edges)
    return np.where(np.abs(edges - whole) < WHOLE_PX, whole, edges)


def format_yolo(boxes_by_class: Mapping[int, BoxArray], picture_shape: PictureShape) -> str:
    """The text of one file: boxes (n, 4) in pixels of the picture, per class id."""
    rows, columns = picture_shape
    lines = []
    for class_id, boxes in sorted(boxes_by_class.items()):
        for row0, column0, row1, column1 in boxes.tolist():
            numbers = (
                (column0 + column1) / 2 / columns,
                (row0 + row1) / 2 / rows,
                (column1 - column0) / columns,
                (row1 - row0) / rows,
            )
            lines.append(" ".join([str(class_id), *map(repr, numbers)]) + "\n")
    return "".join(lines)


def guess_picture_shape(lines: Iterable[YoloLine]) -> PictureShape | None:
    """The smallest picture (rows, columns) on whose pixels all edges lie, None if there is none.

    Tools write whole pixels as shares, so that all edges are multiples of 1 / width. Too few
    different edges to tell give None.
    """
    lines = list(lines)
    rows = _guess_grid([edge for line in lines for edge in (line.y0, line.y1)])
    columns = _guess_grid([edge for line in lines for edge in (line.x0, line.x1)])
    return None if rows is None or columns is None else (rows, columns)


def _guess_grid(edges: list[float]) -> int | None:
    different = np.unique(np.round(edges, 9))
    if len(different) < MIN_EDGES:
        return None
    for size in range(MIN_EDGES, LARGEST_PICTURE + 1):
        pixels = different * size
        if (np.abs(pixels - np.round(pixels)) < GUESS_PX).all():
            return size
    return None
