"""A run of boxes tapers off as an organ does, or ends all at once."""

from __future__ import annotations

import numpy as np
import pytest

from manyhands.boxes.ends import is_abrupt


def squares(*sides: float) -> np.ndarray:
    return np.array([[0, 0, side, side] for side in sides], dtype=np.float64)


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        ((10, 20, 20, 20, 10), False),  # a quarter of the area is left
        ((10, 20, 20, 20, 19), True),
        ((10, 20, 20, 20, 16), False),  # .64
        ((10, 20, 20, 20, 17), True),  # .72
        ((20, 20, 60, 20, 19), True),  # one box gone wrong is not the largest
        ((20, 1), True),  # too few to tell of tapering
        ((20,), True),
    ],
)
def test_a_run_ends_abruptly_where_the_last_box_is_nearly_as_large_as_the_largest(
    sides: tuple[float, ...], expected: bool
) -> None:
    assert is_abrupt(squares(*sides)) is expected


def test_no_boxes_have_no_end() -> None:
    with pytest.raises(ValueError, match="one box at least, found none"):
        is_abrupt(squares())
