"""The check for people who stopped part-way, and whose files without boxes were taken for *absent*.

With `--outside-absent` an import believes that whoever drew went through all slices. Who did not
says of the rest of an organ that it is not there, and nobody has to wonder about slices not seen.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import iou
from manyhands.boxes.ends import is_abrupt, is_cut_short
from manyhands.quality.given import Given
from manyhands.quality.runs import in_words
from manyhands.quality.subject import Cohort, Subject
from manyhands.types import Finding, Severity

SAME_PLACE_IOU = 0.1  # of the last box with the track; else it is on something else
GOES_ON = 0.8  # how much the image beyond an abrupt end may look like the structure


def absence_doubtful(cohort: Cohort) -> Iterator[Finding]:
    """*Absent* right beyond somebody's last box, though others go on there with large boxes, or,
    after a box as large as any, the image does.
    """
    for subject in cohort.subjects:
        for annotator, given in subject.given.items():
            for end, step in _ends_before_absent(subject, given):
                others = _others_beyond(subject, given, end, step)
                if len(others):
                    run = (int(others.min()), int(others.max()))
                    yield _finding(subject, annotator, run, "the others' boxes go on there")
                elif _image_goes_on(subject, given, end, step):
                    run = (end + step, end + step)
                    why = "the last box is as large as any, and the image goes on alike"
                    yield _finding(subject, annotator, run, why)


def _ends_before_absent(subject: Subject, given: Given) -> Iterator[tuple[int, int]]:
    """The last slices boxed in the track's place, and which way is out, if *absent* follows."""
    boxed, said = np.flatnonzero(given.has_box), np.flatnonzero(given.is_vote)
    if len(boxed) == 0:
        return
    for end, step in ((int(boxed[0]), -1), (int(boxed[-1]), 1)):
        near = np.nan_to_num(subject.track_boxes[[end]])
        is_there = iou(given.boxes[[end]], near)[0] > SAME_PLACE_IOU
        if is_there and (step * (said - end) > 0).any():
            yield end, step


def _others_beyond(subject: Subject, given: Given, end: int, step: int) -> npt.NDArray[np.int64]:
    """The slices called absent on which the track goes on; none unless much is lacking."""
    tracked = np.flatnonzero(np.isfinite(subject.track_boxes[:, 0]))
    is_beyond = step * (tracked - end) > 0
    if not is_cut_short(subject.track_boxes[tracked], is_beyond):
        return tracked[:0]
    return np.asarray(tracked[is_beyond & given.is_absent[tracked]])


def _image_goes_on(subject: Subject, given: Given, end: int, step: int) -> bool:
    """Does the mask end at a box as large as any, and the image beyond look like the structure?"""
    masked = np.flatnonzero(subject.mask.has_mask)
    below, above = subject.mask.goes_on
    share = above if step > 0 else below
    if len(masked) == 0 or end != (masked[-1] if step > 0 else masked[0]):
        return False
    agreed = subject.track_boxes[np.isfinite(subject.track_boxes[:, 0])]
    return share is not None and share > GOES_ON and is_abrupt(given.boxes[end], agreed)


def _finding(subject: Subject, annotator: str, run: tuple[int, int], why: str) -> Finding:
    n_tracked = int(np.isfinite(subject.track_boxes[:, 0]).sum())
    return Finding(
        "absence-doubtful",
        Severity.WARNING,
        f"{annotator} said that {subject.structure.name} is absent on {in_words(run)}; {why}.",
        f"Ask {annotator} to go on from there. Who stopped part-way is imported without "
        "--outside-absent.",
        subject.place(run, annotator=annotator),
        min(1.0, (run[1] - run[0] + 1) / n_tracked),
    )
