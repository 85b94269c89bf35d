"""Arms against a baseline: who is paired, what is averaged, what is left out and said."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest

from manyhands.config import Comparing
from manyhands.errors import MethodError
from manyhands.evaluation import average_replicates, compare_arms, pair_up
from manyhands.types import ArmScore, Comparison, PairedTest, Score

SETTINGS = Comparing(baseline="reference", margin=0.02, margin_hd95_mm=2.0)


def arm(name: str, dice: Mapping[str, Mapping[str, float | None]]) -> list[ArmScore]:
    """Scores by patient and structure; HD95 is 10 mm for each lacking Dice of 1."""
    return [
        ArmScore(name, patient, structure, d, d, None if d is None else 10 * (1 - d))
        for patient, structures in dice.items()
        for structure, d in structures.items()
    ]


def find(compared: Comparison, structure: str | None, metric: str = "volume_dice") -> PairedTest:
    (test,) = (t for t in compared.tests if (t.structure, t.metric) == (structure, metric))
    return test


def shifted(by: float, n: int = 8) -> list[ArmScore]:
    """Two arms of n patients with two structures; the crowd's Dice is `by` higher."""
    dice = {f"p{i}": {"liver": 0.7 + i / 100, "spleen": 0.6 + i / 50} for i in range(n)}
    higher = {p: {s: d + by for s, d in structures.items()} for p, structures in dice.items()}
    return [*arm("reference", dice), *arm("crowd", higher)]


def test_every_patient_lower_is_the_smallest_p_there_is() -> None:
    """Eight of eight: 2 / 2^8, times two structures after Holm."""
    compared = compare_arms(shifted(-0.1), settings=SETTINGS)
    test = find(compared, "liver")
    assert test.p == 2 / 2**8
    assert test.p_holm == 4 / 2**8
    assert test.rank_biserial == -1
    assert test.shift == pytest.approx(-0.1)
    assert test.difference.mean == pytest.approx(-0.1)
    assert test.verdict == "inferior"
    assert (test.arm, test.baseline, test.difference.n) == ("crowd", "reference", 8)


def test_lower_hd95_is_better_so_more_of_it_is_inferior() -> None:
    """1 mm more is within 2 mm, 4 mm more is not; the difference is said as it is."""
    near, far = (
        find(compare_arms(shifted(by), settings=SETTINGS), None, "hd95_mm") for by in (-0.1, -0.4)
    )
    assert near.difference.mean == pytest.approx(1)
    assert (near.verdict, near.margin) == ("non-inferior", 2)
    assert far.verdict == "inferior"


def test_the_mean_of_structures_is_one_test_of_patients() -> None:
    test = find(compare_arms(shifted(-0.01), settings=SETTINGS), None)
    assert (test.difference.n, test.p_holm) == (8, None)
    assert test.verdict == "non-inferior"


def test_all_differences_zero_is_no_evidence_of_a_difference_but_of_non_inferiority() -> None:
    test = find(compare_arms(shifted(0), settings=SETTINGS), "spleen")
    assert (test.p, test.n_equal, test.rank_biserial, test.shift) == (1, 8, 0, 0)
    assert test.difference.interval is not None
    assert test.difference.interval.low == test.difference.interval.high == 0
    assert test.verdict == "non-inferior"


def test_one_patient_is_told_that_nothing_can_be_tested() -> None:
    compared = compare_arms(shifted(-0.1, n=1), settings=SETTINGS)
    test = find(compared, None)
    assert (test.p, test.arm_mean.half_width, test.shift_interval) == (1, None, None)
    assert test.sd_difference is None
    assert test.verdict == "not decided"
    assert compared.notes == (
        "One patient: there is no spread, no interval, and nothing can be tested.",
    )


def test_five_patients_are_told_that_they_are_too_few() -> None:
    compared = compare_arms(shifted(-0.1, n=5), settings=SETTINGS)
    assert "5 patients: no exact two-sided test" in compared.notes[0]
    assert compare_arms(shifted(-0.1, n=6), settings=SETTINGS).notes == ()


def test_who_is_in_one_arm_only_is_left_out_and_named() -> None:
    scores = [s for s in shifted(-0.1) if (s.arm, s.patient) != ("crowd", "p3")]
    compared = compare_arms(scores, settings=SETTINGS)
    assert find(compared, "liver").difference.n == 7
    assert find(compared, "liver").baseline_mean.n == 7
    assert compared.left_out == {"p3": "not in crowd, so in none of its pairs"}


