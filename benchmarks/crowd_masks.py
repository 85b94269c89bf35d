"""The masks of a case from the boxes of any stage, with and without tightening, each made once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from unittest.mock import patch

import numpy as np

from benchmarks.data import Case
from manyhands.evidence.region import Region
from manyhands.geometry import to_stack
from manyhands.masks import segment, staple, vote
from manyhands.simulate import tight_boxes
from manyhands.types import BoxArray, Consensus, LabelArray

FUSIONS: Mapping[str, Callable[[Sequence[LabelArray]], LabelArray]] = {
    "masks, more than half": vote,
    "masks, at least 2": lambda labels: vote(labels, at_least=min(2, len(labels))),
    "masks, STAPLE": staple,
}
"""Of the label volumes of several people, one."""


class Masks:
    """Makes the label volumes of a case: crowds share people, and stages often boxes."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._made: dict[str, LabelArray] = {}

    def of(self, agreed: Mapping[int, Consensus], *, is_tightened: bool = True) -> LabelArray:
        """Labels (i, j, k). Without tightening the boxes stay throughout as they were agreed on.

        Nobody but this benchmark wants masks without, so it is switched off from outside.
        """
        key = f"{is_tightened} {_digest(agreed)}"
        if key not in self._made:
            if is_tightened:
                self._made[key] = segment(self.case.volume, agreed).labels.data
            else:
                with patch("manyhands.masks.fit._with_tight_boxes", _leave_boxes):
                    self._made[key] = segment(self.case.volume, agreed).labels.data
        return self._made[key]


def _leave_boxes(region: Region, *_of_the_mask: object) -> Region:
    return region


def _digest(agreed: Mapping[int, Consensus]) -> str:
    """Changes with all that a mask is made of."""
    content = hashlib.sha256()
    for structure_id, consensus in sorted(agreed.items()):
        content.update(f"{structure_id} {len(consensus.tracks)}".encode())
        content.update(consensus.is_seen.tobytes())
        for track in consensus.tracks:
            for array in (track.slice_indices, track.boxes, track.is_drawn, track.spread_px):
                content.update(np.ascontiguousarray(array).tobytes())
    return content.hexdigest()


def mask_boxes(labels: LabelArray, structure_id: int) -> BoxArray:
    """The box (slices, 4) around a structure's mask, NaN where there is none."""
    return tight_boxes(to_stack(labels) == structure_id)
