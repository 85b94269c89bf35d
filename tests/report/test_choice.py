from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from manyhands.report import Coverage, ReportContent
from manyhands.report.choice import choose_cases
from manyhands.types import Score


def with_dice(content: ReportContent, **dice: float | None) -> ReportContent:
    scores = [
        Score(volume, "liver", value, value, value, value, value, 2.0, 1, 1, 0)
        for volume, value in dice.items()
    ]
    return dataclasses.replace(content, volumes=tuple(dice), scores=tuple(scores))


@pytest.mark.parametrize(
    ("dice", "chosen"),
    [
        ({"a": 0.5}, {"a": "The only volume"}),
        ({"a": 0.5, "b": 0.6}, {"b": "Best", "a": "Worst"}),
        ({"a": 0.5, "b": 0.9, "c": 0.7}, {"b": "Best", "c": "Median", "a": "Worst"}),
        ({"a": 0.5, "b": 0.9, "c": 0.7, "d": 0.6}, {"b": "Best", "d": "Median", "a": "Worst"}),
        ({"a": 0.5, "b": 0.5, "c": 0.5}, {"a": "Best", "b": "Median", "c": "Worst"}),
        ({"a": 0.5, "b": None}, {"a": "The only volume"}),
    ],
)
def test_best_median_and_worst(
    content: ReportContent, dice: dict[str, float | None], chosen: dict[str, str]
) -> None:
    rule = choose_cases(with_dice(content, **dice))
    assert {choice.volume: choice.reason for choice in rule.choices} == chosen


def test_the_mean_of_a_volumes_structures_decides(content: ReportContent) -> None:
    """one (.9 + .8) / 2, two .5 (its spleen is not applicable), three (.7 + .8) / 2."""
    choices = choose_cases(content).choices
    assert [choice.volume for choice in choices] == ["one", "three", "two"]


def test_without_scores_the_slices_seen_decide(content: ReportContent) -> None:
    slices = np.arange(4)
    coverage = [
        Coverage(volume, "liver", slices < seen, slices < 1, slices < 1)
        for volume, seen in (("one", 3), ("two", 4), ("three", 1))
    ]
    rule = choose_cases(dataclasses.replace(content, scores=(), coverage=tuple(coverage)))
    assert [(c.volume, c.reason) for c in rule.choices] == [
        ("two", "Most looked at"),
        ("one", "Median"),
        ("three", "Least looked at"),
    ]


def test_nobody_is_most_looked_at_where_all_are_the_same(content: ReportContent) -> None:
    all_seen = np.ones(4, dtype=bool)
    coverage = tuple(Coverage(v, "liver", all_seen, all_seen, all_seen) for v in ("one", "two"))
    bare = dataclasses.replace(content, scores=(), coverage=coverage, volumes=("one", "two"))
    rule = choose_cases(bare)
    assert rule.sentence == "All of the study."
    assert [(c.volume, c.reason) for c in rule.choices] == [("one", "Volume"), ("two", "Volume")]


def test_knowing_nothing_the_first_three_are_shown(content: ReportContent) -> None:
    bare = dataclasses.replace(content, scores=(), coverage=(), volumes=("a", "b", "c", "d"))
    assert [choice.volume for choice in choose_cases(bare).choices] == ["a", "b", "c"]


def test_no_volumes_no_choice(content: ReportContent) -> None:
    bare = dataclasses.replace(content, scores=(), coverage=(), volumes=())
    assert choose_cases(bare).choices == ()
