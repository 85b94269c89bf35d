from __future__ import annotations

import numpy as np

from manyhands.geometry import from_stack
from manyhands.training import relabel_inside_boxes
from manyhands.types import IGNORE_LABEL, Consensus, LabelStack, Track

SHAPE = (2, 6, 6)  # slices, rows, columns


def boxed(row0: float, column0: float, row1: float, column1: float, slices: int = 1) -> Consensus:
    """One box, on slice 0 alone or on both."""
    track = Track(
        slice_indices=np.arange(slices),
        boxes=np.array([[row0, column0, row1, column1]] * slices),
        is_drawn=np.array([True] * slices),
        spread_px=np.zeros((slices, 4)),
    )
    return Consensus((track,), np.array([1.0, 0.0]), np.array([True, True]))


def relabelled(old: LabelStack, new: LabelStack, agreed: dict[int, Consensus]) -> LabelStack:
    changed = relabel_inside_boxes(
        np.ascontiguousarray(from_stack(old)), np.ascontiguousarray(from_stack(new)), agreed
    )
    return np.asarray(changed.transpose(2, 1, 0)[:, ::-1, ::-1])


def test_inside_the_box_the_prediction_holds_and_nowhere_else() -> None:
    old, new = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    old[0, 1:4, 1:4] = 1
    new[:, 2:6, 1:4] = 1  # a row lower, out of the box, and on a slice without one
    found = relabelled(old, new, {1: boxed(0, 0, 5, 6)})

    assert np.flatnonzero((found[0] == 1).any(axis=1)).tolist() == [2, 3, 4]
    assert not found[1].any()


def test_where_both_hardly_overlap_neither_is_believed() -> None:
    old, new = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    old[0, 0:2], new[0, 4:6] = 1, 1
    old[1], new[1] = 1, 1
    found = relabelled(old, new, {1: boxed(0, 0, 6, 6, slices=2)})

    assert (found[0, [0, 1, 4, 5]] == IGNORE_LABEL).all()
    assert not found[0, 2:4].any()
    assert (found[1] == 1).all()


def test_a_structure_that_the_model_did_not_find_keeps_its_labels() -> None:
    """Else small structures would vanish from all volumes, and with them from every arm."""
    old, new = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    old[:, 0:3] = 1
    new[1, 0:1] = 1
    found = relabelled(old, new, {1: boxed(0, 0, 6, 6, slices=2)})

    assert found.tolist() == old.tolist()


def test_no_structure_takes_what_another_has() -> None:
    old, new = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    old[0, 0:3], old[0, 3:6] = 1, 2
    new[0, 0:4] = 1
    found = relabelled(old, new, {1: boxed(0, 0, 6, 6)})

    assert found[0].tolist() == old[0].tolist()


def test_a_model_may_say_what_nobody_looked_at_inside_a_box() -> None:
    old, new = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    old[0], old[0, 0:4] = IGNORE_LABEL, 1
    new[0, 0:5] = 1
    found = relabelled(old, new, {1: boxed(0, 0, 6, 6)})

    assert (found[0, 0:5] == 1).all()
    assert (found[0, 5] == IGNORE_LABEL).all()


def test_without_boxes_nothing_changes() -> None:
    old, new = np.ones(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    nothing = Consensus((), np.zeros(2), np.array([True, True]))

    assert relabelled(old, new, {1: nothing}).tolist() == old.tolist()


def test_what_is_taken_off_a_structure_is_ignored_where_background_is() -> None:
    """Somewhere on such a slice lies a structure that nobody looked for: perhaps just there."""
    old = np.full(SHAPE, IGNORE_LABEL, np.uint8)
    new = np.zeros(SHAPE, np.uint8)
    old[0, 0:4], new[0, 0:3] = 1, 1
    found = relabelled(old, new, {1: boxed(0, 0, 6, 6)})

    assert (found[0, 0:3] == 1).all()
    assert (found[0, 3:6] == IGNORE_LABEL).all()
