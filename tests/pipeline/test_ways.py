from __future__ import annotations

import pytest

from manyhands.config import Asking
from manyhands.pipeline.profiles import CrowdProfile
from manyhands.pipeline.ways import Plan, Way, choose, draw_plan, plan_picture, plan_table, why_none


def way(dice: float, minutes: float, *, stride: int = 1, people: float = 2.0) -> Way:
    """On a study of ten such volumes; an answer takes six seconds."""
    return Way(
        stride=stride,
        is_adaptive=people != int(people),
        people=people,
        answers=10 * minutes,
        minutes=minutes,
        study_answers=100 * minutes,
        study_minutes=10 * minutes,
        dice=dice,
        dice_low=dice - 0.01,
        dice_high=dice + 0.01,
        by_structure={"liver": dice},
    )


CHEAP, MIDDLE, BEST = way(0.80, 4.0), way(0.895, 10.0), way(0.90, 30.0)
WAYS = (BEST, CHEAP, MIDDLE)


@pytest.mark.parametrize(
    ("asking", "chosen"),
    [
        (Asking(), MIDDLE),  # within .01 of the best at a third of the minutes
        (Asking(target_dice=0.8), CHEAP),
        (Asking(target_dice=0.897), BEST),
        (Asking(target_dice=0.95), None),
        (Asking(budget_minutes=300.0), BEST),
        (Asking(budget_minutes=299.0), MIDDLE),
        (Asking(budget_answers=500), CHEAP),
        (Asking(budget_answers=399), None),
        (Asking(target_dice=0.8, budget_minutes=300.0), CHEAP),
        (Asking(target_dice=0.9, budget_minutes=299.0), None),
    ],
)
def test_target_and_budget_choose(asking: Asking, chosen: Way | None) -> None:
    assert choose(WAYS, asking) == (None if chosen is None else WAYS.index(chosen))


@pytest.mark.parametrize(
    ("asking", "words"),
    [
        (
            Asking(target_dice=0.95),
            "no way reaches a Dice of 0.95; the best is every slice, 2 people: Dice 0.900, for the "
            "whole study 3000 answers, 300 minutes",
        ),
        (
            Asking(target_dice=0.9, budget_minutes=299.0),
            "no way reaches a Dice of 0.9 within the study's budget of 299 minutes; the best is "
            "every slice, 2 people: Dice 0.895, for the whole study 1000 answers, 100 minutes",
        ),
        (
            Asking(budget_answers=399, budget_minutes=30),
            "no way keeps the study's budget of 399 answers and 30 minutes; the cheapest is every "
            "slice, 2 people: Dice 0.800, for the whole study 400 answers, 40 minutes",
        ),
    ],
)
def test_where_nothing_fits_it_is_said_what_comes_nearest(asking: Asking, words: str) -> None:
    assert why_none(WAYS, asking) == words


def test_of_nothing_nothing_is_chosen() -> None:
    assert choose((), Asking()) is None


def plan_of(*ways: Way, n_volumes: int = 10) -> Plan:
    return Plan(ways, 1, "a phantom", n_volumes, CrowdProfile({}), "intensity", "intensity")


def test_the_table_has_a_line_for_each_way_and_marks_the_chosen() -> None:
    plan = plan_of(way(0.9, 30.0, people=3.0), way(0.89, 12.0, stride=4, people=2.6))
    header, first, second = plan_table(plan).splitlines()

    assert header.split() == [
        *("slices", "people", "minutes/volume", "Dice", "lowest", "highest", "hours/study")
    ]
    assert first.split() == [
        "every",
        "slice",
        "3",
        "people",
        "30",
        "0.900",
        "0.890",
        "0.910",
        "5.0",
    ]
    assert second.startswith(">  one slice in 4  adaptive (2.6)")
    assert second.endswith("2.0")


def test_without_volumes_there_are_no_hours() -> None:
    assert "hours" not in plan_table(plan_of(*WAYS, n_volumes=0))


def test_the_curves_are_one_for_each_stride_and_one_adaptive() -> None:
    plan = plan_of(way(0.9, 30.0, people=3.0), way(0.89, 9.0, stride=12), way(0.9, 8.0, people=2.5))
    picture = plan_picture(plan)

    assert picture.endswith("1 every slice, C one slice in 12, a adaptive, each stride")
    assert draw_plan(plan).count("<svg") == 1
