"""Ways of asking people, what is to be expected of each, and which of them to take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from manyhands.config import Asking
from manyhands.pipeline.profiles import CrowdProfile

# With matplotlib, half a second: at run time only where a plan is shown.
if TYPE_CHECKING:
    from manyhands.report.curves import Curve

NEAR_BEST = 0.01  # Dice; a smaller difference is noise of a few rehearsals
X_TITLE, Y_TITLE = "minutes per volume, of all people", "mean volume Dice"


@dataclass(frozen=True)
class Way:
    """One way of asking, and what to expect of it.

    `people` is how many answer about each structure, on average. `answers` and `minutes` are of all
    people and structures together, on one volume like the one rehearsed on; `study_answers` and
    `study_minutes` on all slices of the study. `dice` is the mean over structures and rehearsals,
    `dice_low` and `dice_high` are of the worst and the best rehearsal; `by_structure` are means.
    """

    stride: int
    is_adaptive: bool
    people: float
    answers: float
    minutes: float
    study_answers: float
    study_minutes: float
    dice: float
    dice_low: float
    dice_high: float
    by_structure: Mapping[str, float]

    @property
    def words(self) -> str:
        if self.is_adaptive:
            return f"adaptive ({self.people:.1f})"
        return "1 person" if self.people == 1 else f"{self.people:.0f} people"


@dataclass(frozen=True)
class Plan:
    """All ways, by stride and people, and what they were rehearsed on.

    `chosen` is the number of the way to take, as `choose` has it; None where there is none. `model`
    made the masks, `study_model` is the study's own: they differ where that has a network.
    """

    ways: tuple[Way, ...]
    chosen: int | None
    rehearsed_on: str
    n_volumes: int
    crowd: CrowdProfile
    model: str
    study_model: str


def choose(ways: Sequence[Way], asking: Asking) -> int | None:
    """The number of the way that fits what a study asks for; None where none does.

    Within the budget, the cheapest that reaches the target. Without a target, with a budget the
    best, and without either the cheapest whose Dice is within .01 of the best.
    """
    within = [(number, way) for number, way in enumerate(ways) if _is_within(way, asking)]
    best = max((way.dice for _, way in within), default=0.0)
    has_budget = asking.budget_answers > 0 or asking.budget_minutes > 0
    least = asking.target_dice or (best if has_budget else best - NEAR_BEST)
    fitting = [(way.minutes, number) for number, way in within if way.dice >= least]
    return min(fitting)[1] if fitting else None


def why_none(ways: Sequence[Way], asking: Asking) -> str:
    """What of the target and the budget cannot be had, and what comes nearest."""
    limits = [
        f"{limit:g} {what}"
        for limit, what in ((asking.budget_answers, "answers"), (asking.budget_minutes, "minutes"))
        if limit > 0
    ]
    budget = f"the study's budget of {' and '.join(limits)}"
    within = [way for way in ways if _is_within(way, asking)]
    if not within:
        least = min(ways, key=lambda way: way.study_minutes)
        return f"no way keeps {budget}; the cheapest is {_in_words(least)}"
    best = max(within, key=lambda way: way.dice)
    reach = f"no way reaches a Dice of {asking.target_dice:g}"
    return f"{reach}{f' within {budget}' if limits else ''}; the best is {_in_words(best)}"


def _is_within(way: Way, asking: Asking) -> bool:
    return (
        not 0 < asking.budget_answers < way.study_answers
        and not 0 < asking.budget_minutes < way.study_minutes
    )


def _in_words(way: Way) -> str:
    found = f"{_stride_words(way.stride)}, {way.words}: Dice {way.dice:.3f}"
    if not way.study_answers:  # no volumes yet
        return found
    return (
        f"{found}, for the whole study {way.study_answers:.0f} answers, "
        f"{way.study_minutes:.0f} minutes"
    )


def plan_curves(plan: Plan) -> list[Curve]:
    """A curve of Dice against minutes for each stride, and one for adaptive asking."""
    from manyhands.report.curves import Curve

    def curve(title: str, letter: str, ways: Sequence[Way]) -> Curve:
        words = [f"in {w.stride}" if w.is_adaptive else f"{w.people:.0f}" for w in ways]
        return Curve(title, letter, [w.minutes for w in ways], [w.dice for w in ways], words)

    fixed = [way for way in plan.ways if not way.is_adaptive]
    curves = [
        curve(
            _stride_words(stride),
            np.base_repr(stride % 36, 36),
            [w for w in fixed if w.stride == stride],
        )
        for stride in dict.fromkeys(way.stride for way in fixed)
    ]
    adaptive = [way for way in plan.ways if way.is_adaptive]
    return [*curves, curve("adaptive, each stride", "a", adaptive[::-1])]


def _stride_words(stride: int) -> str:
    return "every slice" if stride == 1 else f"one slice in {stride}"


def plan_table(plan: Plan) -> str:
    """The ways as text, a line each; the chosen one is marked with `>`."""
    header = ["", "slices", "people", "minutes/volume", "Dice", "lowest", "highest"]
    if plan.n_volumes:
        header.append("hours/study")
    lines = [header]
    for number, way in enumerate(plan.ways):
        dices = [f"{value:.3f}" for value in (way.dice, way.dice_low, way.dice_high)]
        mark = ">" if number == plan.chosen else ""
        lines.append([mark, _stride_words(way.stride), way.words, f"{way.minutes:.0f}", *dices])
        if plan.n_volumes:
            lines[-1].append(f"{way.study_minutes / 60:.1f}")
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 3 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def plan_picture(plan: Plan) -> str:
    """The curves in letters, for a terminal."""
    from manyhands.report.curves import write_curves

    return write_curves(plan_curves(plan), x_title=X_TITLE, y_title=Y_TITLE)


def draw_plan(plan: Plan) -> str:
    """The curves as SVG."""
    from manyhands.report.curves import draw_curves

    title = f"What to expect, rehearsed on {plan.rehearsed_on}; numbers are people"
    return draw_curves(plan_curves(plan), title=title, x_title=X_TITLE, y_title=Y_TITLE)
