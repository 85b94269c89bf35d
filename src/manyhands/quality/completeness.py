"""Checks: did somebody look everywhere, and could tell what is there?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from manyhands.quality.given import Given
from manyhands.quality.runs import find_runs, find_runs_among, in_words
from manyhands.quality.subject import Cohort, Subject
from manyhands.types import Finding, MaskArray, Severity

FEWEST = 2  # slices: of a single one, those beside it tell enough


def structure_incomplete(cohort: Cohort) -> Iterator[Finding]:
    """Slices before the first or after the last box that nobody answered: the structure may go on
    there. The most costly fault of crowds: people stop part-way.
    """
    for subject in cohort.subjects:
        boxed = np.flatnonzero(np.isfinite(subject.track_boxes[:, 0]))
        unseen = ~subject.consensus.is_seen
        if len(boxed) == 0:
            continue
        unseen[boxed[0] : boxed[-1] + 1] = False
        for first, last in find_runs(unseen):
            length = last - first + 1
            yield Finding(
                "structure-incomplete",
                Severity.ERROR,
                f"Nobody said whether {subject.structure.name} goes on in "
                f"{in_words((first, last))}.",
                "Ask somebody to go on from the last box to the slice where it is gone.",
                subject.place((first, last)),
                min(1.0, length / (length + len(boxed))),
            )


def structure_gap(cohort: Cohort) -> Iterator[Finding]:
    """Slices between two boxes that nobody answered and that lie further apart than the stride.

    Where people looked and were unsure, `nobody_sure` speaks.
    """
    for subject in cohort.subjects:
        boxed = np.flatnonzero(np.isfinite(subject.track_boxes[:, 0]))
        for first, last in find_runs(_unseen_between(subject) & ~_is_doubted(subject)):
            length = last - first + 1
            yield Finding(
                "structure-gap",
                Severity.WARNING,
                f"Nobody looked at {in_words((first, last))} of {subject.structure.name}; "
                "what is there is guessed from the slices around.",
                "Ask somebody to box these slices.",
                subject.place((first, last)),
                length / len(boxed),
            )


def nobody_sure(cohort: Cohort) -> Iterator[Finding]:
    """Runs of slices where all who answered were unsure: between boxes, or of a structure that
    nobody boxed. Ends are often hard to tell, and of these `structure_incomplete` speaks.
    """
    for subject in cohort.subjects:
        is_boxed = np.isfinite(subject.track_boxes[:, 0])
        at_stake = is_boxed if is_boxed.any() else _is_answered(subject)
        for first, last in _doubted_runs(subject):
            yield Finding(
                "nobody-sure",
                Severity.WARNING,
                f"All who answered were unsure of {subject.structure.name} on "
                f"{in_words((first, last))}.",
                "Ask somebody who knows the structure better.",
                subject.place((first, last)),
                float(at_stake[first : last + 1].sum() / at_stake.sum()),
            )


def _doubted_runs(subject: Subject) -> list[tuple[int, int]]:
    """Neighbouring answered slices, as many as `FEWEST` or all, on which nobody was sure."""
    answered = _is_answered(subject)
    doubted = answered & ~_any_of(subject, lambda given: given.is_vote)
    boxed = np.flatnonzero(np.isfinite(subject.track_boxes[:, 0]))
    if len(boxed):
        doubted[: boxed[0]] = doubted[boxed[-1] :] = False
    fewest = min(FEWEST, int(answered.sum()))
    runs = find_runs_among(doubted, answered)
    return [run for run in runs if doubted[run[0] : run[1] + 1].sum() >= fewest]


def _is_answered(subject: Subject) -> MaskArray:
    """(slices,): did somebody give any answer, if only *unsure*?"""
    return _any_of(subject, lambda given: given.is_vote | given.is_unsure)


def _any_of(subject: Subject, mask_of: Callable[[Given], MaskArray]) -> MaskArray:
    found = np.zeros(subject.n_slices, dtype=np.bool_)
    for given in subject.given.values():
        found |= mask_of(given)
    return found


def _is_doubted(subject: Subject) -> MaskArray:
    """(slices,): in a run where nobody was sure, or nearer to it than the stride."""
    doubted = np.zeros(subject.n_slices, dtype=np.bool_)
    for first, last in _doubted_runs(subject):
        doubted[max(first - subject.stride + 1, 0) : last + subject.stride] = True
    return doubted


def _unseen_between(subject: Subject) -> MaskArray:
    """(slices,): not seen, between the first and the last box."""
    unseen = ~subject.consensus.is_seen
    boxed = np.flatnonzero(np.isfinite(subject.track_boxes[:, 0]))
    if len(boxed) == 0:
        return np.zeros_like(unseen)
    unseen[: boxed[0]] = False
    unseen[boxed[-1] :] = False
    return unseen
