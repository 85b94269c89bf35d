"""Wilcoxon's signed-rank test, exact with ties and zeros.

Wilcoxon (1945, doi 10.2307/3001968). The null distribution is that of all 2^n ways to give signs to
the ranks; it is built rank by rank (a convolution), so it costs n^3 steps and not 2^n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

Numbers = npt.NDArray[np.float64]
Alternative = Literal["two-sided", "greater", "less"]

EXACT_UP_TO = 200
"""Differences that are not 0; of more, scipy's normal approximation is right to four digits."""

EXACT, APPROXIMATE = "exact", "normal approximation"

DECIMALS = 10
"""Differences are compared to so many: .9 - .8 and .8 - .7 are a tie, whatever binary makes it."""


@dataclass(frozen=True, slots=True)
class SignedRank:
    """`positive` is the sum of the ranks of positive differences, `n_equal` how many were 0."""

    p: float
    positive: float
    n: int
    n_equal: int
    method: str


def signed_rank_test(
    differences: Sequence[float] | Numbers, alternative: Alternative = "two-sided"
) -> SignedRank:
    """Are the differences (n,) around 0, against above (`greater`) or below it (`less`), or either?

    Differences of 0 say nothing and are left out, as Wilcoxon did; ties share their mean rank.
    Without any other difference p is 1. Raises `ValueError` for no differences or one that is not
    finite.
    """
    all_of_them = checked(differences)
    known = all_of_them[all_of_them != 0]
    ranks = stats.rankdata(np.abs(known))
    positive = float(ranks[known > 0].sum())
    n_equal = len(all_of_them) - len(known)
    if len(known) > EXACT_UP_TO:
        p, method = _approximate(known, alternative), APPROXIMATE
    else:
        p, method = _exact(ranks, positive, alternative), EXACT
    return SignedRank(p, positive, len(all_of_them), n_equal, method)


def checked(differences: Sequence[float] | Numbers) -> Numbers:
    """The differences, rounded so that equal ones are equal. Raises as `signed_rank_test`."""
    numbers = np.asarray(differences, dtype=np.float64)
    if numbers.ndim != 1 or not numbers.size or not np.isfinite(numbers).all():
        raise ValueError(f"expected one or more finite differences (n,), got {differences!r}")
    return numbers.round(DECIMALS)


def null_distribution(doubled_ranks: npt.NDArray[np.int64]) -> Numbers:
    """Probability of each sum of the ranks with a positive sign, by twice that sum.

    Twice, because ties have half ranks. Sums 0 to the sum of all; no ranks give (1,).
    """
    probability = np.zeros(int(doubled_ranks.sum()) + 1)
    probability[0] = 1.0
    for rank in doubled_ranks:
        with_it = np.zeros_like(probability)
        with_it[rank:] = probability[: len(probability) - rank]
        probability = (probability + with_it) / 2
    return probability


def _exact(ranks: Numbers, positive: float, alternative: Alternative) -> float:
    probability = null_distribution(np.rint(2 * ranks).astype(np.int64))
    sum_twice = round(2 * positive)
    above = float(probability[sum_twice:].sum())
    below = float(probability[: sum_twice + 1].sum())
    # The distribution is symmetric, so both tails together are twice the smaller one.
    p = {"greater": above, "less": below, "two-sided": 2 * min(above, below)}[alternative]
    return min(1.0, p)


def _approximate(known: Numbers, alternative: Alternative) -> float:
    """Corrected for ties and for continuity."""
    found = stats.wilcoxon(known, alternative=alternative, method="asymptotic", correction=True)
    return float(found.pvalue)
