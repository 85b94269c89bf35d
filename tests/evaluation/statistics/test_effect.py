from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyhands.evaluation.statistics import hodges_lehmann, rank_biserial, signed_rank_test


def test_the_shift_is_the_median_of_the_means_of_pairs() -> None:
    """Of 1, 2 and 6 the means are 1, 1.5, 2, 3.5, 4, 6: their median is 2.75."""
    shift, interval = hodges_lehmann([1, 2, 6])
    assert shift == 2.75
    assert interval is None


def test_six_patients_are_the_fewest_with_an_interval() -> None:
    """It is from the smallest to the largest difference: leaves out 2 of 64 sign flips."""
    _, interval = hodges_lehmann([1.0, 2, 3, 5, 8, 13])
    assert interval is not None
    assert (interval.low, interval.high) == (1, 13)
    assert hodges_lehmann([1.0, 2, 3, 5, 8])[1] is None


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_is_what_the_test_does_not_reject(seed: int) -> None:
    differences = np.random.default_rng(seed).normal(0.5, 1, 11)
    _, interval = hodges_lehmann(differences)
    assert interval is not None
    for end, step in ((interval.low, 1e-6), (interval.high, -1e-6)):
        assert signed_rank_test(differences - (end + step)).p > 0.05
        assert signed_rank_test(differences - (end - step)).p <= 0.05


def test_the_interval_of_many_is_nearly_that_of_the_t_test() -> None:
    """Of 400 normal differences: mean ± 1.96 / 20 within a third of its half-width."""
    differences = np.random.default_rng(0).normal(0, 1, 400)
    shift, interval = hodges_lehmann(differences)
    assert interval is not None
    assert interval.low == pytest.approx(shift - 0.098, abs=0.03)
    assert interval.high == pytest.approx(shift + 0.098, abs=0.03)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=9), st.floats(-3, 3))
def test_a_shift_of_all_shifts_it(differences: list[float], by: float) -> None:
    shift, _ = hodges_lehmann(differences)
    assert hodges_lehmann([d + by for d in differences])[0] == pytest.approx(shift + by, abs=1e-8)
    means = [(a + b) / 2 for a, b in combinations_with_replacement(differences, 2)]
    assert shift == pytest.approx(float(np.median(means)), abs=1e-9)


def test_rank_biserial_by_hand() -> None:
    """Ranks 1, 2, 3, 4 with signs -, +, -, +: (6 - 4) / 10."""
    assert rank_biserial([-0.1, 0.2, -0.3, 0.4]) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("differences", "expected"), [([1, 2, 3], 1), ([-1, -2], -1), ([0, 0], 0), ([0, -1, 1], 0)]
)
def test_rank_biserial_at_its_ends(differences: list[float], expected: float) -> None:
    assert rank_biserial(differences) == expected
