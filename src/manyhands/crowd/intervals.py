"""Intervals of numbers that come in clusters: neighbouring slices err alike.

Values of one cluster may depend on each other in any way; clusters are taken as independent (Liang
and Zeger 1986, doi 10.1093/biomet/73.1.13).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from manyhands.types import Interval

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LEVEL = 0.95


def share_interval(hits: npt.ArrayLike, clusters: npt.ArrayLike) -> Interval | None:
    """The share of `hits` (n,) that are 1, with the interval of Wilson (1927); None for n = 0.

    The number of values is lowered to what independent ones would be worth. Where all values are
    alike their dependence cannot be seen, and each cluster counts as one value.
    """
    values, groups = np.asarray(hits, dtype=np.float64), np.asarray(clusters)
    if len(values) == 0:
        return None
    p, n_clusters = float(values.mean()), len(np.unique(groups))
    variance = _variance_of_mean(values, groups)
    can_be_seen = 0 < p < 1 and variance > 0
    n = min(p * (1 - p) / variance, len(values)) if can_be_seen else n_clusters
    z2 = float(stats.norm.ppf((1 + LEVEL) / 2)) ** 2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Interval(p, max(float(centre - half), 0.0), min(float(centre + half), 1.0))


def mean_interval(
    values: npt.ArrayLike,
    clusters: npt.ArrayLike,
    *,
    limits: tuple[float, float] = (-np.inf, np.inf),
) -> Interval | None:
    """The mean of values (n,), with Student's interval over clusters, within `limits`.

    None for fewer than two clusters: of one nobody can tell how much another would differ.
    """
    numbers, groups = np.asarray(values, dtype=np.float64), np.asarray(clusters)
    n_clusters = len(np.unique(groups))
    if n_clusters < 2:
        return None
    mean = float(numbers.mean())
    t = float(stats.t.ppf((1 + LEVEL) / 2, n_clusters - 1))
    half = t * float(np.sqrt(_variance_of_mean(numbers, groups)))
    return Interval(mean, max(mean - half, limits[0]), min(mean + half, limits[1]))


def median_interval(values: npt.ArrayLike) -> Interval | None:
    """The median of independent values (n,), between the order statistics that hold it; None for
    n = 0.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    if n == 0:
        return None
    below = int(stats.binom.ppf((1 - LEVEL) / 2, n, 0.5))
    low = max(below - 1, 0)
    return Interval(float(np.median(ordered)), float(ordered[low]), float(ordered[n - 1 - low]))


def _variance_of_mean(values: FloatArray, groups: IntArray) -> float:
    """Of the mean of values (n,), from the sums of residuals of each cluster; 0 for one cluster."""
    _, which = np.unique(groups, return_inverse=True)
    sums = np.bincount(which, values - values.mean())
    if len(sums) < 2:
        return 0.0
    return float(len(sums) / (len(sums) - 1) * (sums**2).sum() / len(values) ** 2)
