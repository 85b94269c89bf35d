"""What can be known of one structure of one volume, in the numbers its Dice is predicted from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from manyhands.quality.agreement import iou_on_slices
from manyhands.quality.boxes_and_masks import slack_px
from manyhands.quality.subject import Subject

FloatArray = npt.NDArray[np.float64]

UNKNOWN_AGREEMENT = 0.6  # of somebody alone; a number of its own says that it is not known
UNKNOWN_STABILITY = 0.9


def _boxed(subject: Subject) -> npt.NDArray[np.bool_]:
    return np.isfinite(subject.track_boxes[:, 0])


def _confidence(subject: Subject) -> float:
    """Dice expected of the slices, weighted by the area of their boxes; 0 without mask."""
    boxes = subject.track_boxes[_boxed(subject)]
    weight = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return float(weight @ np.nan_to_num(subject.mask.confidence[_boxed(subject)]) / weight.sum())


def _boxing(subject: Subject) -> list[str]:
    return [name for name, given in subject.given.items() if given.has_box.any()]


def _agreement(subject: Subject) -> float:
    """Mean IoU of each annotator's boxes with the track, a missing box counting as 0."""
    boxed = _boxed(subject)
    names = _boxing(subject)
    if len(names) < 2:
        return UNKNOWN_AGREEMENT
    overlaps = [
        iou_on_slices(subject.given[n].boxes, subject.track_boxes)[boxed].mean() for n in names
    ]
    return float(np.mean(overlaps))


def _is_alone(subject: Subject) -> float:
    return float(len(_boxing(subject)) < 2)


def _people(subject: Subject) -> float:
    """How many boxes a slice of the track has; more than three hardly add anything."""
    counts = np.sum([given.has_box for given in subject.given.values()], axis=0)
    return float(np.minimum(counts[_boxed(subject)], 3).mean())


def _spread(subject: Subject) -> float:
    """Standard deviation expected of an edge, as a share of its box's side."""
    spread = np.concatenate([t.spread_px for t in subject.consensus.tracks])
    boxes = np.concatenate([t.boxes for t in subject.consensus.tracks])
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    return float(np.minimum(spread / sides, 0.5).mean())


def _slack(subject: Subject) -> float:
    """How far boxes lie outside their mask, as a share of their sides."""
    boxes = subject.track_boxes
    share = slack_px(subject) / np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    known = np.isfinite(share[:, 0])
    return float(np.clip(share[known], -0.2, 0.6).mean()) if known.any() else 0.3


def _unsteadiness(subject: Subject) -> float:
    """How much the area changes from slice to slice beyond what a smooth shape would."""
    area = np.sqrt(subject.mask.area_px[_boxed(subject)])
    if len(area) < 3 or area.max() == 0:
        return 0.2
    return float(np.abs(area[2:] - 2 * area[1:-1] + area[:-2]).mean() / area.max())


def _instability(subject: Subject) -> float:
    stability = subject.mask.stability
    return 1 - (UNKNOWN_STABILITY if stability is None else stability)


def _log_size(subject: Subject) -> float:
    """Natural logarithm of the diameter in mm of a ball of the mask's volume."""
    volume_mm3 = 1000 * subject.mask.volume_ml(subject.spacing_mm)
    return float(np.log(max(6 * volume_mm3 / np.pi, 1.0)) / 3)


def _log_slices(subject: Subject) -> float:
    return float(np.log(_boxed(subject).sum()))


def _cut_off(subject: Subject) -> float:
    """How large the mask still is at its two ends, as a share of its largest slice."""
    area = subject.mask.area_px
    slices = np.flatnonzero(area)
    return float((area[slices[0]] + area[slices[-1]]) / area.max()) if len(slices) else 2.0


def _goes_on(subject: Subject) -> float:
    """The same, where the image goes on and nobody said that it is absent there."""
    area = subject.mask.area_px
    slices = np.flatnonzero(area)
    if len(slices) == 0:
        return 2.0
    ends = (area[slices[0]], area[slices[-1]])
    like = subject.mask.goes_on
    return float(sum(e * (g or 0.0) for e, g in zip(ends, like, strict=True)) / area.max())


def _unseen(subject: Subject) -> float:
    """Slices beyond the track on which nobody looked, as a share of the track's own; at most 1."""
    unseen = ~subject.consensus.is_seen & ~_boxed(subject)
    return float(min(unseen.sum() / _boxed(subject).sum(), 1.0))


def _doubt(subject: Subject) -> float:
    """Slices of which it is not sure whether the structure is there, as a share of the track's."""
    presence = subject.consensus.presence
    return float(min((presence * (1 - presence)).sum() * 4 / _boxed(subject).sum(), 1.0))


def _omitted(subject: Subject) -> float:
    """Share of the votes on the track's slices that say *absent*."""
    boxed = _boxed(subject)
    absent = sum(int(given.is_absent[boxed].sum()) for given in subject.given.values())
    votes = sum(int(given.is_vote[boxed].sum()) for given in subject.given.values())
    return absent / votes if votes else 0.0


FEATURES: Mapping[str, Callable[[Subject], float]] = {
    "confidence": _confidence,
    "agreement": _agreement,
    "is alone": _is_alone,
    "people": _people,
    "spread": _spread,
    "slack": _slack,
    "unsteadiness": _unsteadiness,
    "instability": _instability,
    "log size": _log_size,
    "log slices": _log_slices,
    "cut off": _cut_off,
    "goes on": _goes_on,
    "unseen": _unseen,
    "doubt": _doubt,
    "omitted": _omitted,
}
"""None of them needs a reference. Order as in `learned.py`."""


def describe(subject: Subject) -> FloatArray:
    """(features,) of a subject that has a track."""
    return np.array([feature(subject) for feature in FEATURES.values()])
