"""The exact signed-rank test against all sign flips, counted one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from manyhands.evaluation.statistics import EXACT_UP_TO, signed_rank_test
from manyhands.evaluation.statistics.signed_rank import Alternative

# A few whole numbers, so that most draws have ties and many have zeros.
differences_with_ties = st.lists(st.integers(-3, 3), min_size=1, max_size=10)


def count_flips(differences: Sequence[float], alternative: str = "two-sided") -> float:
    """The share of all ways to give signs that are at least as extreme: the definition itself."""
    known = np.array([d for d in differences if d != 0], dtype=float)
    if not len(known):
        return 1.0
    ranks = stats.rankdata(np.abs(known))
    signs = np.array(list(product((-1, 1), repeat=len(known))))
    sums, seen = signs @ ranks, np.sign(known) @ ranks
    extreme = {
        "two-sided": np.abs(sums) >= abs(seen) - 1e-9,
        "greater": sums >= seen - 1e-9,
        "less": sums <= seen + 1e-9,
    }[alternative]
    return float(extreme.mean())


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
@given(differences=differences_with_ties)
def test_same_as_all_sign_flips_with_ties_and_zeros(
    alternative: Alternative, differences: list[int]
) -> None:
    found = signed_rank_test(differences, alternative).p
    assert found == pytest.approx(count_flips(differences, alternative), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_same_as_all_sign_flips_of_twelve(seed: int) -> None:
    rng = np.random.default_rng(seed)
    differences = rng.normal(0.3, 1, 12).round(1)  # with a tie or two
    differences[seed] = 0.0
    expected = count_flips(differences.tolist())
    assert signed_rank_test(differences).p == pytest.approx(expected, abs=1e-12)


def test_same_as_scipy_where_scipy_is_exact() -> None:
    """Without ties and zeros."""
    differences = np.random.default_rng(1).normal(0.4, 1, 15)
    expected = stats.wilcoxon(differences, method="exact").pvalue
    assert signed_rank_test(differences).p == pytest.approx(expected, abs=1e-12)


def test_five_losses_are_two_of_thirty_two() -> None:
    """2 / 2^5: of five patients the smallest p there is."""
    found = signed_rank_test([-1, -2, -3, -4, -5])
    assert (found.p, found.positive, found.n, found.n_equal) == (1 / 16, 0, 5, 0)


def test_differences_of_zero_are_left_out_and_counted() -> None:
    found = signed_rank_test([0, 0, 1, 2, 3])
    assert (found.p, found.n, found.n_equal) == (2 / 8, 5, 2)


def test_nothing_but_zeros_is_no_evidence() -> None:
    found = signed_rank_test([0.0, 0.0, 0.0])
    assert (found.p, found.n_equal) == (1.0, 3)


def test_one_patient_shows_nothing() -> None:
    assert signed_rank_test([0.3]).p == 1.0


def test_ties_that_binary_numbers_hide_are_ties() -> None:
    """.9 - .8 and .4 - .3 differ in the last bit; as numbers they are equal."""
    hidden = [0.9 - 0.8, 0.4 - 0.3, 0.3 - 0.4, 0.25]
    assert hidden[0] != hidden[1]
    assert signed_rank_test(hidden) == signed_rank_test([0.1, 0.1, -0.1, 0.25])


@given(differences=differences_with_ties)
def test_turning_all_round_changes_nothing_but_the_side(differences: list[int]) -> None:
    turned = [-d for d in differences]
    assert signed_rank_test(turned).p == signed_rank_test(differences).p
    assert signed_rank_test(turned, "less").p == signed_rank_test(differences, "greater").p


def test_many_patients_are_approximated_by_scipy_and_it_is_said() -> None:
    rng = np.random.default_rng(2)
    few, many = rng.normal(0.15, 1, EXACT_UP_TO), rng.normal(0.1, 1, EXACT_UP_TO + 50)
    exact, approximate = signed_rank_test(few), signed_rank_test(many)
    assert (exact.method, approximate.method) == ("exact", "normal approximation")
    # At the border the two are the same to three digits, so it does not matter where it is.
    assert exact.p == pytest.approx(
        stats.wilcoxon(few, method="asymptotic", correction=True).pvalue, abs=2e-3
    )
    assert approximate.p == pytest.approx(stats.wilcoxon(many, correction=True).pvalue)


@pytest.mark.parametrize("wrong", [[], [1.0, np.nan], [np.inf]])
def test_what_is_no_difference_is_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="one or more finite differences"):
        signed_rank_test(wrong)
