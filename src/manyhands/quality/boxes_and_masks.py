"""Checks: do the boxes agreed on, the masks in them and the image fit together?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt

from manyhands.quality.agreement import iou_on_slices
from manyhands.quality.runs import find_runs, in_words
from manyhands.quality.subject import Cohort, Subject
from manyhands.types import Finding, MaskArray, Severity

FloatArray = npt.NDArray[np.float64]

LOOSE_SHARE = 0.35  # of a box's side that may lie between it and its mask
LOOSE_MM = 6.0  # people's boxes are loose; by less than this nobody would see it
OVERFLOW_MM = 3.0  # experts' outlines run outside by up to a voxel or two
SAME_PLACE = 0.6  # IoU of two structures' boxes
UNLIKELY = 0.3  # Dice expected of a slice that the image does not show
LIKELY = 0.7  # how much the image beyond an end may look like the structure
SHORT = 0.2  # share of a structure's slices: both its ends are always doubtful
CUT_OFF = 0.35  # share of the largest slice that an organ has at its end only if it goes on


def slack_px(subject: Subject) -> FloatArray:
    """(slices, 4): how far each edge of the box agreed on lies outside the mask, in pixels.

    Below 0 where the mask overflows; NaN where there is no box or no mask.
    """
    inward = np.array([1.0, 1.0, -1.0, -1.0])
    return np.asarray((subject.mask.edges - subject.track_boxes) * inward)


def box_untouched(cohort: Cohort) -> Iterator[Finding]:
    """Slices on which the mask stays far away from an edge of its box.

    Where the image hardly shows the structure at all, `evidence_missing` speaks.
    """

    def is_doubtful(subject: Subject) -> MaskArray:
        slack, boxes = slack_px(subject), subject.track_boxes
        sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
        far = (slack > LOOSE_SHARE * sides) & (slack * _pixel_mm(subject) > LOOSE_MM)
        return np.asarray(np.any(far, axis=1) & ~_is_hardly_shown(subject))

    return _findings_where(
        is_doubtful,
        cohort,
        "box-untouched",
        "The box of {} is far larger than what the image shows in it",
        "Draw the box again, close to the organ.",
    )


def mask_overflows(cohort: Cohort) -> Iterator[Finding]:
    """Slices on which the mask reaches beyond its box and the margin that it is allowed."""

    def is_doubtful(subject: Subject) -> MaskArray:
        beyond_mm = -(slack_px(subject) + subject.margin_px) * _pixel_mm(subject)
        return np.asarray(np.any(beyond_mm > OVERFLOW_MM, axis=1))

    return _findings_where(
        is_doubtful,
        cohort,
        "mask-overflows",
        "The mask of {} reaches beyond its box",
        "Look at these slices; where the box is too small, draw it again.",
    )


def evidence_missing(cohort: Cohort) -> Iterator[Finding]:
    """Slices that have a box, but of which the image does not show the structure."""
    return _findings_where(
        _is_hardly_shown,
        cohort,
        "evidence-missing",
        "There is a box of {}, but the image hardly shows it there",
        "Look whether it is there at all; if not, answer that it is absent.",
    )


def _is_hardly_shown(subject: Subject) -> MaskArray:
    """(slices,): boxed, but with next to nothing in the image."""
    boxed = np.isfinite(subject.track_boxes[:, 0])
    return np.asarray(boxed & ~(np.nan_to_num(subject.mask.confidence) > UNLIKELY))


def evidence_beyond(cohort: Cohort) -> Iterator[Finding]:
    """Ends at which the mask is cut off, though the image goes on in the same way."""
    for subject in cohort.subjects:
        area = subject.mask.area_px
        slices = np.flatnonzero(area)
        if len(slices) == 0:
            continue
        ends = ((slices[0], -1), (slices[-1], 1))
        for (end, step), goes_on in zip(ends, subject.mask.goes_on, strict=True):
            if goes_on is not None and goes_on > LIKELY and area[end] > CUT_OFF * area.max():
                yield Finding(
                    "evidence-beyond",
                    Severity.WARNING,
                    f"The image looks as if {subject.structure.name} went on beyond slice {end}, "
                    f"where its boxes end.",
                    f"Look at slice {end + step} and those {'after' if step > 0 else 'before'} it; "
                    f"box what is there.",
                    subject.place((int(end + step), int(end + step))),
                    float(area[end] / area.sum()),
                )


def place_claimed_twice(cohort: Cohort) -> Iterator[Finding]:
    """Slices on which the boxes of two structures are about the same."""
    for subjects in cohort.of_volumes():
        for first, second in combinations(subjects, 2):
            same = iou_on_slices(first.track_boxes, second.track_boxes) > SAME_PLACE
            shorter = min(np.isfinite(s.track_boxes[:, 0]).sum() for s in (first, second))
            for run in find_runs(same):
                yield Finding(
                    "place-claimed-twice",
                    Severity.ERROR,
                    f"On {in_words(run)} the boxes of {first.structure.name} and "
                    f"{second.structure.name} are about the same.",
                    "One of the two is mistaken: look which, and answer the other one again.",
                    first.place(run),
                    float((run[1] - run[0] + 1) / shorter),
                )


def _pixel_mm(subject: Subject) -> FloatArray:
    """Length of a pixel at each of the four edges."""
    return np.array([*subject.spacing_mm[1:], *subject.spacing_mm[1:]])


def _findings_where(
    is_doubtful: Callable[[Subject], MaskArray],
    cohort: Cohort,
    code: str,
    what: str,
    suggestion: str,
) -> Iterator[Finding]:
    """A finding for each run of doubtful slices (slices,); what is short is for information.

    `what` has a place for the structure's name.
    """
    for subject in cohort.subjects:
        boxed = np.isfinite(subject.track_boxes[:, 0]).sum()
        for first, last in find_runs(is_doubtful(subject)):
            share = float((last - first + 1) / boxed)
            yield Finding(
                code,
                Severity.WARNING if share > SHORT else Severity.INFO,
                f"{what.format(subject.structure.name)} ({in_words((first, last))}).",
                suggestion,
                subject.place((first, last)),
                share,
            )
