from __future__ import annotations

import numpy as np
import pytest

from manyhands.boxes.arithmetic import no_boxes
from manyhands.tasks import pairwise_iou


def boxes(
    *rows: tuple[float, float, float, float],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(rows, dtype=np.float64)


def test_two_people_are_compared_where_both_have_boxes() -> None:
    """10 x 10 beside the same with one half missing: IoU .5; on slice 4 only one has a box."""
    whole, half = boxes((0, 0, 10, 10)), boxes((0, 0, 5, 10))

    found = pairwise_iou({"ben": {2: whole, 3: half}, "anna": {2: half, 3: half, 4: whole}})

    assert found == {("anna", "ben"): pytest.approx(0.75)}


def test_people_who_answered_different_slices_are_compared() -> None:
    """Both boxes grow by two rows a slice; one answered 0 and 4, the other 1 and 3."""
    at = {k: boxes((0, 0, 10 + 2 * k, 10)) for k in range(5)}

    found = pairwise_iou({"a": {0: at[0], 4: at[4]}, "b": {1: at[1], 3: at[3]}})

    assert found == {("a", "b"): pytest.approx(1.0)}


def test_nothing_is_filled_in_where_somebody_said_absent() -> None:
    box = boxes((0, 0, 4, 4))
    gone = {0: box, 1: no_boxes(), 2: box}

    assert pairwise_iou({"a": gone, "b": {1: box}}) == {}


def test_each_of_two_pieces_is_compared_with_its_own() -> None:
    """Two pieces, of which the second annotator has but one: (1 + mean of 1 and 0) / 2."""
    both, one = boxes((0, 0, 4, 4), (0, 10, 4, 14)), boxes((0, 0, 4, 4))

    assert pairwise_iou({"a": {0: both}, "b": {0: one}}) == {("a", "b"): pytest.approx(0.75)}


def test_nobody_and_one_alone_agree_with_nobody() -> None:
    assert pairwise_iou({}) == {}
    assert pairwise_iou({"a": {0: boxes((0, 0, 1, 1))}, "b": {0: no_boxes()}}) == {}
