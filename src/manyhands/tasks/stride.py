"""Which slices of a volume are asked for when not every slice is."""

from __future__ import annotations

from manyhands.config import Asking
from manyhands.tasks.overlap import Decision

LEAST_BEFORE = 2  # one alone is no disagreement


def asked_slices(n_slices: int, stride: int) -> tuple[int, ...]:
    """Every `stride`-th slice, and the last: no two neighbours are more than `stride` apart.

    On top of these, annotators mark the first and last slice of the structure, wherever it is.
    """
    return tuple(sorted({*range(0, n_slices, stride), n_slices - 1})) if n_slices else ()


def next_stride(decision: Decision, n_before: int, *, asking: Asking, stride: int) -> int:
    """The stride at which the next person is asked, in a study of that `stride`.

    Of `n_before` people who were asked at the study's own. Who is asked only because these disagree
    settles that with fewer slices; who is to look where nobody did, or was asked for by a lead,
    looks everywhere.
    """
    if not decision.is_disputed or n_before < max(asking.first_annotators, LEAST_BEFORE):
        return stride
    return max(stride, asking.later_stride)
