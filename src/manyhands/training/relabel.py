"""Labels corrected by models that have not seen them, where the crowd says that something is.

A round of self-training: each case is predicted by the model of the fold that held it out. The
crowd's boxes say where a structure may be; the prediction says what of the box it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from manyhands.geometry import to_stack
from manyhands.types import IGNORE_LABEL, Consensus, LabelArray, LabelStack, MaskArray, Track

LEAST_DICE = 0.3
"""Of old and new mask. On a slice where they agree less, one is far off and nobody knows which; a
structure on whose masks they agree less in the whole volume is one that the model did not learn."""

Place = tuple[int, tuple[slice, slice]]
"""A slice's index, and a box on it: rows and columns."""


def relabel_inside_boxes(
    labels: LabelArray, predicted: LabelArray, agreed: Mapping[int, Consensus]
) -> LabelArray:
    """The labels (i, j, k) with each structure as predicted, inside its boxes and nowhere else.

    Where old and new mask of a slice hardly overlap, the voxels of both are *ignored*. Slices
    without a box of a structure keep what they have of it. What another structure holds is not
    taken from it. A structure that the model did not find keeps its labels: it has no word on it.
    """
    changed = labels.copy()
    stack, new = to_stack(changed), to_stack(predicted)
    for structure_id, consensus in agreed.items():
        boxes = tuple(_boxes(consensus.tracks))
        if _dice_in_boxes(stack, new, structure_id, boxes) < LEAST_DICE:
            continue
        for index, box in boxes:
            _relabel_slice(stack[index], new[index], structure_id, box)
    return changed


def _dice_in_boxes(
    stack: LabelStack, new: LabelStack, structure_id: int, boxes: Sequence[Place]
) -> float:
    """Of a structure's masks in the whole volume, as far as they lie in its boxes."""
    if not boxes:
        return 1.0
    old, found = (
        np.concatenate([(one[index][box] == structure_id).ravel() for index, box in boxes])
        for one in (stack, new)
    )
    return _dice(old, found)


def _boxes(tracks: Iterable[Track]) -> Iterable[Place]:
    for track in tracks:
        for index, box in zip(track.slice_indices, track.boxes, strict=True):
            row0, column0, row1, column1 = (max(0, round(float(edge))) for edge in box)
            yield int(index), (slice(row0, row1), slice(column0, column1))


def _relabel_slice(
    picture: LabelStack, predicted: LabelStack, structure_id: int, box: tuple[slice, slice]
) -> None:
    """Change one slice in place; `picture` and `predicted` are (row, column)."""
    here = picture[box]
    old = here == structure_id
    is_free = old | (here == 0) | (here == IGNORE_LABEL)
    new = (predicted[box] == structure_id) & is_free
    if _dice(old, new) < LEAST_DICE:
        here[old | new] = IGNORE_LABEL
        return
    # On a slice without background somebody's structure was not looked for: it may be just there.
    here[old & ~new] = 0 if (picture == 0).any() else IGNORE_LABEL
    here[new] = structure_id


def _dice(one: MaskArray, other: MaskArray) -> float:
    """1 where both are empty: there is nothing to disagree on."""
    size = int(np.count_nonzero(one)) + int(np.count_nonzero(other))
    return 2 * int(np.count_nonzero(one & other)) / size if size else 1.0
