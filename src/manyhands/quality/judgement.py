"""All that can be said of a study without anybody who knows the truth."""

from __future__ import annotations

from dataclasses import dataclass

from manyhands.quality.checks import find_doubts
from manyhands.quality.overview import agreements, answering_times, learning_curves
from manyhands.quality.prediction import predict_dice
from manyhands.quality.subject import Cohort
from manyhands.types import Agreement, AnsweringTime, Finding, LearningCurve, PredictedDice


@dataclass(frozen=True)
class Judgement:
    """Findings come with what is most at stake first, predictions with the worst."""

    findings: tuple[Finding, ...] = ()
    predicted: tuple[PredictedDice, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    times: tuple[AnsweringTime, ...] = ()
    learning: tuple[LearningCurve, ...] = ()


def judge(cohort: Cohort) -> Judgement:
    """Run all checks and measure all agreement. Nothing to judge gives a judgement of nothing."""
    dice = ((s, predict_dice(s)) for s in cohort.subjects)
    predicted = [PredictedDice(s.volume, s.structure.name, d) for s, d in dice if d is not None]
    return Judgement(
        find_doubts(cohort),
        tuple(sorted(predicted, key=lambda p: p.dice.estimate)),
        agreements(cohort),
        answering_times(cohort),
        learning_curves(cohort),
    )
