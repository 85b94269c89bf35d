"""Large pictures are fitted on block means and the masks brought back: faster, and less noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

from manyhands.types import Shape3, Spacing, StackArray

PIXEL_MM = 1.5
"""Pixels are joined to blocks of about this size; finer detail is below what boxes can settle."""


def block_size(spacing_mm: Spacing) -> int:
    """How many pixels, along row and column, become one."""
    return max(1, round(PIXEL_MM / max(spacing_mm[1:])))


def block_means(stack: StackArray, size: int) -> StackArray:
    """Means of `size` x `size` blocks of each picture; a last part block repeats its neighbour."""
    if size == 1:
        return np.array(stack, dtype=np.float32, order="C")
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
        values = ndi.zoom(values, (1, size, size), order=1, mode="nearest", grid_mode=True)
    rows, columns = min(values.shape[1], full_shape[1] - r), min(values.shape[2], full_shape[2] - c)
    where = (slice(k, k + len(values)), slice(r, r + rows), slice(c, c + columns))
    return where, values[:, :rows, :columns]
