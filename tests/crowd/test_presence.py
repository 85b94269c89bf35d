"""Runs of slices from votes; exact scans against all runs tried one by one."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyhands.crowd.presence import (
    FURTHER_EVIDENCE,
    best_run,
    best_runs,
    find_presence,
    slice_evidence,
    slice_probability,
)

NO = np.nan
FloatArray = npt.NDArray[np.float64]


def votes(*annotators: str) -> FloatArray:
    """One string per annotator: `x` for, `.` against, blank not seen."""
    meaning = {"x": 1.0, ".": 0.0, " ": NO}
    return np.array([[meaning[c] for c in line] for line in annotators])


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=9))
def test_the_best_run_is_the_best_of_all(values: list[int]) -> None:
    """Largest sum, then shortest, then first, by trying every run."""
    evidence = np.array(values, dtype=np.float64)
    runs = itertools.combinations_with_replacement(range(len(values)), 2)
    best = min(runs, key=lambda r: (-sum(values[r[0] : r[1] + 1]), r[1] - r[0], r[0]))
    expected = best if sum(values[best[0] : best[1] + 1]) > 0 else None
    assert best_run(evidence) == expected


def test_no_slices_have_no_run() -> None:
    assert best_run(np.array([])) is None
    assert find_presence(np.empty((2, 0))).runs == ()


def test_runs_apart_need_evidence_of_their_own() -> None:
    strong, weak = FURTHER_EVIDENCE + 1, FURTHER_EVIDENCE - 1
    evidence = np.array([strong, -50, 20, 20, -50, weak, -50, strong])
    assert best_runs(evidence) == ((0, 0), (2, 3), (7, 7))
    assert best_runs(evidence, first=41) == ()


def test_two_of_four_suffice_because_people_mostly_omit() -> None:
    found = find_presence(votes("..xxxx..", "..xxxx..", "........", "........"))
    assert found.runs == ((2, 5),)


def test_one_of_four_does_not_suffice() -> None:
    assert find_presence(votes("..xxxx..", "........", "........", "........")).runs == ()


def test_one_who_stops_part_way_does_not_cut_the_organ() -> None:
    """Also when the slices not done look as if they were called absent, and only one went on."""
    assert find_presence(votes("..xxxxxxxx..", "..xxxx......")).runs == ((2, 9),)
    assert find_presence(votes("..xxxxxxxx..", "..xxxx      ")).runs == ((2, 9),)


def test_slices_nobody_saw_are_bridged_inside_and_not_added_outside() -> None:
    found = find_presence(votes("  xx   xx   "))
    assert found.runs == ((2, 8),)
    assert found.is_inside.tolist() == [2 <= k <= 8 for k in range(12)]


def test_a_single_slice_overlooked_is_bridged() -> None:
    assert find_presence(votes("xxx.xxx", "xxx.xxx")).runs == ((0, 6),)


def test_a_lone_annotator_is_believed_and_not_denied_by_himself() -> None:
    assert find_presence(votes("..xx......xxx.")).runs == ((2, 3), (10, 12))
    assert find_presence(votes("....x")).runs == ((4, 4),)


def test_a_further_piece_must_be_sure_of_itself() -> None:
    two_slices = votes(".xx.", "    ", "....")
    assert find_presence(two_slices).runs == ((1, 2),)
    assert find_presence(two_slices, is_further=True).runs == ()
    assert find_presence(votes(".xx.", ".xx."), is_further=True).runs == ((1, 2),)


@pytest.mark.parametrize("lines", [("....", "...."), ("    ",), ("    ", "....")])
def test_without_a_vote_for_it_there_is_no_run(lines: tuple[str, ...]) -> None:
    found = find_presence(votes(*lines))
    assert found.runs == ()
    assert not found.is_inside.any()


def test_evidence_is_the_sum_of_log_likelihood_ratios() -> None:
    """By hand: ln(.8 / .1) for, ln(.2 / .9) against, nothing for no vote."""
    evidence = slice_evidence(votes("x. "), np.array([0.8]), np.array([0.9]))
    np.testing.assert_allclose(evidence, [np.log(8), np.log(2 / 9), 0])


@given(st.lists(st.sampled_from("x. "), min_size=1, max_size=7))
def test_probability_is_that_of_all_runs_together(line: list[str]) -> None:
    """Against the sum over every run, with the evidence of an annotator at the prior values."""
    column = np.log([0.85 / 0.10, 0.15 / 0.90])
    values = [{"x": column[0], ".": column[1], " ": 0.0}[c] for c in line]
    n, total, inside = len(line), 1.0, np.zeros(len(line))
    for first, last in itertools.combinations_with_replacement(range(n), 2):
        weight = np.exp(sum(values[first : last + 1]))
        total += weight
        inside[first : last + 1] += weight
    evidence = slice_evidence(votes("".join(line)), np.array([0.85]), np.array([0.9]))
    found = slice_probability(evidence, ())
    np.testing.assert_allclose(found, inside / total, rtol=1e-9)


def test_probability_is_high_inside_and_low_outside() -> None:
    found = find_presence(votes(*["....xxxxxx...."] * 3))
    assert (found.probability[4:10] > 0.99).all()
    assert (found.probability[[0, 1, 2, 11, 12, 13]] < 0.01).all()
