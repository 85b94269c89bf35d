"""Large pictures are fitted on block means and the masks brought back: faster, and less noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import OUTWARD
from manyhands.boxes.margin import find_margin_px
from manyhands.evidence import prepare
from manyhands.evidence.region import BoxOnSlice, Region, cut_region
from manyhands.geometry import to_stack
from manyhands.types import Consensus, Shape3, Spacing, StackArray, Volume

PIXEL_MM = 1.5
"""Pixels are joined to blocks of about this size; finer detail is below what boxes can settle."""


@dataclass(frozen=True)
class WorkingImage:
    """A volume as it is fitted: `image` (slices, rows, columns), 0..1, of blocks of pixels."""

    image: StackArray
    spacing_mm: Spacing
    block: int

    def boxes_of(self, consensus: Consensus) -> list[BoxOnSlice]:
        """All boxes of one structure, in this image's pixels.

        They are larger by half of their margin, as far as the picture goes; the other half only a
        judge can take.
        """
        ends = np.tile(self.image.shape[1:], 2)
        found: list[BoxOnSlice] = []
        for piece, track in enumerate(consensus.tracks):
            half_px = find_margin_px(track) / 2 / self.block
            boxes = np.clip(track.boxes / self.block + OUTWARD * half_px, 0, ends)
            rows = zip(track.slice_indices, boxes, half_px, strict=True)
            found += [BoxOnSlice(int(k), piece, edges, margin) for k, edges, margin in rows]
        return found

    def cut_region(self, consensus: Consensus) -> Region:
        """The crop around the boxes of one structure, which must have some."""
        return cut_region(self.image, self.boxes_of(consensus), self.spacing_mm)


def prepare_image(volume: Volume) -> WorkingImage:
    """Join the pixels of a volume to blocks and scale its intensities."""
    k_mm, row_mm, column_mm = volume.grid.stack_spacing_mm
    block = block_size((k_mm, row_mm, column_mm))
    spacing_mm = (k_mm, row_mm * block, column_mm * block)
    blocks = block_means(to_stack(volume.data), block)
    return WorkingImage(prepare(blocks, volume.modality, spacing_mm), spacing_mm, block)


def block_size(spacing_mm: Spacing) -> int:
    """How many pixels, along row and column, become one."""
    return max(1, round(PIXEL_MM / max(spacing_mm[1:])))


def block_means(stack: StackArray, size: int) -> StackArray:
    """Means of `size` x `size` blocks of each picture; a last part block repeats its neighbour."""
    if size == 1:
        return np.array(stack, dtype=np.float32, order="C")
    missing = [max(size - n, 0) for n in stack.shape[1:]]
    if any(missing):
        stack = np.pad(stack, ((0, 0), (0, missing[0]), (0, missing[1])), mode="edge")
    slices, rows, columns = stack.shape
    full = stack[:, : rows // size * size, : columns // size * size]
    means = np.empty((slices, -(-rows // size), -(-columns // size)), dtype=np.float32)
    total = sum(
        full[:, a::size, b::size].astype(np.float32) for a in range(size) for b in range(size)
    )
    means[:, : rows // size, : columns // size] = np.asarray(total) / size**2
    if rows % size:
        means[:, -1] = means[:, rows // size - 1]
    if columns % size:
        means[:, :, -1] = means[:, :, columns // size - 1]
    return means


def restore(
    values: npt.NDArray[np.float32], size: int, offset: Shape3, full_shape: Shape3
) -> tuple[tuple[slice, slice, slice], npt.NDArray[np.float32]]:
    """A crop of the block grid, linearly interpolated to pixels, and where it belongs."""
    k, r, c = (o * s for o, s in zip(offset, (1, size, size), strict=True))
    if size > 1:
        values = _enlarged(_enlarged(values, size, 1), size, 2)
    rows, columns = min(values.shape[1], full_shape[1] - r), min(values.shape[2], full_shape[2] - c)
    where = (slice(k, k + len(values)), slice(r, r + rows), slice(c, c + columns))
    return where, values[:, :rows, :columns]


def _enlarged(values: npt.NDArray[np.float32], size: int, axis: int) -> npt.NDArray[np.float32]:
    """Each block becomes `size` pixels along an axis, linear between the centres of blocks.

    What `scipy.ndimage.zoom` does of order 1 in grid mode, at a fifth of its time.
    """
    blocks = values.shape[axis]
    centre = (np.arange(blocks * size, dtype=np.float32) + 0.5) / size - 0.5
    before = np.floor(centre).astype(np.int64)
    share = (centre - before).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(3)])
    low, high = (
        values.take(np.clip(index, 0, blocks - 1), axis=axis) for index in (before, before + 1)
    )
    high -= low
    high *= share
    high += low
    return high
