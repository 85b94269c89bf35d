from __future__ import annotations

import pytest

from manyhands.errors import ConfigError, StudyError
from manyhands.pipeline import Source, add_volumes, make_annotators, simulate_answers
from manyhands.store import Study, answer_history, current_answers, find_annotators
from manyhands.types import Origin, State


def test_every_annotator_answers_on_every_structure_of_the_reference(study: Study) -> None:
    outcome = simulate_answers(study, make_annotators("exact", 2, seed=0), command="")
    with study.reading() as connection:
        answers = current_answers(connection)
        names = [annotator.name for annotator in find_annotators(connection)]

    assert outcome.done == ("one/exact-1", "one/exact-2")
    assert names == ["exact-1", "exact-2"]
    # 2 annotators, 5 structures, 14 slices, all seen.
    assert len(answers) == 2 * 5 * 14
    assert {answer.state for answer in answers} == {State.BOXES, State.ABSENT}
    assert {box.origin for answer in answers for box in answer.boxes} == {Origin.SIMULATED}


def test_the_same_seed_gives_the_same_boxes_whoever_else_answers(
    study: Study, sources: tuple[Source, Source]
) -> None:
    simulate_answers(study, make_annotators("poor", 1, seed=3), command="")
    with study.reading() as connection:
        alone = {(a.structure_id, a.slice_index): a.boxes for a in current_answers(connection)}
    add_volumes(study, sources[1:])

    outcome = simulate_answers(study, make_annotators("poor", 2, seed=3), command="")
    with study.reading() as connection:
        of_first = find_annotators(connection)[0].annotator_id
        volume_id = answer_history(connection)[0].volume_id
        again = current_answers(connection, annotator_id=of_first, volume_id=volume_id)

    assert outcome.skipped == ("one/poor-1",)
    assert outcome.done == ("one/poor-2", "two/poor-1", "two/poor-2")
    assert {(a.structure_id, a.slice_index): a.boxes for a in again} == alone


def test_an_annotator_does_not_become_another_by_another_seed(study: Study) -> None:
    """The answers already given would stay where the new ones leave a slice out."""
    simulate_answers(study, make_annotators("paper", 1, seed=0), command="")

    with pytest.raises(StudyError, match="'paper-1' has answered on 'one' with seed 0"):
        simulate_answers(study, make_annotators("paper", 1, seed=1), command="")


def test_complete_annotators_are_others_than_those_who_leave_slices_out() -> None:
    (complete,) = make_annotators("paper", 1, seed=0, complete=True)

    assert complete.name == "paper-complete-1"


def test_volumes_without_reference_are_left_out(
    empty_study: Study, sources: tuple[Source, Source]
) -> None:
    add_volumes(empty_study, [Source(sources[0].image)])

    outcome = simulate_answers(empty_study, make_annotators("exact", 1, seed=0), command="")

    assert outcome.left_out == {"one": "no reference to simulate from"}


def test_unknown_profile_and_no_annotators_are_refused() -> None:
    with pytest.raises(ConfigError, match="unknown profile 'hasty'; known are exact"):
        make_annotators("hasty", 1, seed=0)
    with pytest.raises(ConfigError, match="at least one annotator is needed, 0 were asked for"):
        make_annotators("paper", 0, seed=0)
