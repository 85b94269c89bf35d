"""Checks: did somebody look everywhere?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from manyhands.quality.runs import find_runs, in_words
from manyhands.quality.subject import Cohort, Subject
from manyhands.types import Finding, Severity


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
    """Slices between two boxes that nobody answered and that lie further apart than the stride."""
    for subject in cohort.subjects:
        boxed = np.flatnonzero(np.isfinite(subject.track_boxes[:, 0]))
        for first, last in find_runs(_unseen_between(subject)):
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


def _unseen_between(subject: Subject) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """(slices,): not seen, between the first and the last box."""
    unseen = ~subject.consensus.is_seen
    boxed = np.flatnonzero(np.isfinite(subject.track_boxes[:, 0]))
    if len(boxed) == 0:
        return np.zeros_like(unseen)
    unseen[: boxed[0]] = False
    unseen[boxed[-1] :] = False
    return unseen
