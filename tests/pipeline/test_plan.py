from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from manyhands.errors import ConfigError, StudyError
from manyhands.pipeline import (
    Source,
    Way,
    add_volumes,
    make_annotators,
    plan_study,
    simulate_answers,
)
from manyhands.pipeline.plan import FIGURE_PATH, PLAN_PATH
from manyhands.pipeline.profiles import PAPER_SECONDS, measure_crowd
from manyhands.store import Study, current_answers, ensure_annotator, find_volumes, insert_answers
from manyhands.types import Answer, State


def ways_of(study: Study, **settings: object) -> tuple[Way, ...]:
    chosen = {"on": "one", "most_people": 2, "strides": (1, 3), "rehearsals": 1, **settings}
    return plan_study(study, command="plan", **chosen).ways  # type: ignore[arg-type]


def test_a_plan_has_every_way_and_is_the_same_again(study: Study) -> None:
    ways = ways_of(study)

    assert [(w.stride, w.is_adaptive, w.people) for w in ways] == [
        *((1, True, 2.0), (1, False, 1.0), (1, False, 2.0)),
        *((3, True, 2.0), (3, False, 1.0), (3, False, 2.0)),
    ]
    assert ways_of(study) == ways


def test_minutes_are_answers_times_seconds(study: Study) -> None:
    """On the volume itself, the study's only one, volume and study cost the same."""
    for way in ways_of(study):
        assert way.minutes == pytest.approx(way.answers * PAPER_SECONDS / 60)
        assert way.study_minutes == pytest.approx(way.minutes)
        assert way.study_answers == pytest.approx(way.answers)
        # 14 slices of five structures, of which people pass over a few.
        assert way.answers <= 14 * 5 * way.people
        assert way.dice_low <= way.dice <= way.dice_high


def test_plan_and_figure_are_written_with_what_made_them(study: Study) -> None:
    ways = ways_of(study)

    content = json.loads(study.path(PLAN_PATH).read_text(encoding="utf-8"))
    assert content["ways"][0]["dice"] == ways[0].dice
    assert content["rehearsed_on"] == "one"
    assert content["provenance"]["command"] == "plan"
    ElementTree.parse(study.path(FIGURE_PATH))


def test_an_empty_study_is_planned_on_a_phantom(empty_study: Study) -> None:
    plan = plan_study(empty_study, most_people=1, strides=(4,), rehearsals=1, command="plan")

    assert plan.rehearsed_on == "phantoms with slices of 3 mm"
    assert plan.n_volumes == 0
    assert set(plan.ways[0].by_structure) == {s.name for s in empty_study.config.structures}
    assert 0.5 < plan.ways[0].dice < 1


def test_the_phantom_has_slices_like_the_study(study: Study) -> None:
    """Those of volume `one` are 13 mm, of which the phantom takes 10."""
    plan = plan_study(study, most_people=1, strides=(1,), rehearsals=1, command="plan")

    assert plan.rehearsed_on == "phantoms with slices of 10 mm"
    assert plan.ways[0].answers <= 18 * 5  # 180 mm


def test_the_studys_own_people_are_measured(study: Study) -> None:
    simulate_answers(study, make_annotators("careful", 1, seed=0), command="simulate")
    crowd = measure_crowd(study)

    assert list(crowd.profiles) == ["careful-1"]
    assert crowd.profiles["careful-1"].looseness < 0.8
    assert not crowd.is_timed
    careful = ways_of(study)
    assert all(way.dice > 0.7 for way in careful)


def test_seconds_are_those_of_the_answers(study: Study) -> None:
    with study.writing() as connection:
        (volume,) = find_volumes(connection)
        anna = ensure_annotator(connection, "anna").annotator_id
        insert_answers(
            connection,
            [
                Answer(volume.volume_id, 1, anna, k, State.ABSENT, active_s=seconds)
                for k, seconds in enumerate((4.0, 8.0, None))
            ],
        )
    crowd = measure_crowd(study)

    assert (crowd.seconds_per_slice, crowd.is_timed) == (6.0, True)
    assert crowd.profiles == {}  # three answers say nothing of how anna draws


def test_without_reference_nobody_is_measured(study: Study, sources: tuple[Source, Source]) -> None:
    add_volumes(study, [Source(sources[1].image, None, "bare")])
    simulate_answers(study, make_annotators("paper", 1, seed=0), command="simulate")
    with study.reading() as connection:
        answered = {answer.volume_id for answer in current_answers(connection)}

    assert len(answered) == 1
    assert list(measure_crowd(study).profiles) == ["paper-1"]
    with pytest.raises(StudyError, match="volume 'bare' has no reference to rehearse on"):
        ways_of(study, on="bare")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"most_people": 0}, "at least one person"),
        ({"rehearsals": 0}, "at least one person and one rehearsal"),
        ({"strides": ()}, r"strides must be 1 or more, found \[\]"),
        ({"strides": (2, 0)}, r"strides must be 1 or more, found \[0, 2\]"),
    ],
)
def test_impossible_numbers_are_refused(
    study: Study, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        ways_of(study, **settings)


def test_an_unknown_volume_is_named(study: Study) -> None:
    with pytest.raises(StudyError, match="no volume 'two' in the study"):
        ways_of(study, on="two")
