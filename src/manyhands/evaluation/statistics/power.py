"""What so few patients can show: power of the exact signed-rank test, by simulation."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy import stats

from manyhands.evaluation.statistics.signed_rank import EXACT_UP_TO, Numbers, null_distribution
from manyhands.types import Power

EFFECTS = (0.3, 0.5, 0.8, 1.0)
"""Small to very large, in SD of the differences."""

WANTED = 0.8
SIMULATIONS = 4000
SEED = 0
LARGEST_EFFECT = 8.0  # found by any test that can find anything
FEW = 20
PER_PATIENT = 3 / math.pi  # efficiency of the signed-rank test beside the t-test, normal data


def find_power(
    n: int,
    *,
    arm: str = "",
    alpha: float = 0.05,
    margin: float | None = None,
    sd_difference: float | None = None,
) -> Power:
    """What n patients can show, and non-inferiority at `margin` where both arms are equal.

    The latter needs the spread of the differences; with none (None or 0) nothing is said of it.
    """
    by_effect = {effect: power_of(n, effect, alpha=alpha) for effect in EFFECTS}
    detectable = _detectable(n, alpha)
    if not margin or not sd_difference:
        return Power(arm, n, alpha, by_effect, detectable)
    effect = margin / sd_difference
    return Power(
        arm,
        n,
        alpha,
        by_effect,
        detectable,
        power_of(n, effect, alpha=alpha / 2, is_one_sided=True),
        patients_needed(effect, alpha=alpha / 2),
    )


def power_of(n: int, effect: float, *, alpha: float = 0.05, is_one_sided: bool = False) -> float:
    """The share of studies of n patients that find an effect (mean over SD of the differences).

    Of normal differences, by simulation with a fixed seed; within .02 of the truth.
    """
    tail = alpha if is_one_sided else alpha / 2
    limits = _critical_sums(min(n, EXACT_UP_TO), tail)
    if limits is None:
        return 0.0
    n = min(n, EXACT_UP_TO)  # beyond it all effects that matter are found
    low, high = limits
    sums = _positive_sums(_noise(n) + effect)
    found = sums >= high if is_one_sided else (sums >= high) | (sums <= low)
    return float(found.mean())


def patients_needed(effect: float, *, alpha: float, power: float = WANTED) -> int:
    """How many patients a one-sided test at level `alpha` needs to find an effect.

    Of few by simulation, since no test of five can say anything, however large the effect; of more
    by the formula of the t-test for normal differences, over the efficiency of ranks (3 / pi;
    Pitman).
    """
    for n in range(1, FEW + 1):
        if power_of(n, effect, alpha=alpha, is_one_sided=True) >= power:
            return n
    wanted = float(stats.norm.isf(alpha) + stats.norm.isf(1 - power))
    return max(FEW + 1, math.ceil((wanted / effect) ** 2 / PER_PATIENT))


@cache
def _noise(n: int) -> Numbers:
    return np.random.default_rng(SEED).normal(size=(SIMULATIONS, n))


def _positive_sums(differences: Numbers) -> Numbers:
    """Sum of the ranks of what is positive, of each study (studies, n)."""
    ranks = stats.rankdata(np.abs(differences), axis=1)
    return np.asarray(np.where(differences > 0, ranks, 0).sum(axis=1))


@cache
def _critical_sums(n: int, tail: float) -> tuple[int, int] | None:
    """The largest sum that is too low and the smallest that is too high; None if none is."""
    below = np.cumsum(null_distribution(2 * np.arange(1, n + 1))[::2])
    too_low = np.flatnonzero(below <= tail)
    if not too_low.size:
        return None
    return int(too_low[-1]), n * (n + 1) // 2 - int(too_low[-1])


def _detectable(n: int, alpha: float) -> float | None:
    """The effect that is found with a power of 80 %, to .01; None if even a huge one is not."""
    low, high = 0.0, LARGEST_EFFECT
    if power_of(n, high, alpha=alpha) < WANTED:
        return None
    while high - low > 0.01:
        middle = (low + high) / 2
        if power_of(n, middle, alpha=alpha) < WANTED:
            low = middle
        else:
            high = middle
    return high
