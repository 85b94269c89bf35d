"""Intervals against the textbook, and against how often they hold the true value."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from manyhands.crowd.intervals import mean_interval, median_interval, share_interval


def test_nothing_has_no_interval() -> None:
    assert share_interval([], []) is None
    assert mean_interval([], []) is None
    assert median_interval([]) is None


def test_one_cluster_has_no_interval_of_its_mean() -> None:
    assert mean_interval([1.0, 2.0, 3.0], [0, 0, 0]) is None


def test_independent_values_have_students_interval() -> None:
    values = [3.0, 5.0, 4.0, 8.0, 6.0]
    found = mean_interval(values, range(5))
    expected = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    assert found is not None
    assert (found.low, found.high) == pytest.approx(expected)


def test_independent_hits_have_wilsons_interval() -> None:
    """Clusters of one value widen by n / (n - 1), as a sample's variance does."""
    hits = [1] * 80 + [0] * 20
    found = share_interval(hits, range(100))
    expected = stats.binomtest(80, 100).proportion_ci(method="wilson")
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.002)


def test_always_right_is_not_certainly_right() -> None:
    found = share_interval([1] * 40, np.repeat(range(5), 8))
    assert found is not None
    assert found.estimate == found.high == 1
    assert found.low == pytest.approx(stats.binomtest(5, 5).proportion_ci(method="wilson").low)


def test_the_median_lies_between_order_statistics() -> None:
    """Of 20 values the 6th and the 15th (tables of the sign test)."""
    found = median_interval(range(1, 21))
    assert found is not None
    assert (found.low, found.estimate, found.high) == (6, 10.5, 15)


@pytest.mark.parametrize("kind", ["share", "mean"])
def test_intervals_of_dependent_values_hold_the_truth(kind: str) -> None:
    """12 clusters of 8 values that go together; an interval for independent ones holds 60 %."""
    rng = np.random.default_rng(0)
    clusters = np.repeat(range(12), 8)
    held = 0
    for _ in range(400):
        own = rng.normal(0, 1, 12)[clusters] + 0.5 * rng.normal(0, 1, 96)
        found = share_interval(own > 0, clusters) if kind == "share" else mean_interval(
            own, clusters
        )  # fmt: skip
        assert found is not None
        held += found.low <= (0.5 if kind == "share" else 0) <= found.high
    assert 0.92 <= held / 400 <= 0.98
