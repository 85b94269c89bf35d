"""How large an effect is: Hodges and Lehmann's shift, and the matched rank-biserial correlation."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from manyhands.evaluation.statistics.signed_rank import (
    EXACT_UP_TO,
    Numbers,
    checked,
    null_distribution,
)
from manyhands.types import Interval


def hodges_lehmann(
    differences: Sequence[float] | Numbers, *, alpha: float = 0.05
) -> tuple[float, Interval | None]:
    """The median of the means of all pairs of differences (n,), each with itself too.

    Hodges and Lehmann (1963, doi 10.1214/aoms/1177704172). The interval holds every shift that the
    exact signed-rank test would not reject at level `alpha` (without ties; with them it is a little
    too wide); for n so small that the test rejects nothing (5 and fewer at .05) it is None.
    """
    numbers = checked(differences)
    first, second = np.triu_indices(len(numbers))
    means = np.sort((numbers[first] + numbers[second]) / 2)
    shift = float(np.median(means))
    cut = _cut(len(numbers), alpha)
    if cut is None:
        return shift, None
    return shift, Interval(shift, float(means[cut]), float(means[len(means) - 1 - cut]))


def _cut(n: int, alpha: float) -> int | None:
    """How many of the ordered pair means lie outside the interval at each end.

    As many as the largest sum of ranks that the test rejects: beyond that mean, one rank more than
    it has its sign.
    """
    if n > EXACT_UP_TO:
        spread = math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return math.floor(n * (n + 1) / 4 - float(stats.norm.isf(alpha / 2)) * spread) - 1
    probability = null_distribution(2 * np.arange(1, n + 1))[::2]
    inside = np.flatnonzero(np.cumsum(probability) <= alpha / 2)
    return int(inside[-1]) if inside.size else None


def rank_biserial(differences: Sequence[float] | Numbers) -> float:
    """The share of ranks with a positive difference less that with a negative one, -1 to 1.

    Kerby (2014, doi 10.2466/11.IT.3.1). Differences of 0 are left out; without any other it is 0.
    """
    numbers = checked(differences)
    known = numbers[numbers != 0]
    ranks = stats.rankdata(np.abs(known))
    return float((ranks * np.sign(known)).sum() / ranks.sum()) if len(known) else 0.0
