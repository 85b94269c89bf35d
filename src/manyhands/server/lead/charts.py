"""The numbers of the lead's charts: work of each day, pace, learning, the Dice that is expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from manyhands.pipeline import read_judgement
from manyhands.server.lead.people import Estimate, Said, read_said
from manyhands.store import Study, find_annotators

STEPS = 20
"""So many marks a learning curve has at most; also of the times of answers."""


@dataclass(frozen=True, slots=True)
class DayOfWork:
    """What one annotator did on one day, UTC; answers that were timed have seconds."""

    day: str
    annotator: str
    n_answers: int
    active_s: float


@dataclass(frozen=True, slots=True)
class PaceStep:
    """The median time of an answer after so many answers."""

    n_answers: int
    median_s: float


@dataclass(frozen=True, slots=True)
class Pace:
    annotator: str
    steps: tuple[PaceStep, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    annotator: str
    n_boxes: tuple[int, ...]
    median_iou: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ExpectedDice:
    volume: str
    structure: str
    dice: Estimate


@dataclass(frozen=True, slots=True)
class Charts:
    """What the charts show; each has its table in the same numbers."""

    days: tuple[DayOfWork, ...]
    pace: tuple[Pace, ...]
    learning: tuple[Curve, ...]
    expected: tuple[ExpectedDice, ...]


def find_charts(study: Study) -> Charts:
    """The numbers of all charts."""
    said = read_said(study)
    with study.reading() as connection:
        names = {a.annotator_id: a.name for a in find_annotators(connection)}
    judgement = read_judgement(study)
    days: defaultdict[tuple[str, str], list[Said]] = defaultdict(list)
    for annotator_id, own in said.items():
        for one in own:
            days[one.created_at.date().isoformat(), names[annotator_id]].append(one)
    return Charts(
        days=tuple(
            DayOfWork(day, name, len(own), sum(s.active_s or 0.0 for s in own))
            for (day, name), own in sorted(days.items())
        ),
        pace=tuple(
            Pace(names[annotator_id], steps)
            for annotator_id, own in sorted(said.items(), key=lambda item: names[item[0]])
            if (steps := pace_of([s.active_s for s in own]))
        ),
        learning=tuple(Curve(c.annotator, c.n_boxes, c.median_iou) for c in judgement.learning),
        expected=tuple(
            ExpectedDice(p.volume, p.structure, Estimate(p.dice.estimate, p.dice.low, p.dice.high))
            for p in judgement.predicted
        ),
    )


def pace_of(seconds: Sequence[float | None]) -> tuple[PaceStep, ...]:
    """Medians of at most `STEPS` equal parts of the timed answers, in the order they were given."""
    timed = [s for s in seconds if s is not None]
    parts = np.array_split(timed, min(STEPS, len(timed))) if timed else []
    ends = np.cumsum([len(part) for part in parts])
    return tuple(
        PaceStep(int(end), float(np.median(part))) for end, part in zip(ends, parts, strict=True)
    )