def test_a_patient_without_a_value_is_left_out_of_that_structure_alone() -> None:
    """And of the patient's mean that structure, in both arms."""
    reference = arm("reference", {"a": {"liver": 0.9, "spleen": 0.5}, "b": {"liver": 0.8}})
    crowd = arm("crowd", {"a": {"liver": 0.8, "spleen": None}, "b": {"liver": 0.8}})
    compared = compare_arms([*reference, *crowd], settings=SETTINGS)
    assert find(compared, "liver").difference.n == 2
    assert pair_up([*reference, *crowd], "crowd", "reference", "volume_dice", None) == {
        "a": (0.8, 0.9),
        "b": (0.8, 0.8),
    }
    assert compared.left_out["spleen of a"] == "no value (empty, or not a number)"


def test_a_structure_that_is_empty_everywhere_is_said_and_not_tested() -> None:
    scores = [
        *arm("reference", {"a": {"liver": 0.9, "gall": None}}),
        *arm("crowd", {"a": {"liver": 0.8, "gall": None}}),
    ]
    compared = compare_arms(scores, settings=SETTINGS, structures=["liver", "gall", "aorta"])
    assert {t.structure for t in compared.tests} == {"liver", None}
    for name in ("gall", "aorta"):
        assert compared.left_out[name] == "empty everywhere, or in no reference: nothing to compare"


def test_what_has_no_dice_but_distances_is_compared_and_not_called_empty() -> None:
    scores = [
        ArmScore(arm, patient, "liver", None, None, 3.0 + worse)
        for arm, worse in (("reference", 0.0), ("crowd", 1.0))
        for patient in "abc"
    ]
    found = compare_arms(scores, settings=Comparing())
    assert {test.metric for test in found.tests} == {"hd95_mm"}
    assert not found.left_out


def test_a_metric_that_nobody_measured_is_not_tested() -> None:
    scores = [
        ArmScore(name, f"p{i}", "liver", 0.8 + i / 100)
        for name, i in itertools.product(("reference", "crowd"), range(3))
    ]
    assert {t.metric for t in compare_arms(scores, settings=SETTINGS).tests} == {"volume_dice"}


def test_the_order_of_patients_does_not_matter() -> None:
    scores = shifted(-0.03)
    forth, back = (compare_arms(s, settings=SETTINGS) for s in (scores, scores[8:] + scores[:8]))
    assert forth.tests == back.tests


def test_three_arms_are_each_compared_with_the_baseline() -> None:
    more = [ArmScore("weighted", s.patient, s.structure, s.volume_dice) for s in shifted(0)[:16]]
    compared = compare_arms([*shifted(-0.1), *more], settings=SETTINGS)
    assert compared.arms == ("reference", "crowd", "weighted")
    assert {t.arm for t in compared.tests} == {"crowd", "weighted"}
    assert [power.arm for power in compared.powers] == ["crowd", "weighted"]


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([], "no scores of the baseline 'reference' to compare with; arms: none"),
        (arm("crowd", {"a": {"liver": 0.5}}), "no scores of the baseline .*; arms: crowd"),
        (arm("reference", {"a": {"liver": 0.5}}), "needs two arms, found reference"),
        (
            [*arm("reference", {"a": {"liver": 1.0}}), *arm("crowd", {"b": {"liver": 1.0}})],
            "no patient is in every arm.*reference has a; crowd has b",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(scores: list[ArmScore], message: str) -> None:
    with pytest.raises(MethodError, match=message):
        compare_arms(scores, settings=SETTINGS)


def test_seeds_are_averaged_before_anything_else() -> None:
    """Dice .8 and .6 of two trainings are .7; a patient that one lacks has the other's."""

    def score(patient: str, dice: float | None) -> Score:
        return Score(patient, "liver", dice, dice, dice, dice, None, 2.0, 9, 9, 0)

    replicates = {
        "seed-0": [score("a", 0.8), score("b", 0.5), score("c", None)],
        "seed-1": [score("a", 0.6), score("c", None)],
    }
    a, b, c = average_replicates("crowd", replicates)
    assert a.volume_dice == a.nsd == pytest.approx(0.7)
    assert (a.arm, a.patient, a.structure, a.hd95_mm, a.n_replicates) == (
        *("crowd", "a", "liver", None, 2),
    )
    assert b == ArmScore("crowd", "b", "liver", 0.5, 0.5, None, 1)
    assert c == ArmScore("crowd", "c", "liver", None, None, None, 2)
