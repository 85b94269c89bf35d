from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from manyhands.config import Asking
from manyhands.pipeline import judge_study, make_annotators, segment_volumes, simulate_answers
from manyhands.pipeline.asking import add_up, find_predicted, find_standing, find_standings
from manyhands.store import (
    Study,
    TaskRecord,
    TaskState,
    current_answers,
    ensure_annotator,
    find_volumes,
    insert_answers,
    insert_task,
)
from manyhands.tasks import Spent, Standing, next_task
from manyhands.types import Answer, Box, Interval, State

LIVER = 1
BOX = Box(10, 10, 20, 20)


def answer(study: Study, name: str, slices: Iterable[int], box: Box = BOX) -> None:
    """Somebody says that the liver is on slices 3 to 10 of 14, as far as they look."""
    with study.writing() as connection:
        (volume,) = find_volumes(connection)
        annotator = ensure_annotator(connection, name).annotator_id
        answers = [
            Answer(volume.volume_id, LIVER, annotator, k, State.BOXES, (box,))
            if 3 <= k <= 10
            else Answer(volume.volume_id, LIVER, annotator, k, State.ABSENT)
            for k in slices
        ]
        insert_answers(connection, answers)


def liver(study: Study) -> Standing:
    return next(s for s in find_standings(study) if s.subject.structure_id == LIVER)


def test_of_a_new_study_two_are_asked_about_everything(study: Study) -> None:
    standings = find_standings(study)

    assert [s.subject.structure_id for s in standings] == [1, 2, 3, 4, 5]
    assert {s.decision.n_more for s in standings} == {2}
    assert not any(s.is_begun or s.is_complete or s.finished_by for s in standings)


def test_who_stopped_half_way_has_not_finished(study: Study) -> None:
    answer(study, "anna", range(7))
    begun = liver(study)
    assert (begun.is_begun, begun.is_complete, len(begun.finished_by)) == (True, False, 0)
    assert begun.decision.n_more == 2

    answer(study, "ben", range(14), Box(10, 10, 20, 21))
    one = liver(study)
    assert (one.is_complete, len(one.finished_by), one.decision.n_more) == (True, 1, 1)


def test_who_says_so_has_finished_unless_left_out(study: Study) -> None:
    """Unsure of half of the slices, so not to be seen from the answers."""
    answer(study, "anna", range(7))
    with study.writing() as connection:
        (volume,) = find_volumes(connection)
        anna = ensure_annotator(connection, "anna").annotator_id
        now = datetime.now(UTC)
        task = TaskRecord(volume.volume_id, LIVER, anna, now, now, now, TaskState.FINISHED)
        insert_task(connection, task)
    assert liver(study).finished_by == {anna}
    study.config = dataclasses.replace(study.config, leave_out=("anna",))
    assert liver(study).finished_by == frozenset()


def test_who_was_asked_for_every_second_slice_has_finished_with_those(study: Study) -> None:
    answer(study, "anna", [*range(0, 14, 2), 3, 10, 11, 13])
    assert not liver(study).finished_by
    with study.writing() as connection:
        (volume,) = find_volumes(connection)
        anna = ensure_annotator(connection, "anna").annotator_id
        now = datetime.now(UTC)
        insert_task(connection, TaskRecord(volume.volume_id, LIVER, anna, now, now, now, stride=2))
    assert liver(study).finished_by == {anna}


def test_two_who_agree_are_enough_and_two_who_differ_are_not(study: Study) -> None:
    answer(study, "anna", range(14))
    answer(study, "ben", range(14), Box(10, 10, 20, 21))
    assert liver(study).decision.n_more == 0

    answer(study, "ben", range(14), Box(18, 18, 30, 30))
    differ = liver(study).decision
    assert (differ.n_more, differ.is_disputed) == (1, True)


def test_with_a_target_the_predicted_dice_decides(study: Study) -> None:
    """Two who agree, as above; but the labels are expected to be poor."""
    answer(study, "anna", range(14))
    answer(study, "ben", range(14), Box(10, 10, 20, 21))
    config = dataclasses.replace(study.config, asking=Asking(target_dice=0.9))
    with study.reading() as connection:
        (volume,), answers = find_volumes(connection), current_answers(connection)

    for low, n_more in ((0.2, 1), (0.9, 0)):
        expected = Interval(0.95, low, 1.0)
        found = find_standing(volume, LIVER, answers, config=config, predicted=expected)
        assert found.decision.n_more == n_more


def test_a_simulated_crowd_works_until_nobody_is_wanted(study: Study) -> None:
    """The standings of a real study are what `next_task` takes."""
    simulate_answers(study, make_annotators("careful", 2, seed=0), command="simulate")
    standings = find_standings(study)
    wanted = {s.subject for s in standings if s.decision.n_more}

    task = next_task(
        "newcomer",
        standings=standings,
        leases=(),
        history=(),
        asking=study.config.asking,
        seed=0,
        now=datetime(2026, 3, 1, tzinfo=UTC),
    )
    assert sum(len(s.finished_by) for s in standings) == 10
    assert (task.subject in wanted) if task else not wanted


def test_answers_cost_their_time_or_the_papers() -> None:
    def timed(seconds: float | None) -> Answer:
        return Answer("v", 1, "a", 0, State.ABSENT, active_s=seconds)

    assert add_up([]) == Spent(0, 0.0)
    spent = add_up([timed(None), timed(56.71)])
    assert spent.answers == 2
    assert spent.minutes == pytest.approx(1.0)


def test_with_a_target_what_quality_expects_decides_until_somebody_answers(study: Study) -> None:
    """Two agree, but with a target of 1 no label is good enough; a newer answer is not judged."""
    simulate_answers(study, make_annotators("careful", 2, seed=0), command="")
    segment_volumes(study, command="")
    judge_study(study, is_quick=True, command="")
    expected = find_predicted(study)
    study.config = dataclasses.replace(study.config, asking=Asking(target_dice=1.0))

    assert {subject.structure_id for subject in expected} == {1, 2, 3, 4, 5}
    assert "the target is 1.00" in liver(study).decision.reason

    answer(study, "careful-1", [5])
    assert {subject.structure_id for subject in find_predicted(study)} == {2, 3, 4, 5}
    assert "target" not in liver(study).decision.reason


def test_where_nothing_was_judged_nothing_is_expected(study: Study) -> None:
    assert find_predicted(study) == {}


def test_who_is_left_out_has_not_answered(study: Study) -> None:
    answer(study, "anna", range(14))
    answer(study, "ben", range(14), Box(10, 10, 20, 21))
    study.config = dataclasses.replace(study.config, leave_out=("ben",))
    assert (len(liver(study).finished_by), liver(study).decision.n_more) == (1, 1)
