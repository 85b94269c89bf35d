"""The errors that are planted: each where it is said to be, and named there, on a phantom."""

from __future__ import annotations

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
    assert not any(map(planted.is_named_by, in_vain))
    assert any(map(planted.is_named_by, found))


def test_a_finding_of_somebody_else_or_elsewhere_does_not_count() -> None:
    planted = Planted({}, annotator=PERSON, slice_index=5)
    for place, is_named in (
        (Place(slices=(4, 6), annotator=PERSON), True),
        (Place(slices=(4, 6), annotator="0"), False),
        (Place(slices=(6, 7), annotator=PERSON), False),
        (Place(annotator=PERSON), False),
    ):
        finding = Finding("a-code", Severity.WARNING, "", place=place)
        assert planted.is_named_by(finding) == is_named


def test_a_tally_is_told_as_counts() -> None:
    assert Tally(8, 7, 4, 1).row("a-code", "an error") == ["a-code", "an error", "7 of 8", "1 of 4"]
