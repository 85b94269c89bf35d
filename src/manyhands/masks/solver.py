"""The numerical heart of the cut: total variation with weights, solved for all structures at once.

For each structure `s` a field `x_s` between 0 and 1 is sought that minimises

    sum over s of  ( sum over neighbours of w |x_i - x_j|  -  sum of evidence * x )
    so that  the sum of x_s <= 1  wherever several structures could claim a voxel.

Without the constraint this is the convex relaxation of a graph cut, and its threshold at 1/2 is a
minimum cut (Chan, Esedoglu, Nikolova 2006, doi 10.1137/040615286). It is solved by the primal-dual
method of Chambolle and Pock 2011 (doi 10.1007/s10851-010-0251-1); the constraint has a dual field
of its own, the price of a voxel that several structures want.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numba as nb
import numpy as np
import numpy.typing as npt

from manyhands.types import LogOddsStack, MaskStack, StackArray

DUAL_STEP = 1.0
# The squared norm of the differences in three directions is at most 12, that of the contest the
# number of fields that can claim one voxel; the steps' product may not exceed 1 over their sum.
NORM_OF_DIFFERENCES = 12

# Below, threads wait for each other longer than they save: at 1.5 million voxels two were slower
# than one on a busy machine, and at less up to twenty times slower.
VOXELS_WORTH_THREADS = 4_000_000

Indices = npt.NDArray[np.int64]


@contextmanager
def threads_for(voxels: int) -> Iterator[None]:
    """One thread for a field too small to be worth more, within the block."""
    threads = nb.get_num_threads()
    nb.set_num_threads(threads if voxels >= VOXELS_WORTH_THREADS else 1)
    try:
        yield
    finally:
        nb.set_num_threads(threads)


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


@dataclass(frozen=True)
class Claim:
    """Where one field lies in the contest: flat `index` into the field, number of the `voxel`."""

    field: int
    index: Indices
    voxel: Indices


@dataclass
class Contest:
    """Voxels, numbered from 0 to `size` - 1, that more than one field could claim."""

    size: int
    claims: tuple[Claim, ...]
    price: npt.NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        self.price = np.zeros(self.size, dtype=np.float32)

    @property
    def most_claims(self) -> int:
        """How many fields want the voxel that most want."""
        if not self.size:
            return 0
        return int(np.bincount(np.concatenate([c.voxel for c in self.claims])).max())


def solve(
    fields: Sequence[Field],
    contest: Contest | None = None,
    *,
    iterations: int = 120,
    tolerance: float = 5e-4,
) -> int:
    """Improve `solution` of every field in place; return the number of iterations made.

    Stops when an iteration moves solutions and duals together, in the solutions' measure, by less
    than `tolerance` of the solutions' sum. Deterministic.
    """
    with threads_for(max(f.evidence.size for f in fields)):
        return _iterate(fields, contest, iterations, tolerance)


def _iterate(
    fields: Sequence[Field], contest: Contest | None, iterations: int, tolerance: float
) -> int:
    most_claims = contest.most_claims if contest else 0
    step = 1 / (DUAL_STEP * (NORM_OF_DIFFERENCES + most_claims))
    ahead = [f.solution.copy() for f in fields]
    pull = [f.evidence.copy() if contest else f.evidence for f in fields]
    done = 0
    while done < iterations:
        done += 1
        moved = total = 0.0
        if contest:
            moved += step * _charge(fields, contest, ahead, pull)
        for f, forward, p in zip(fields, ahead, pull, strict=True):
            moved += step * _ascend(forward, f.dual, f.weights)
            change, mass = _descend(f.solution, forward, f.dual, p, step)
            moved += change
            total += mass
        if moved < tolerance * max(total, 1.0):
            break
    return done


def _charge(
    fields: Sequence[Field], contest: Contest, ahead: list[StackArray], pull: list[StackArray]
) -> float:
    """A voxel more than taken gets dearer for all, one less than taken cheaper, down to nothing.

    Returns how far the prices moved.
    """
    taken = np.zeros(contest.size, dtype=np.float32)
    for claim in contest.claims:
        taken[claim.voxel] += ahead[claim.field].reshape(-1)[claim.index]
    price = np.maximum(contest.price + DUAL_STEP * (taken - 1), 0)
    moved = float(np.abs(price - contest.price).sum())
    contest.price = price
    for claim in contest.claims:
        pulled = pull[claim.field].reshape(-1)
        evidence = fields[claim.field].evidence.reshape(-1)
        pulled[claim.index] = evidence[claim.index] - price[claim.voxel]
    return moved


def find_masks(fields: Sequence[Field], contest: Contest | None = None) -> list[MaskStack]:
    """The voxels of each field; a contested one belongs to the field that has most of it.

    Of fields that have equally much the first gets it.
    """
    masks = [np.asarray(f.solution > 0.5) for f in fields]
    if contest:
        most = np.full(contest.size, -1.0, dtype=np.float32)
        winner = np.full(contest.size, -1)
        for claim in contest.claims:
            share = fields[claim.field].solution.reshape(-1)[claim.index]
            is_more = share > most[claim.voxel]
            most[claim.voxel[is_more]] = share[is_more]
            winner[claim.voxel[is_more]] = claim.field
        for claim in contest.claims:
            masks[claim.field].reshape(-1)[claim.index] &= winner[claim.voxel] == claim.field
    return masks


@nb.njit(parallel=True, fastmath=True, cache=True)
def _ascend(x, dual, weights):  # type: ignore[no-untyped-def]
    """Dual step: each face follows the difference across it, held within its weight.

    Returns how far the duals moved.
    """
    slices, rows, columns = x.shape
    moved = np.zeros(slices)
    for k in nb.prange(slices):
        slice_moved = 0.0
        for r in range(rows):
            for c in range(columns):
                here = x[k, r, c]
                if k + 1 < slices:
                    w, old = weights[0, k, r, c], dual[0, k, r, c]
                    new = min(max(old + DUAL_STEP * (x[k + 1, r, c] - here), -w), w)
                    dual[0, k, r, c] = new
                    slice_moved += abs(new - old)
                if r + 1 < rows:
                    w, old = weights[1, k, r, c], dual[1, k, r, c]
                    new = min(max(old + DUAL_STEP * (x[k, r + 1, c] - here), -w), w)
                    dual[1, k, r, c] = new
                    slice_moved += abs(new - old)
                if c + 1 < columns:
                    w, old = weights[2, k, r, c], dual[2, k, r, c]
                    new = min(max(old + DUAL_STEP * (x[k, r, c + 1] - here), -w), w)
                    dual[2, k, r, c] = new
                    slice_moved += abs(new - old)
        moved[k] = slice_moved
    return moved.sum()


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
