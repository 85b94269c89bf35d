"""Agreement, time and learning of a whole study, in rows for tables and figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from manyhands.quality.agreement import (
    agreement_with_others,
    iou_on_slices,
    measure_disagreement,
    median_pair_iou,
    sum_up,
)
from manyhands.quality.subject import Cohort, Subject
from manyhands.types import Agreement, AnsweringTime, LearningCurve

FloatArray = npt.NDArray[np.float64]

STEPS = 8  # of a learning curve
FEWEST_PER_STEP = 5


def agreements(cohort: Cohort) -> tuple[Agreement, ...]:
    """For each structure, how much all agree, then each annotator with the others.

    Structures that fewer than two people boxed on the same slices are left out.
    """
    return tuple(
        row
        for name, subjects in cohort.of_structures().items()
        for row in _of_structure(name, subjects)
    )


def _of_structure(name: str, subjects: Sequence[Subject]) -> Iterator[Agreement]:
    pairs = [iou for s in subjects for iou in median_pair_iou(s.given).values()]
    if not pairs:
        return
    alpha = sum_up(measure_disagreement(list(s.given.values())) for s in subjects).alpha
    slices = sum(int(s.consensus.is_seen.sum()) for s in subjects)
    yield Agreement(name, None, float(np.median(pairs)), alpha, slices)
    overlaps: dict[str, list[FloatArray]] = {}
    for subject in subjects:
        for annotator, values in agreement_with_others(subject.given).items():
            overlaps.setdefault(annotator, []).append(values)
    for annotator, parts in sorted(overlaps.items()):
        values = np.concatenate(parts)
        if len(values):
            yield Agreement(name, annotator, float(np.median(values)), None, len(values))


def answering_times(cohort: Cohort) -> tuple[AnsweringTime, ...]:
    """Of each annotator and structure whose answers were timed."""
    seconds: dict[tuple[str, str], list[FloatArray]] = {}
    for subject in cohort.subjects:
        for annotator, given in subject.given.items():
            known = given.active_s[np.isfinite(given.active_s)]
            seconds.setdefault((annotator, subject.structure.name), []).append(known)
    rows = ((place, np.concatenate(parts)) for place, parts in sorted(seconds.items()))
    return tuple(
        AnsweringTime(annotator, structure, float(np.median(s)), float(s.sum()), len(s))
        for (annotator, structure), s in rows
        if len(s)
    )


def learning_curves(cohort: Cohort) -> tuple[LearningCurve, ...]:
    """How the overlap of each annotator's boxes with the boxes agreed on changed with practice.

    Only boxes of which it is known when they were drawn, all structures together, in the order of
    time; annotators with too few of them are left out, and so is who was alone.
    """
    drawn: dict[str, list[FloatArray]] = {}
    for subject in cohort.subjects:
        if len(subject.given) < 2:
            continue
        for annotator, given in subject.given.items():
            known = np.isfinite(given.drawn_at_s)
            overlaps = iou_on_slices(given.boxes, subject.track_boxes)[known]
            dated = np.stack([given.drawn_at_s[known], overlaps], axis=1)
            drawn.setdefault(annotator, []).append(dated)
    curves = []
    for annotator, parts in sorted(drawn.items()):
        times, overlaps = np.concatenate(parts).T
        if len(times) >= STEPS * FEWEST_PER_STEP:
            steps = np.array_split(overlaps[np.argsort(times, kind="stable")], STEPS)
            ends = np.cumsum([len(step) for step in steps])
            medians = tuple(float(np.median(step)) for step in steps)
            curves.append(LearningCurve(annotator, tuple(ends.tolist()), medians))
    return tuple(curves)
