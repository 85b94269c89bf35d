"""Turning boxes as numpy turns pictures."""

import numpy as np
import pytest

from manyhands.boxes.arithmetic import box_of_mask
from manyhands.boxes.orientation import Orientation


@pytest.mark.parametrize("quarter_turns", range(-1, 5))
@pytest.mark.parametrize("flip_rows", [False, True])
@pytest.mark.parametrize("flip_columns", [False, True])
def test_boxes_turn_with_their_picture(
    quarter_turns: int, flip_rows: bool, flip_columns: bool
) -> None:
    """The box of the turned mask is the turned box of the mask; and back again."""
    mask = np.zeros((5, 9), dtype=bool)
    mask[1:3, 2:8] = True
    turned = np.rot90(mask, quarter_turns)
    turned = turned[::-1] if flip_rows else turned
    turned = turned[:, ::-1] if flip_columns else turned
    orientation = Orientation(quarter_turns, flip_rows, flip_columns)
    boxes = orientation.to_slice(box_of_mask(mask), (5, 9))
    assert boxes.tolist() == box_of_mask(turned).tolist()
    assert orientation.slice_shape((5, 9)) == turned.shape
    assert orientation.to_picture(boxes, (5, 9)).tolist() == box_of_mask(mask).tolist()


def test_no_boxes_can_be_turned() -> None:
    assert Orientation(1, True).to_slice(np.empty((0, 4)), (5, 9)).shape == (0, 4)


@pytest.mark.parametrize("reversed_", [False, True])
def test_slice_numbers_and_indices_are_inverses(reversed_: bool) -> None:
    orientation = Orientation(first_slice=3, slice_reversed=reversed_)
    numbers = [orientation.to_number(index, 10) for index in range(10)]
    assert sorted(numbers) == list(range(3, 13))
    assert [orientation.to_index(number, 10) for number in numbers] == list(range(10))


def test_reversed_slices_need_their_number() -> None:
    with pytest.raises(ValueError, match="number of slices"):
        Orientation(slice_reversed=True).to_index(0, None)
