"""What the predicted Dice is learned with, on numbers one can check by hand."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.quality import PARTS, as_module, find_reaches, judge_prediction, regress

from manyhands.quality.features import FEATURES
from manyhands.types import Interval


def test_a_straight_line_is_found_whatever_the_units() -> None:
    x = np.linspace(0, 1, 4001)[:, None] * [1.0, 1000.0] + [0.0, 5.0]
    found = regress(x, 3 - 2 * x[:, 0])
    assert found.predict(np.array([[0.25, 255.0]])) == pytest.approx([2.5], abs=0.01)


def test_a_few_that_nothing_explains_do_not_turn_the_line() -> None:
    """One of twenty at -10 would lower the mean by half; by Huber's loss it hardly counts."""
    x = np.linspace(0, 1, 400)[:, None]
    y = np.zeros(400)
    y[::20] = -10
    assert regress(x, y).predict(np.array([[0.5]])) == pytest.approx([0], abs=0.1)


def test_reaches_hold_nearly_all_of_each_part() -> None:
    rng = np.random.default_rng(0)
    predicted = np.linspace(-2, 2, 2000)
    y = predicted + rng.normal(0, np.where(predicted < 0, 1.0, 0.1))
    reaches = find_reaches(predicted, y)
    limits = [up_to for up_to, _, _ in reaches]
    assert len(reaches) == PARTS
    assert limits == sorted(limits)
    assert limits[-1] == 2
    _, below, above = reaches[0]
    assert below == pytest.approx(1.96, abs=0.5)
    assert above == pytest.approx(1.96, abs=0.5)
    assert reaches[-1][1] == pytest.approx(0.196, abs=0.05)


def test_what_is_written_is_what_was_learned() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (50, len(FEATURES)))
    found = regress(x, x[:, 0], reaches=[(1.0, 0.5, 0.25)])
    written: dict[str, object] = {}
    exec(as_module(found, 50), written)
    assert written["INTERCEPT"] == pytest.approx(found.intercept, abs=1e-4)
    assert written["REACHES"] == ((1.0, 0.5, 0.25),)
    terms = written["TERMS"]
    assert isinstance(terms, dict)
    assert list(terms) == list(FEATURES)
    assert [weight for _, _, weight in terms.values()] == pytest.approx(found.weights, abs=1e-4)


def test_a_prediction_is_judged_by_rank_error_and_interval() -> None:
    intervals = [Interval(0.2, 0.0, 0.4), Interval(0.5, 0.4, 0.6), Interval(0.9, 0.8, 1.0)]
    dice = np.array([0.3, 0.7, 0.9])
    assert judge_prediction(intervals, dice) == ["3", "1.000", "0.100", "0.667", "0.267"]
