"""Box arithmetic, against boxes small enough to count by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from manyhands.boxes.arithmetic import (
    area,
    box_of_mask,
    centres,
    clip,
    from_array,
    hull,
    intersection,
    iou,
    iou_matrix,
    is_valid,
    no_boxes,
    sides,
    to_array,
)
from manyhands.types import Box, BoxArray, Origin

LEFT = np.array([[0.0, 0.0, 4.0, 4.0]])  # 16 voxels
RIGHT = np.array([[2.0, 2.0, 4.0, 6.0]])  # 8 voxels, 4 of them in LEFT


def some_boxes(n: int) -> st.SearchStrategy[BoxArray]:
    """n valid boxes with corners on a grid of quarter voxels, so that areas are exact."""
    corner = hnp.arrays(np.int64, (n, 2), elements=st.integers(-40, 40))
    side = hnp.arrays(np.int64, (n, 2), elements=st.integers(1, 60))
    return st.tuples(corner, side).map(lambda cs: np.concatenate([cs[0], cs[0] + cs[1]], 1) / 4)


def test_iou_is_common_over_union() -> None:
    assert intersection(LEFT, RIGHT).tolist() == [[2, 2, 4, 4]]
    assert iou(LEFT, RIGHT).tolist() == [4 / (16 + 8 - 4)]


def test_boxes_that_only_touch_share_nothing() -> None:
    below = np.array([[4.0, 0.0, 8.0, 4.0]])
    assert area(intersection(LEFT, below)).tolist() == [0]
    assert iou(LEFT, below).tolist() == [0]


def test_far_boxes_have_no_common_part_even_when_both_axes_miss() -> None:
    """Two negative overlaps must not multiply to a positive area."""
    far = np.array([[10.0, 10.0, 12.0, 12.0]])
    assert iou(LEFT, far).tolist() == [0]
    assert not is_valid(intersection(LEFT, far))[0]


def test_box_without_area_has_iou_zero_with_itself() -> None:
    flat = np.array([[1.0, 1.0, 1.0, 5.0]])
    assert iou(flat, flat).tolist() == [0]


@given(some_boxes(5), some_boxes(3))
def test_iou_matrix_is_symmetric_and_one_only_for_the_same_box(
    first: BoxArray, second: BoxArray
) -> None:
    matrix = iou_matrix(first, second)
    assert matrix.shape == (5, 3)
    np.testing.assert_array_equal(matrix, iou_matrix(second, first).T)
    assert ((matrix >= 0) & (matrix <= 1)).all()
    same = (first[:, None] == second[None]).all(axis=2)
    np.testing.assert_array_equal(matrix == 1, same)


@given(some_boxes(4))
def test_hull_holds_every_box_and_is_its_own_hull(boxes: BoxArray) -> None:
    whole = hull(boxes)[None]
    np.testing.assert_array_equal(intersection(boxes, np.repeat(whole, 4, axis=0)), boxes)
    np.testing.assert_array_equal(hull(whole), whole[0])


@given(some_boxes(4))
def test_clipping_twice_is_clipping_once_and_stays_in_the_picture(boxes: BoxArray) -> None:
    once = clip(boxes, (6, 7))
    np.testing.assert_array_equal(clip(once, (6, 7)), once)
    assert (once >= 0).all()
    assert (once[:, [0, 2]] <= 6).all()
    assert (once[:, [1, 3]] <= 7).all()


def test_clip_leaves_nothing_of_a_box_outside() -> None:
    outside = np.array([[-5.0, -5.0, -1.0, 3.0]])
    assert area(clip(outside, (10, 10))).tolist() == [0]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 1, 1), True),
        ((0, 0, 0, 1), False),
        ((0, 3, 1, 2), False),
        ((0, 0, np.inf, 1), False),
        ((np.nan, 0, 1, 1), False),
    ],
)
def test_is_valid(box: tuple[float, ...], expected: bool) -> None:
    assert is_valid(np.array([box])).tolist() == [expected]


def test_no_boxes_pass_through_everything() -> None:
    nothing = no_boxes()
    assert area(nothing).shape == (0,)
    assert sides(nothing).shape == centres(nothing).shape == (0, 2)
    assert clip(nothing, (3, 3)).shape == intersection(nothing, nothing).shape == (0, 4)
    assert iou(nothing, nothing).shape == is_valid(nothing).shape == (0,)
    assert iou_matrix(nothing, LEFT).shape == (0, 1)
    assert iou_matrix(LEFT, nothing).shape == (1, 0)
    assert to_array(()).shape == (0, 4)


def test_hull_of_no_boxes_is_refused() -> None:
    with pytest.raises(ValueError, match="hull of no boxes"):
        hull(no_boxes())


def test_sides_and_centres() -> None:
    assert sides(RIGHT).tolist() == [[2, 4]]
    assert centres(RIGHT).tolist() == [[3, 4]]


def test_boxes_and_arrays_are_two_ways_to_say_the_same() -> None:
    boxes = (Box(0, 1, 2, 3.5, Origin.IMPORTED), Box(4, 5, 6, 7, Origin.IMPORTED))
    assert from_array(to_array(boxes), Origin.IMPORTED) == boxes


def test_box_of_mask() -> None:
    mask = np.zeros((5, 6), dtype=bool)
    assert box_of_mask(mask).shape == (0, 4)
    mask[1, 4] = mask[3, 2] = True
    assert box_of_mask(mask).tolist() == [[1, 2, 4, 5]]
