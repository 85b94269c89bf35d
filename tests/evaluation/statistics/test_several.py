"""Holm, means, non-inferiority, power and limits of agreement."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from manyhands.evaluation.statistics import (
    find_power,
    hodges_lehmann,
    holm,
    limits_of_agreement,
    noninferiority_test,
    patient_mean,
    patients_needed,
    power_of,
)


def test_holm_by_hand() -> None:
    """.01 x 4, .02 x 3, .03 x 2 = .06 (as the one before), .04 x 1 raised to it."""
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx((0.06, 0.04, 0.06, 0.06))


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(p: list[float]) -> None:
    adjusted = holm(p)
    assert all(a >= b for a, b in zip(adjusted, p, strict=True))
    assert max(adjusted, default=0) <= 1
    by_p = [a for _, a in sorted(zip(p, adjusted, strict=True))]
    assert by_p == sorted(by_p)


def test_holm_refuses_what_is_no_probability() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, 1.2])


def test_the_half_width_has_n_in_its_denominator() -> None:
    """Of 0, 0, 1, 1 the SD with n is .5, so 1.96 * .5 / 2; with n - 1 it would be .566."""
    mean = patient_mean([0, 0, 1, 1])
    assert (mean.mean, mean.n) == (0.5, 4)
    assert mean.half_width == pytest.approx(0.49)


def test_the_bootstrap_interval_is_scipys_and_the_same_each_time() -> None:
    values = np.random.default_rng(3).beta(8, 2, 15)
    interval = patient_mean(values).interval
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=9999, method="BCa", rng=np.random.default_rng(0)
    ).confidence_interval
    assert interval is not None
    assert (interval.low, interval.high) == (expected.low, expected.high)
    assert patient_mean(values).interval == interval


def test_patients_are_resampled_so_one_bad_patient_widens_the_interval_to_its_side() -> None:
    interval = patient_mean([0.95] * 14 + [0.1]).interval
    assert interval is not None
    assert interval.estimate - interval.low > 3 * (interval.high - interval.estimate)


@pytest.mark.parametrize("values", [[0.7] * 5, [0.0, 0.0]])
def test_equal_values_have_an_interval_of_no_width(values: list[float]) -> None:
    """BCa is not defined there; percentiles are."""
    interval = patient_mean(values).interval
    assert interval is not None
    assert interval.low == interval.high == values[0]


def test_where_bca_is_not_defined_percentiles_are_taken() -> None:
    """Of two patients jackknife means are symmetric: either way the ends are the two values."""
    interval = patient_mean([0.2, 0.8]).interval
    assert interval is not None
    assert (interval.low, interval.high) == (0.2, 0.8)


def test_one_patient_has_a_mean_and_no_spread() -> None:
    mean = patient_mean([0.7])
    assert (mean.mean, mean.half_width, mean.interval) == (0.7, None, None)


@pytest.mark.parametrize("wrong", [[], [0.5, math.nan]])
def test_a_mean_of_nothing_is_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="one or more finite values"):
        patient_mean(wrong)


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        ([0.0] * 10, "non-inferior"),
        ([-0.01] * 10, "non-inferior"),
        ([-0.05, -0.06, -0.07, -0.04, -0.05, -0.08], "inferior"),
        ([-0.05, 0.06, -0.07, 0.04, 0.05, -0.08], "not decided"),
        ([0.1] * 5, "not decided"),  # 1 / 2^5 is .031 and above .025
        ([0.1], "not decided"),
    ],
)
def test_non_inferiority(gains: list[float], verdict: str) -> None:
    assert noninferiority_test(gains, 0.02).verdict == verdict


@pytest.mark.parametrize("seed", range(12))
def test_non_inferior_is_an_interval_above_minus_the_margin(seed: int) -> None:
    gains = np.random.default_rng(seed).normal(0, 0.03, 12)
    interval = hodges_lehmann(gains)[1]
    assert interval is not None
    is_noninferior = noninferiority_test(gains, 0.02).verdict == "non-inferior"
    assert is_noninferior == (interval.low > -0.02)


def test_a_larger_margin_is_easier_to_keep() -> None:
    gains = np.random.default_rng(0).normal(-0.01, 0.03, 15)
    p = [noninferiority_test(gains, margin).p for margin in (0.005, 0.01, 0.02, 0.05)]
    assert p == sorted(p, reverse=True)


@pytest.mark.parametrize("margin", [0, -0.1, math.nan, math.inf])
def test_no_margin_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="margin must be above 0"):
        noninferiority_test([0.1], margin)


@pytest.mark.parametrize(
    ("alpha", "expected"), [(0.05, (0.17, 0.40, 0.80, 0.95)), (0.01, (0.05, 0.15, 0.51, 0.76))]
)
def test_power_of_fifteen_patients(alpha: float, expected: tuple[float, ...]) -> None:
    """As simulated beforehand with scipy's exact test, 2000 studies each."""
    found = [power_of(15, effect, alpha=alpha) for effect in (0.3, 0.5, 0.8, 1.0)]
    assert found == pytest.approx(expected, abs=0.025)


def test_without_an_effect_the_power_is_the_level() -> None:
    """At most: the exact distribution has steps. 4000 studies tell it to .01."""
    assert power_of(15, 0.0, alpha=0.05) == pytest.approx(0.048, abs=0.01)


def test_five_patients_find_nothing_however_large() -> None:
    assert power_of(5, 10.0) == 0.0
    assert find_power(5).detectable is None


def test_more_patients_find_smaller_effects() -> None:
    detectable = [find_power(n).detectable or math.inf for n in (6, 10, 20, 40)]
    assert detectable == sorted(detectable, reverse=True)


def test_no_effect_is_so_large_that_five_patients_would_do() -> None:
    """1/2^5 = .031 is more than .025; with 1/2^6 = .016 six of six will do."""
    assert patients_needed(100.0, alpha=0.025) == 6


@pytest.mark.parametrize("effect", [0.8, 1.5])
def test_of_few_patients_no_fewer_would_do(effect: float) -> None:
    needed = patients_needed(effect, alpha=0.025)
    assert power_of(needed, effect, alpha=0.025, is_one_sided=True) >= 0.8
    assert power_of(needed - 1, effect, alpha=0.025, is_one_sided=True) < 0.8


def test_patients_needed_do_reach_that_power() -> None:
    needed = patients_needed(0.5, alpha=0.025)
    assert power_of(needed, 0.5, alpha=0.025, is_one_sided=True) == pytest.approx(0.8, abs=0.03)


def test_without_a_spread_nothing_is_said_of_non_inferiority() -> None:
    assert find_power(10, margin=0.02, sd_difference=0.0).noninferior is None
    assert find_power(10, margin=0.02, sd_difference=None).n_needed is None


def test_limits_of_agreement_by_hand() -> None:
    """Differences 1 and 3: mean 2, SD with n - 1 is sqrt 2."""
    limits = limits_of_agreement([1, 3])
    assert limits.bias == 2
    assert limits.low == pytest.approx(2 - 1.96 * math.sqrt(2))
    assert limits.high == pytest.approx(2 + 1.96 * math.sqrt(2))


def test_one_difference_has_no_limits() -> None:
    assert limits_of_agreement([4]).low is None
    with pytest.raises(ValueError, match="one difference or more"):
        limits_of_agreement([])
