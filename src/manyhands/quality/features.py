"""What can be known of one structure of one volume, in the numbers its Dice is predicted from.

Chosen from twenty-five so that CT, MR and coarse volumes are predicted well by regressions that
have seen none of their kind. `docs/understand/trust.md` says what else was tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from manyhands.quality.boxes_and_masks import slack_px
from manyhands.quality.subject import Subject
from manyhands.types import MaskArray

FloatArray = npt.NDArray[np.float64]

UNKNOWN_STABILITY = 0.95  # of masks whose boxes were not moved: about what most have
LEAST_INSTABILITY = 0.01  # what stays within it is as stable as can be told
UNKNOWN_SLACK, UNKNOWN_FILL = 0.3, 0.5  # of a structure without mask: as bad as any


def _boxed(subject: Subject) -> MaskArray:
    return np.isfinite(subject.track_boxes[:, 0])


def _log_instability(subject: Subject) -> float:
    """Natural logarithm of the share of the mask that goes when its boxes move a little."""
    stability = subject.mask.stability
    share = 1 - (UNKNOWN_STABILITY if stability is None else stability)
    return float(np.log(max(share, LEAST_INSTABILITY)))


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


def _slack(subject: Subject) -> float:
    """How far the boxes lie outside their mask, as a share of their sides."""
    boxes = subject.track_boxes
    share = slack_px(subject) / np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    known = np.isfinite(share[:, 0])
    if not known.any():
        return UNKNOWN_SLACK
    return float(np.clip(share[known], -0.2, 0.6).mean())


def _filled(subject: Subject) -> float:
    """Share of the boxes that their mask fills, of all slices that have both."""
    boxes = subject.track_boxes
    known = _boxed(subject) & subject.mask.has_mask
    if not known.any():
        return UNKNOWN_FILL
    sides = boxes[known, 2:] - boxes[known, :2]
    return float(subject.mask.area_px[known].sum() / sides.prod(axis=1).sum())


FEATURES: Mapping[str, Callable[[Subject], float]] = {
    "log instability": _log_instability,
    "open ends": _open_ends,
    "goes on": _goes_on,
    "interpolated": _interpolated,
    "slack": _slack,
    "filled": _filled,
}
"""None of them needs a reference. In the order of `learned.py`."""


def describe(subject: Subject) -> FloatArray:
    """(features,) of a subject that has a track."""
    return np.array([feature(subject) for feature in FEATURES.values()])
