"""The errors that are planted: each where it is said to be, and named there, on a phantom."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from benchmarks.planted_errors import Tally, make_world, subjects_of
from benchmarks.planting import PERSON, PLANTS, Planted, World
from benchmarks.quality_crowds import load

from manyhands.quality import CHECKS, Cohort
from manyhands.types import Finding, Place, Severity

KIDNEY = 3


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(load("phantom/coarse"), 0)


def put(world: World, code: str) -> Planted:
    planted = PLANTS[code].put(world, KIDNEY, np.random.default_rng(0))
    assert planted is not None
    return planted


@pytest.mark.parametrize("code", PLANTS)
def test_only_what_the_error_is_about_is_changed(world: World, code: str) -> None:
    planted = put(world, code)
    differs = 0
    for structure_id, answers in planted.answers.items():
        before = {(a.annotator_id, a.slice_index): a for a in world.answers[structure_id]}
        after = {(a.annotator_id, a.slice_index): a for a in answers}
        assert after.keys() <= before.keys()
        changed = {key for key in before if after.get(key) != before[key]}
        differs += len(changed)
        if planted.annotator is not None:
            assert {annotator for annotator, _ in changed} <= {PERSON}
    assert differs > 0


@pytest.mark.parametrize("code", PLANTS)
def test_an_error_is_named_where_it_is_and_not_without_it(world: World, code: str) -> None:
    case = load("phantom/coarse")
    clean = subjects_of(case, world.answers)
    planted = put(world, code)
    spoilt = {**clean, **subjects_of(case, planted.answers)}
    in_vain, found = (CHECKS[code](Cohort(tuple(s.values()))) for s in (clean, spoilt))
    assert planted.is_found(before=in_vain, after=found)


def found_at(**place: Any) -> Finding:
    return Finding("a-code", Severity.WARNING, "", place=Place(**place))


@pytest.mark.parametrize(
    ("place", "is_named"),
    [
        ({}, True),
        ({"annotator": "0"}, False),
        ({"slices": (6, 7)}, False),
        ({"slices": None}, False),
        ({"structure": "liver"}, False),
        ({"structure": None}, False),
    ],
)
def test_a_finding_of_something_else_or_elsewhere_does_not_count(
    place: dict[str, Any], is_named: bool
) -> None:
    planted = Planted({}, {KIDNEY}, PERSON, 5)
    right = {"structure": "kidney_left", "slices": (4, 6), "annotator": PERSON}
    assert planted.is_named_by(found_at(**right | place)) == is_named


@pytest.mark.parametrize("code", ["side-wrong", "place-claimed-twice"])
def test_an_error_of_the_kidney_is_not_named_by_a_finding_of_the_aorta(
    world: World, code: str
) -> None:
    planted = put(world, code)
    assert not planted.is_named_by(found_at(structure="aorta", slices=(0, 99)))


def test_what_was_named_before_the_error_is_not_found() -> None:
    planted = Planted({}, {KIDNEY})
    kidney, liver = found_at(structure="kidney_left"), found_at(structure="liver")
    assert planted.is_found(before=[liver], after=[liver, kidney])
    assert not planted.is_found(before=[kidney], after=[kidney])
    assert not planted.is_found(before=[], after=[liver])


def test_a_tally_is_told_as_counts() -> None:
    assert Tally(8, 7, 4, 1).row("a-code", "an error") == ["a-code", "an error", "7 of 8", "1 of 4"]
