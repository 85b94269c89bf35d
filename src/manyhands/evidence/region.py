"""The part of a volume around one structure's boxes, and where each voxel lies in its box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numba as nb
import numpy as np
import numpy.typing as npt

from manyhands.types import MaskStack, Shape3, Spacing, StackArray

CELLS = 21
"""A box is seen as CELLS x CELLS cells, so that boxes of different size can be compared."""
RING = 1.5
"""Background is learned up to this many half sides from the centre of a box."""

FAR, RING_ZONE, INSIDE = 0, 1, 2

OUTSIDE = -60.0
"""Log-odds where a structure cannot be."""

Zones = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BoxOnSlice:
    """One box: its slice, the track it belongs to, its edges (row0, column0, row1, column1).

    `margin_px` (4,) is how far beyond each edge the structure may reach.
    """

    slice_index: int
    piece: int
    edges: FloatArray
    margin_px: FloatArray = field(default_factory=lambda: np.zeros(4))

    def reach(self, picture_shape: tuple[int, ...]) -> tuple[slice, slice]:
        """The pixels whose centres lie within the box and its margin."""
        low = np.ceil(self.edges[:2] - self.margin_px[:2] - 0.5)
        high = np.ceil(self.edges[2:] + self.margin_px[2:] - 0.5)
        (row0, column0), (row1, column1) = (
            np.clip(corner, 0, picture_shape).astype(int).tolist() for corner in (low, high)
        )
        return slice(row0, row1), slice(column0, column1)


@dataclass(frozen=True)
class Region:
    """A crop (slices, rows, columns) around all boxes of one structure.

    `image` is scaled to 0..1. `boxes` are in the crop's own pixels. Every voxel has a `zone`:
    INSIDE a box, in the RING around it, surely background, or FAR. `cell` numbers the box's cells
    (-1 outside), `radius` is the elliptical distance from the box's centre, 1 where the ellipse
    touches the box. `allowed` is the inside of the boxes that people drew, and their margin: where
    `boxes` have been tightened since, the structure may still prove to be larger.
    """

    offset: Shape3
    image: StackArray
    spacing_mm: Spacing
    boxes: tuple[BoxOnSlice, ...]
    zone: Zones
    cell: npt.NDArray[np.int16]
    radius: StackArray
    allowed: MaskStack

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """Where the crop lies in the stack it was cut from."""
        k, r, c = (slice(o, o + n) for o, n in zip(self.offset, self.image.shape, strict=True))
        return (k, r, c)

    @property
    def inside(self) -> MaskStack:
        return np.asarray(self.zone == INSIDE)

    @property
    def side_mm(self) -> float:
        """Median over the boxes of their longer side."""
        row_mm, column_mm = self.spacing_mm[1:]
        sides = [
            max((b.edges[2] - b.edges[0]) * row_mm, (b.edges[3] - b.edges[1]) * column_mm)
            for b in self.boxes
        ]
        return float(np.median(sides))

    def with_boxes(self, boxes: Sequence[BoxOnSlice]) -> Region:
        """The same crop with other boxes, which are in its own pixels."""
        new = self.tightened(boxes)
        allowed = new.inside
        for box in boxes:
            if box.margin_px.any():
                rows, columns = box.reach(self.image.shape[1:])
                allowed[box.slice_index, rows, columns] = True
        return replace(new, allowed=allowed)

    def tightened(self, boxes: Sequence[BoxOnSlice]) -> Region:
        """The same crop, the boxes moved towards a mask; what is `allowed` stays."""
        zone, cell, radius = _describe(self.image.shape, boxes)
        return replace(self, boxes=tuple(boxes), zone=zone, cell=cell, radius=radius)

    def to_own(self, boxes: Sequence[BoxOnSlice]) -> tuple[BoxOnSlice, ...]:
        """Boxes of the stack in this crop's own slices and pixels."""
        k, r, c = self.offset
        shift = np.array([r, c, r, c], dtype=np.float64)
        return tuple(
            replace(box, slice_index=box.slice_index - k, edges=box.edges - shift) for box in boxes
        )

    def holds(self, boxes: Sequence[BoxOnSlice]) -> bool:
        """Whether boxes, in the crop's own pixels, all lie within it."""
        slices, rows, columns = self.image.shape
        return all(
            0 <= box.slice_index < slices
            and (box.edges[:2] >= 0).all()
            and (box.edges[2:] <= (rows, columns)).all()
            for box in boxes
        )


def cut_region(
    stack: StackArray, boxes: Sequence[BoxOnSlice], spacing_mm: Spacing, *, margin: float = 0.25
) -> Region:
    """Cut the crop around `boxes` (in pixels of `stack`), a share `margin` of their size larger."""
    edges = np.array([box.edges for box in boxes])
    sizes = (edges[:, 2:] - edges[:, :2]).max(axis=0)
    reach = np.maximum(4, np.ceil(margin * sizes))
    low = np.maximum(np.floor(edges[:, :2].min(axis=0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(edges[:, 2:].max(axis=0) + reach), stack.shape[1:]).astype(int)
    first = min(box.slice_index for box in boxes)
    last = max(box.slice_index for box in boxes)
    image = np.ascontiguousarray(
        stack[first : last + 1, low[0] : high[0], low[1] : high[1]], dtype=np.float32
    )
    offset = (first, int(low[0]), int(low[1]))
    nothing = np.zeros((0, 0, 0))
    bare = Region(
        offset,
        image,
        spacing_mm,
        (),
        nothing.astype(np.uint8),
        nothing.astype(np.int16),
        nothing.astype(np.float32),
        nothing.astype(np.bool_),
    )
    return bare.with_boxes(bare.to_own(boxes))


def _describe(
    shape: tuple[int, ...], boxes: Sequence[BoxOnSlice]
) -> tuple[Zones, npt.NDArray[np.int16], StackArray]:
    zone = np.full(shape, FAR, dtype=np.uint8)
    cell = np.full(shape, -1, dtype=np.int16)
    radius = np.full(shape, 9.0, dtype=np.float32)
    for box in boxes:
        k = box.slice_index
        _place_box(box.edges, zone[k], cell[k], radius[k])
    return zone, cell, radius


@nb.njit(cache=True)
def _place_box(edges, zone, cell, radius):  # type: ignore[no-untyped-def]
    """Enter one box into a slice; where boxes overlap a voxel belongs to the nearer centre."""
    row0, column0, row1, column1 = edges
    half_rows, half_columns = max((row1 - row0) / 2, 0.5), max((column1 - column0) / 2, 0.5)
    rows, columns = zone.shape
    for r in range(rows):
        v = (r + 0.5 - (row0 + row1) / 2) / half_rows
        if abs(v) >= RING:
            continue
        for c in range(columns):
            u = (c + 0.5 - (column0 + column1) / 2) / half_columns
            if abs(u) >= RING:
                continue
            distance = np.sqrt(u * u + v * v)
            if max(abs(u), abs(v)) > 1:
                if zone[r, c] < RING_ZONE:
                    zone[r, c] = RING_ZONE
                if zone[r, c] == RING_ZONE and distance < radius[r, c]:
                    radius[r, c] = distance
            elif zone[r, c] < INSIDE or distance < radius[r, c]:
                zone[r, c] = INSIDE
                radius[r, c] = distance
                row_cell = min(int((v + 1) / 2 * CELLS), CELLS - 1)
                column_cell = min(int((u + 1) / 2 * CELLS), CELLS - 1)
                cell[r, c] = row_cell * CELLS + column_cell
