"""Which slices of a volume are asked for when not every slice is."""

from __future__ import annotations


def asked_slices(n_slices: int, stride: int) -> tuple[int, ...]:
    """Every `stride`-th slice, and the last: no two neighbours are more than `stride` apart.

    On top of these, annotators mark the first and last slice of the structure, wherever it is.
    """
    return tuple(sorted({*range(0, n_slices, stride), n_slices - 1})) if n_slices else ()
