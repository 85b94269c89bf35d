"""Checks: was left taken for right?

In pictures the patient's right is on the left, so a left organ has the larger columns.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from manyhands.quality.agreement import iou_on_slices
from manyhands.quality.given import Given
from manyhands.quality.people import far_annotators
from manyhands.quality.runs import find_runs_among, in_words
from manyhands.quality.subject import Cohort, Subject
from manyhands.types import Finding, MaskArray, Severity

OVERLAPS = 0.3  # IoU with the partner's track from which a box is on the partner
BY_CHANCE = 0.5  # share of somebody's boxes of a structure; nobody clicks anything so consistently
AWAY_MM = 15.0  # from the middle of the picture: patients do not lie exactly in it


def side_wrong(cohort: Cohort) -> Iterator[Finding]:
    """Structures that lie on the side their name does not say: of their partner, or, where that is
    not known, of the picture's middle.
    """
    for subject in cohort.subjects:
        away_mm = _towards_own_side_mm(subject, cohort.partner_of(subject))
        if away_mm is not None and away_mm < 0:
            yield Finding(
                "side-wrong",
                Severity.ERROR,
                f"{subject.structure.name} lies {-away_mm:.0f} mm too far to the other side.",
                "Left and right may be mixed up, or the pictures were mirrored at import: the "
                "patient's right belongs on the left of the picture.",
                subject.place(),
                1.0,
            )


def _towards_own_side_mm(subject: Subject, partner: Subject | None) -> float | None:
    """How far a structure lies on its own side; below 0 on the other; None where nobody can say."""
    side = _side(subject.structure.name)
    own = _middle_column(subject)
    if side is None or own is None:
        return None
    other = None if partner is None else _middle_column(partner)
    column_mm = subject.spacing_mm[2]
    if other is not None:
        return side * (own - other) * column_mm
    away_mm = side * (own - subject.columns / 2) * column_mm
    return away_mm if abs(away_mm) > AWAY_MM else None


def _side(name: str) -> int | None:
    """1 for a left structure, whose columns are the larger ones, -1 for a right one."""
    is_left, is_right = "left" in name.lower(), "right" in name.lower()
    return None if is_left == is_right else (1 if is_left else -1)


def _middle_column(subject: Subject) -> float | None:
    middles = (subject.track_boxes[:, 1] + subject.track_boxes[:, 3]) / 2
    known = middles[np.isfinite(middles)]
    return float(np.median(known)) if len(known) else None


def side_swapped(cohort: Cohort) -> Iterator[Finding]:
    """Boxes that one annotator put on the partner's track instead of the structure's own.

    Of who is far from everybody everywhere, a few lie there by chance: of these only where most do,
    as where somebody takes left for right throughout.
    """
    far = far_annotators(cohort)
    for subject in cohort.subjects:
        partner = cohort.partner_of(subject)
        if partner is None:
            continue
        for annotator, given in subject.given.items():
            swapped = is_swapped(given, subject, partner)
            if annotator in far and swapped.sum() <= BY_CHANCE * given.has_box.sum():
                continue
            for run in find_runs_among(swapped, given.is_vote):
                yield Finding(
                    "side-swapped",
                    Severity.ERROR,
                    f"{annotator} boxed {partner.structure.name} as {subject.structure.name} on "
                    f"{in_words(run)}.",
                    f"Ask {annotator} to answer these slices again; the patient's right is on the "
                    "left of the picture.",
                    subject.place(run, annotator=annotator),
                    float(swapped[run[0] : run[1] + 1].sum() / given.has_box.sum()),
                )


def is_swapped(given: Given, subject: Subject, partner: Subject) -> MaskArray:
    """(slices,): does somebody's box of the subject lie on its partner?"""
    own = iou_on_slices(given.boxes, subject.track_boxes)
    other = iou_on_slices(given.boxes, partner.track_boxes)
    return np.asarray((other > OVERLAPS) & (other > own))
