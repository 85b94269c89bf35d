"""What each annotator gave for one structure of one volume, as arrays over its slices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import hull, to_array
from manyhands.boxes.copies import BY_HAND
from manyhands.types import Answer, BoxArray, MaskArray, Origin, State

FloatArray = npt.NDArray[np.float64]

ON_THE_PAGE = frozenset({Origin.DRAWN, Origin.EDITED, Origin.ACCEPTED})
"""Boxes of which the time of the answer is the time they were drawn."""


@dataclass(frozen=True)
class Given:
    """The answers of one annotator; all arrays are over the slices.

    `boxes` (slices, 4) is the box around all boxes of a slice, NaN where there is none; `is_absent`
    (slices,) where *absent* was said, `is_unsure` (slices,) where *unsure*; `is_by_hand` (slices,)
    where the boxes were neither interpolated nor taken over from a proposal; `active_s` (slices,)
    how long the answer took and `drawn_at_s` (slices,) when it was given, in seconds since 1970:
    NaN where that is not known, as of imported boxes. Neither box nor absent nor unsure: not seen.
    """

    boxes: BoxArray
    is_absent: MaskArray
    is_by_hand: MaskArray
    active_s: FloatArray
    drawn_at_s: FloatArray
    is_unsure: MaskArray

    @property
    def has_box(self) -> MaskArray:
        return np.asarray(np.isfinite(self.boxes[:, 0]))

    @property
    def is_vote(self) -> MaskArray:
        """Where the annotator said whether the structure is there."""
        return np.asarray(self.has_box | self.is_absent)


def collect_given(
    answers: Iterable[Answer], names: Mapping[str, str], n_slices: int
) -> dict[str, Given]:
    """What each annotator gave for one structure of one volume, by name, sorted.

    Of each annotator and slice the newest answer counts; `names` gives the name of each annotator
    id, which stands for itself where it has none. No answers give nothing.
    """
    newest: dict[tuple[str, int], Answer] = {}
    for answer in sorted(answers, key=lambda a: (a.created_at, a.answer_id)):
        name = names.get(answer.annotator_id, answer.annotator_id)
        newest[name, answer.slice_index] = answer
    by_name: defaultdict[str, list[Answer]] = defaultdict(list)
    for (name, _), answer in sorted(newest.items(), key=lambda item: item[0]):
        by_name[name].append(answer)
    return {name: _given(of_one, n_slices) for name, of_one in by_name.items()}


def _given(answers: Iterable[Answer], n_slices: int) -> Given:
    boxes = np.full((n_slices, 4), np.nan)
    active_s, drawn_at_s = np.full(n_slices, np.nan), np.full(n_slices, np.nan)
    is_absent = np.zeros(n_slices, dtype=np.bool_)
    is_unsure = np.zeros(n_slices, dtype=np.bool_)
    is_by_hand = np.zeros(n_slices, dtype=np.bool_)
    for answer in answers:
        k = answer.slice_index
        if answer.active_s is not None:
            active_s[k] = answer.active_s
        is_absent[k] = answer.state is State.ABSENT
        is_unsure[k] = answer.state is State.UNSURE
        if answer.boxes:
            boxes[k] = hull(to_array(answer.boxes))
            is_by_hand[k] = all(box.origin in BY_HAND for box in answer.boxes)
            if all(box.origin in ON_THE_PAGE for box in answer.boxes):
                drawn_at_s[k] = answer.created_at.timestamp()
    return Given(boxes, is_absent, is_by_hand, active_s, drawn_at_s, is_unsure)
