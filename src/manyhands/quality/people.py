"""Checks: how somebody answered. Copies, haste, boxes far from everybody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt

from manyhands.boxes.copies import are_copies, are_same
from manyhands.quality.agreement import iou_on_slices
from manyhands.quality.given import Given
from manyhands.quality.runs import find_runs, in_words
from manyhands.quality.subject import Cohort, Subject
from manyhands.types import Finding, MaskArray, Place, Severity

FloatArray = npt.NDArray[np.float64]

LONGEST_REPEAT = 3  # slices on which an organ, and so its box, may stay the same
FEWEST = 5  # boxes of which anything is said
FASTEST_S = 1.0  # in which nobody finds an organ and draws a box
FAST_SHARE = 0.2
FAR_IOU = 0.45  # a spammer has .21, a poor annotator .61 (simulated crowds on CT)


def boxes_repeated(cohort: Cohort) -> Iterator[Finding]:
    """The very same box by one annotator on slice after slice."""
    for subject in cohort.subjects:
        for annotator, given in subject.given.items():
            for run in _repeats(given):
                yield Finding(
                    "boxes-repeated",
                    Severity.WARNING,
                    f"{annotator} gave the very same box of {subject.structure.name} on "
                    f"{in_words(run)}.",
                    f"Ask {annotator} to fit the box to each slice.",
                    subject.place(run, annotator=annotator),
                    float(given.has_box[run[0] : run[1] + 1].sum() / given.has_box.sum()),
                )


def _repeats(given: Given) -> list[tuple[int, int]]:
    """Runs of more than `LONGEST_REPEAT` answered slices with one box drawn by hand."""
    slices = np.flatnonzero(given.has_box & given.is_by_hand)
    runs = find_runs(are_same(given.boxes[slices[:-1]], given.boxes[slices[1:]]))
    return [
        (int(slices[first]), int(slices[last + 1]))
        for first, last in runs
        if last + 2 - first > LONGEST_REPEAT
    ]


def boxes_copied(cohort: Cohort) -> Iterator[Finding]:
    """Two annotators with the very same boxes: their agreement says nothing.

    On one structure of a volume, where the consensus takes them for one person, or over all.
    """
    together: dict[tuple[str, str], list[MaskArray]] = {}
    for subject in cohort.subjects:
        for a, b in combinations(sorted(subject.given), 2):
            same = _same_by_hand(subject.given[a], subject.given[b])
            together.setdefault((a, b), []).append(same)
    for (a, b), parts in together.items():
        everywhere = np.concatenate(parts)
        copied = [part for part in parts if are_copies(part)]
        if copied or are_copies(everywhere):
            same = np.concatenate(copied) if copied else everywhere
            yield Finding(
                "boxes-copied",
                Severity.ERROR,
                f"{same.sum()} of {len(same)} boxes that {a} and {b} both gave are identical.",
                "They are counted as one person: find out whose they are, "
                f"and leave {b} or {a} out (`leave_out` in manyhands.toml).",
                Place(annotator=b),
                float(same.mean()),
            )


def _same_by_hand(first: Given, second: Given) -> MaskArray:
    """(n,): of the slices both boxed by hand, those with the same box."""
    both = first.has_box & second.has_box & first.is_by_hand & second.is_by_hand
    return are_same(first.boxes[both], second.boxes[both])


def answered_fast(cohort: Cohort) -> Iterator[Finding]:
    """People who drew many boxes in less time than it takes to see an organ."""
    for annotator, seconds in _by_annotator(cohort, _seconds_per_box).items():
        seconds = seconds[np.isfinite(seconds)]
        fast = seconds < FASTEST_S
        if fast.sum() >= FEWEST and fast.mean() >= FAST_SHARE:
            yield Finding(
                "answered-fast",
                Severity.WARNING,
                f"{annotator} gave {fast.mean():.0%} of {len(seconds)} boxes in less than "
                f"{FASTEST_S:g} s each.",
                f"Look at some of these boxes; ask {annotator} to take the time.",
                Place(annotator=annotator),
                float(fast.mean()) / 2,
            )


def _seconds_per_box(subject: Subject) -> dict[str, FloatArray]:
    return {name: g.active_s[g.has_box & g.is_by_hand] for name, g in subject.given.items()}


def annotator_far(cohort: Cohort) -> Iterator[Finding]:
    """People whose boxes hardly meet what all agree on. Of two nobody can tell who is wrong."""
    for annotator, overlaps in _by_annotator(cohort, _overlaps_among_three).items():
        if len(overlaps) >= FEWEST and (median := float(np.median(overlaps))) < FAR_IOU:
            yield Finding(
                "annotator-far",
                Severity.ERROR,
                f"The boxes of {annotator} hardly meet what the others agree on: their usual "
                f"overlap (IoU) is {median:.2f}.",
                f"Look at some of these boxes; explain the task to {annotator} again, "
                "or leave the answers out (`leave_out` in manyhands.toml).",
                Place(annotator=annotator),
                1 - median,
            )


def far_annotators(cohort: Cohort) -> frozenset[str]:
    """The people of whom `annotator_far` speaks: little else needs to be said of their boxes."""
    return frozenset(f.place.annotator for f in annotator_far(cohort) if f.place.annotator)


def _overlaps_among_three(subject: Subject) -> dict[str, FloatArray]:
    """IoU of each annotator's boxes with the track, 0 where that has none."""
    boxing = {name: given for name, given in subject.given.items() if given.has_box.any()}
    if len(boxing) < 3:
        return {}
    return {
        name: iou_on_slices(given.boxes, subject.track_boxes)[given.has_box]
        for name, given in boxing.items()
    }


def _by_annotator(
    cohort: Cohort, values_of: Callable[[Subject], dict[str, FloatArray]]
) -> dict[str, FloatArray]:
    """What `values_of` finds in each subject, joined for each annotator."""
    found: dict[str, list[FloatArray]] = {}
    for subject in cohort.subjects:
        for name, values in values_of(subject).items():
            found.setdefault(name, []).append(values)
    return {name: np.concatenate(parts) for name, parts in sorted(found.items())}
