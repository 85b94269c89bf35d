"""The numerical heart of the cut: total variation with weights, solved for all structures at once.

For each structure `s` a field `x_s` between 0 and 1 is sought that minimises

    sum over s of  ( sum over neighbours of w |x_i - x_j|  -  sum of evidence * x )
    so that  x_a + x_b <= 1  wherever two structures could claim a voxel.

Without the constraint this is the convex relaxation of a graph cut, and its threshold at 1/2 is a
minimum cut (Chan, Esedoglu, Nikolova 2006, doi 10.1137/040615286). It is solved by the primal-dual
method of Chambolle and Pock 2011 (doi 10.1007/s10851-010-0251-1); the constraint has a dual field
of its own, the price of a voxel that two structures want.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numba as nb
import numpy as np
import numpy.typing as npt

from manyhands.types import LogOddsStack, StackArray

DUAL_STEP = 1.0
# 12 bounds the squared norm of the differences in three directions. A price adds at most 2 to it
# for each other structure that wants the voxel; 24 leaves room for six.
PRIMAL_STEP = 1 / 12
PRIMAL_STEP_PRICED = 1 / 24

# Below, threads wait for each other longer than they work, worst where others use the cores too.
VOXELS_WORTH_THREADS = 250_000

Indices = npt.NDArray[np.int64]


@dataclass
class Field:
    """One structure's part of the problem and its state, which a later solve starts from.

    `weights` (3, slices, rows, columns): cost of a boundary between a voxel and the next one along
    each axis; the last entry along the axis is not used.
    """

    evidence: LogOddsStack
    weights: StackArray
    solution: StackArray = field(init=False)
    dual: StackArray = field(init=False)

    def __post_init__(self) -> None:
        self.solution = (self.evidence > 0).astype(np.float32)
        self.dual = np.zeros_like(self.weights)


@dataclass
class Contest:
    """Voxels that fields `first` and `second` could both claim, as flat indices into each."""

    first: int
    second: int
    first_index: Indices
    second_index: Indices
    price: npt.NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        self.price = np.zeros(len(self.first_index), dtype=np.float32)


def solve(
    fields: Sequence[Field],
    contests: Sequence[Contest] = (),
    *,
    iterations: int = 120,
    tolerance: float = 2e-4,
) -> int:
    """Improve `solution` of every field in place; return the number of iterations made.

    Stops when an iteration moves the fields by less than `tolerance` of their sum. Deterministic.
    """
    voxels = max(f.evidence.size for f in fields)
    threads = nb.get_num_threads()
    nb.set_num_threads(threads if voxels >= VOXELS_WORTH_THREADS else 1)
    try:
        return _iterate(fields, contests, iterations, tolerance)
    finally:
        nb.set_num_threads(threads)


def _iterate(
    fields: Sequence[Field], contests: Sequence[Contest], iterations: int, tolerance: float
) -> int:
    step = PRIMAL_STEP_PRICED if contests else PRIMAL_STEP
    ahead = [f.solution.copy() for f in fields]
    pull = [f.evidence.copy() if contests else f.evidence for f in fields]
    done = 0
    while done < iterations:
        done += 1
        if contests:
            for f, p in zip(fields, pull, strict=True):
                np.copyto(p, f.evidence)
            for contest in contests:
                a, b = contest.first, contest.second
                _raise_price(
                    ahead[a].reshape(-1), ahead[b].reshape(-1),
                    contest.first_index, contest.second_index, contest.price,
                    pull[a].reshape(-1), pull[b].reshape(-1),
                )  # fmt: skip
        moved = total = 0.0
        for f, forward, p in zip(fields, ahead, pull, strict=True):
            _ascend(forward, f.dual, f.weights)
            change, mass = _descend(f.solution, forward, f.dual, p, step)
            moved += change
            total += mass
        if moved < tolerance * max(total, 1.0):
            break
    return done


@nb.njit(parallel=True, fastmath=True, cache=True)
def _ascend(x, dual, weights):  # type: ignore[no-untyped-def]
    """Dual step: each face follows the difference across it, held within its weight."""
    slices, rows, columns = x.shape
    for k in nb.prange(slices):
        for r in range(rows):
            for c in range(columns):
                here = x[k, r, c]
                if k + 1 < slices:
                    w = weights[0, k, r, c]
                    q = dual[0, k, r, c] + DUAL_STEP * (x[k + 1, r, c] - here)
                    dual[0, k, r, c] = min(max(q, -w), w)
                if r + 1 < rows:
                    w = weights[1, k, r, c]
                    q = dual[1, k, r, c] + DUAL_STEP * (x[k, r + 1, c] - here)
                    dual[1, k, r, c] = min(max(q, -w), w)
                if c + 1 < columns:
                    w = weights[2, k, r, c]
                    q = dual[2, k, r, c] + DUAL_STEP * (x[k, r, c + 1] - here)
                    dual[2, k, r, c] = min(max(q, -w), w)


@nb.njit(parallel=True, fastmath=True, cache=True)
def _descend(x, ahead, dual, pull, step):  # type: ignore[no-untyped-def]
    """Primal step and over-relaxation; returns how far the field moved, and its sum."""
    slices, rows, columns = x.shape
    moved = np.zeros(slices)
    total = np.zeros(slices)
    for k in nb.prange(slices):
        slice_moved = 0.0
        slice_total = 0.0
        for r in range(rows):
            for c in range(columns):
                flow = dual[0, k, r, c] + dual[1, k, r, c] + dual[2, k, r, c]
                if k > 0:
                    flow -= dual[0, k - 1, r, c]
                if r > 0:
                    flow -= dual[1, k, r - 1, c]
                if c > 0:
                    flow -= dual[2, k, r, c - 1]
                old = x[k, r, c]
                new = min(max(old + step * (flow + pull[k, r, c]), 0.0), 1.0)
                slice_moved += abs(new - old)
                slice_total += new
                x[k, r, c] = new
                ahead[k, r, c] = 2 * new - old
        moved[k] = slice_moved
        total[k] = slice_total
    return moved.sum(), total.sum()


@nb.njit(fastmath=True, cache=True)
def _raise_price(a, b, a_index, b_index, price, a_pull, b_pull):  # type: ignore[no-untyped-def]
    """A voxel wanted by two gets dearer for both, one wanted by neither cheaper, down to zero."""
    for n in range(len(price)):
        i = a_index[n]
        j = b_index[n]
        cost = max(price[n] + DUAL_STEP * (a[i] + b[j] - 1.0), 0.0)
        price[n] = cost
        a_pull[i] -= cost
        b_pull[j] -= cost
