"""What can be known of one structure of one volume, in the numbers its Dice is predicted from.

These six were left of twenty: agreement of the annotators, their number, the spread of their edges,
slack between box and mask, doubt of presence and others added nothing once these were known, or
made the prediction of cases not seen before worse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from manyhands.quality.subject import Subject
from manyhands.types import MaskArray

FloatArray = npt.NDArray[np.float64]

UNKNOWN_STABILITY = 0.95  # about what masks have whose boxes were not moved


def _boxed(subject: Subject) -> MaskArray:
    return np.isfinite(subject.track_boxes[:, 0])


def _confidence(subject: Subject) -> float:
    """Dice expected of the slices, weighted by the area of their boxes; 0 without mask."""
    boxes = subject.track_boxes[_boxed(subject)]
    weight = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return float(weight @ np.nan_to_num(subject.mask.confidence[_boxed(subject)]) / weight.sum())


def _instability(subject: Subject) -> float:
    """What does not stay of the mask when its boxes are moved a little."""
    stability = subject.mask.stability
    return 1 - (UNKNOWN_STABILITY if stability is None else stability)


def _open_ends(subject: Subject) -> float:
    """How large the mask still is at ends beyond which nobody looked, as shares of its largest
    slice; 2 without mask.
    """
    unseen = ~subject.consensus.is_seen
    return _at_ends(subject, [float(unseen[k]) for k in _beyond(subject)])


def _goes_on(subject: Subject) -> float:
    """The same at ends beyond which the image goes on alike."""
    return _at_ends(subject, [share or 0.0 for share in subject.mask.goes_on])


def _beyond(subject: Subject) -> tuple[int, int]:
    """The slices next to the track; of a volume's first and last, itself."""
    boxed = np.flatnonzero(_boxed(subject))
    return (max(int(boxed[0]) - 1, 0), min(int(boxed[-1]) + 1, subject.n_slices - 1))


def _at_ends(subject: Subject, weights: list[float]) -> float:
    area = subject.mask.area_px
    slices = np.flatnonzero(area)
    if len(slices) == 0:
        return 2.0
    return float((weights[0] * area[slices[0]] + weights[1] * area[slices[-1]]) / area.max())


def _interpolated(subject: Subject) -> float:
    """Share of the track's slices on which nobody drew a box."""
    drawn = np.zeros(subject.n_slices, dtype=np.bool_)
    for given in subject.given.values():
        drawn |= given.has_box
    return float(1 - drawn[_boxed(subject)].mean())


def _log_size(subject: Subject) -> float:
    """Natural logarithm of the diameter in mm of a ball of the mask's volume; 0 without mask."""
    volume_mm3 = 1000 * subject.mask.volume_ml(subject.spacing_mm)
    return float(np.log(max(6 * volume_mm3 / np.pi, 1.0)) / 3)


FEATURES: Mapping[str, Callable[[Subject], float]] = {
    "confidence": _confidence,
    "instability": _instability,
    "open ends": _open_ends,
    "goes on": _goes_on,
    "interpolated": _interpolated,
    "log size": _log_size,
}
"""None of them needs a reference. In the order of `learned.py`."""


def describe(subject: Subject) -> FloatArray:
    """(features,) of a subject that has a track."""
    return np.array([feature(subject) for feature in FEATURES.values()])
