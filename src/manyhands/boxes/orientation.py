"""How the pictures that annotators saw lie to our slices: turned, mirrored, scaled, renumbered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from manyhands.types import BoxArray

PictureShape = tuple[int, int]  # rows, columns


@dataclass(frozen=True)
class Orientation:
    """The way from somebody's picture to our slice (radiological, row 0 anterior).

    Turn the picture anticlockwise by `quarter_turns` (as `numpy.rot90` does), then turn it upside
    down if `flip_rows`, then mirror it if `flip_columns`. `first_slice` is the number the pictures
    begin with; with `slice_reversed` their numbers run from the head down.
    """

    quarter_turns: int = 0
    flip_rows: bool = False
    flip_columns: bool = False
    first_slice: int = 0
    slice_reversed: bool = False

    def slice_shape(self, picture_shape: PictureShape) -> PictureShape:
        """Rows and columns of the picture once it is turned; its own inverse."""
        rows, columns = picture_shape
        return (columns, rows) if self.quarter_turns % 2 else (rows, columns)

    def to_slice(self, boxes: BoxArray, picture_shape: PictureShape) -> BoxArray:
        """Boxes (n, 4) of a picture of that shape, as boxes of the turned picture."""
        shape = picture_shape
        for _ in range(self.quarter_turns % 4):
            boxes, shape = _turn(boxes, shape), (shape[1], shape[0])
        return _flip(boxes, shape, self.flip_rows, self.flip_columns)

    def to_picture(self, boxes: BoxArray, picture_shape: PictureShape) -> BoxArray:
        """The inverse of `to_slice`; `picture_shape` is still that of the picture."""
        shape = self.slice_shape(picture_shape)
        boxes = _flip(boxes, shape, self.flip_rows, self.flip_columns)
        for _ in range(-self.quarter_turns % 4):
            boxes, shape = _turn(boxes, shape), (shape[1], shape[0])
        return boxes

    def to_index(self, number: int, n_slices: int | None) -> int:
        """Our slice index of the picture with this number.

        Raises `ValueError` if the order is reversed and the number of slices is not known.
        """
        index = number - self.first_slice
        if not self.slice_reversed:
            return index
        if n_slices is None:
            raise ValueError("reversed slice numbers need the number of slices of each volume")
        return n_slices - 1 - index

    def to_number(self, index: int, n_slices: int) -> int:
        """The inverse of `to_index`."""
        return (n_slices - 1 - index if self.slice_reversed else index) + self.first_slice


def _turn(boxes: BoxArray, shape: PictureShape) -> BoxArray:
    """Boxes after the picture of this shape made a quarter turn anticlockwise."""
    row0, column0, row1, column1 = boxes.T
    return np.stack([shape[1] - column1, row0, shape[1] - column0, row1], axis=1)


def _flip(boxes: BoxArray, shape: PictureShape, rows: bool, columns: bool) -> BoxArray:
    row0, column0, row1, column1 = boxes.T
    if rows:
        row0, row1 = shape[0] - row1, shape[0] - row0
    if columns:
        column0, column1 = shape[1] - column1, shape[1] - column0
    return np.stack([row0, column0, row1, column1], axis=1)
