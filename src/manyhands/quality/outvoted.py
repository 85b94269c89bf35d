"""The check for boxes that the consensus overruled: slips of a hand, and wrong places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import area, centres, intersection, iou
from manyhands.quality.given import Given
from manyhands.quality.people import far_annotators
from manyhands.quality.runs import find_runs_among, in_words
from manyhands.quality.sides import is_swapped
from manyhands.quality.subject import Cohort, Subject
from manyhands.types import BoxArray, Finding, MaskArray, Severity

FloatArray = npt.NDArray[np.float64]

ELSEWHERE = 0.5  # share of the smaller box that both have in common, under which they lie apart
AWAY = 0.25  # of the structure's largest side: by less, small ends of an organ lie apart
JUMP_IOU = 0.3  # with the track, and with one's own boxes beside; as the consensus leaves out
MOST = 0.5  # of somebody's boxes of a structure: not a slip but another place
SHORT = 0.2  # share of somebody's boxes that is for information where others looked too


def box_outvoted(cohort: Cohort) -> Iterator[Finding]:
    """Boxes that lie elsewhere than what all agree on, that jump in size, or that stand for a
    structure which by all others is not there.

    Not those that another check explains: boxes on the partner, and of people who are far from the
    others everywhere.
    """
    far = far_annotators(cohort)
    for subject in cohort.subjects:
        partner = cohort.partner_of(subject)
        for annotator, given in subject.given.items():
            if annotator in far:
                continue
            outvoted = _is_outvoted(subject, given)
            if partner is not None:
                outvoted &= ~is_swapped(given, subject, partner)
            for run in _runs(outvoted, given):
                slices = np.flatnonzero(outvoted[: run[1] + 1])
                yield _finding(subject, annotator, run, slices[slices >= run[0]].tolist())


def _is_outvoted(subject: Subject, given: Given) -> MaskArray:
    """(slices,): does the consensus have another box there, or, where it has none, at its end?"""
    tracked, boxed = (
        np.flatnonzero(np.isfinite(boxes[:, 0])) for boxes in (subject.track_boxes, given.boxes)
    )
    outvoted = given.has_box & (len(tracked) == 0)
    if len(tracked) and len(boxed):
        nearest = tracked[np.abs(boxed[:, None] - tracked[None]).argmin(axis=1)]
        own, agreed = given.boxes[boxed], subject.track_boxes[nearest]
        jumps = (iou(own, agreed) < JUMP_IOU) & (area(own) > area(agreed)) & _is_unlike_beside(own)
        least_px = AWAY * float(np.sqrt(area(subject.track_boxes[tracked]).max()))
        outvoted[boxed] = _lies_elsewhere(own, agreed, least_px) | jumps
    return outvoted


def _lies_elsewhere(own: BoxArray, agreed: BoxArray, least_px: float) -> MaskArray:
    """(n,): is little in common, and not only because little is there at the end of an organ?"""
    smaller = np.minimum(area(own), area(agreed))
    aside_px = np.linalg.norm(centres(own) - centres(agreed), axis=1)
    has_little_in_common = area(intersection(own, agreed)) < ELSEWHERE * smaller
    return np.asarray(has_little_in_common & (aside_px > least_px))


def _is_unlike_beside(own: BoxArray) -> MaskArray:
    """(n,): does a box hardly meet the boxes (n, 4) before and after it? Not at the ends, where
    loose boxes around little are no slip.
    """
    unlike = np.zeros(len(own), dtype=np.bool_)
    if len(own) > 2:
        before, after = iou(own[1:-1], own[:-2]), iou(own[1:-1], own[2:])
        unlike[1:-1] = np.maximum(before, after) < JUMP_IOU
    return unlike


def _runs(outvoted: MaskArray, given: Given) -> list[tuple[int, int]]:
    """First and last slice of each run; of who mostly boxed another place, all in one."""
    slices = np.flatnonzero(outvoted)
    if len(slices) > MOST * given.has_box.sum():
        return [(int(slices[0]), int(slices[-1]))]
    return find_runs_among(outvoted, given.is_vote)


def _finding(
    subject: Subject, annotator: str, run: tuple[int, int], slices: Sequence[int]
) -> Finding:
    """`slices` are those of the run whose boxes were overruled."""
    share = len(slices) / int(subject.given[annotator].has_box.sum())
    others = [given for name, given in subject.given.items() if name != annotator]
    is_covered = all(any(given.is_vote[k] for given in others) for k in slices)
    is_slip = is_covered and share <= SHORT
    what = "elsewhere or far larger than all boxes together have it"
    if not others:
        what = "elsewhere or far larger than on the slices beside"
    elif not subject.consensus.tracks:
        what = "though the others say that it is absent"
    return Finding(
        "box-outvoted",
        Severity.INFO if is_slip else Severity.WARNING,
        f"On {in_words(run)} {annotator} boxed {subject.structure.name} {what}; it does not count.",
        f"Look there: if {annotator} is right, ask one more person; if not, ask {annotator} to "
        "draw it again.",
        subject.place(run, annotator=annotator),
        share / max(len(subject.given), 1),
    )
