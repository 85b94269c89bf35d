"""Which slices of a volume are asked for when not every slice is."""

from __future__ import annotations

from manyhands.config import Asking

LEAST_BEFORE = 2
"""Who only confirms one other person looks at as much as that one."""


def asked_slices(n_slices: int, stride: int) -> tuple[int, ...]:
    """Every `stride`-th slice, and the last: no two neighbours are more than `stride` apart.

    On top of these, annotators mark the first and last slice of the structure, wherever it is.
    """
    return tuple(sorted({*range(0, n_slices, stride), n_slices - 1})) if n_slices else ()


def stride_after(n_before: int, *, asking: Asking, stride: int) -> int:
    """The stride at which somebody is asked about a subject that `n_before` others were asked of.

    `stride` is the study's, which the first people have. Those who come later are asked because it
    is doubtful, and settle that with fewer slices.
    """
    if n_before < max(asking.first_annotators, LEAST_BEFORE):
        return stride
    return max(stride, asking.later_stride)
