"""Everybody's reliability, measured once for the same answers, and read back as it was."""

from __future__ import annotations

import pytest

from manyhands.errors import StudyError
from manyhands.pipeline import (
    make_annotators,
    measure_annotators,
    read_reliability,
    simulate_answers,
)
from manyhands.store import Study


def test_who_clicks_anything_is_told_from_the_others(study: Study) -> None:
    simulate_answers(study, make_annotators("careful", 3, seed=0), command="")
    simulate_answers(study, make_annotators("spammer", 1, seed=0), command="")

    outcome = measure_annotators(study, command="")
    found = read_reliability(study)

    assert outcome.done == ("reliability",)
    assert sorted(found) == ["careful-1", "careful-2", "careful-3", "spammer-1"]
    agreement = {}
    for name, (overall, *of_structures) in found.items():
        assert overall.structure_id is None
        assert [r.structure_id for r in of_structures] == [1, 2, 3, 4, 5]
        assert overall.agreement is not None
        assert overall.bias_mm is None or len(overall.bias_mm) == 4
        agreement[name] = overall.agreement
    assert agreement["spammer-1"].high < min(a.low for n, a in agreement.items() if "care" in n)


def test_it_is_measured_anew_only_for_new_answers(study: Study) -> None:
    simulate_answers(study, make_annotators("careful", 2, seed=0), command="")
    measure_annotators(study, command="")
    assert measure_annotators(study, command="").skipped == ("reliability",)
    simulate_answers(study, make_annotators("poor", 1, seed=0), command="")
    assert measure_annotators(study, command="").done == ("reliability",)


def test_without_answers_there_is_nothing(study: Study) -> None:
    assert measure_annotators(study, command="").done == ()
    with pytest.raises(StudyError, match=r"reliability\.json: missing"):
        read_reliability(study)
