"""A run of boxes tapers off as an organ does, or ends all at once."""

from __future__ import annotations

import numpy as np
import pytest

from manyhands.boxes.ends import is_abrupt, is_cut_short


def squares(*sides: float) -> np.ndarray:
    return np.array([[0, 0, side, side] for side in sides], dtype=np.float64)


@pytest.mark.parametrize(
    ("last", "agreed", "expected"),
    [
        (10, (10, 20, 20, 20, 10), False),  # a quarter of the area is left
        (16, (10, 20, 20, 20, 10), False),  # .64
        (17, (10, 20, 20, 20, 10), True),  # .72
        (19, (20, 20, 60, 20, 20), True),  # one box gone wrong is not the largest
        (19, (20, 60), False),  # of two nobody can tell which went wrong
        (20, (20,), True),
    ],
)
def test_a_run_ends_abruptly_where_its_last_box_is_nearly_as_large_as_the_largest(
    last: float, agreed: tuple[float, ...], expected: bool
) -> None:
    assert is_abrupt(squares(last)[0], squares(*agreed)) is expected


@pytest.mark.parametrize(
    ("lacking", "expected"),
    [
        (0, False),
        (1, False),
        (2, False),  # two slices of ten, and small ones
        (3, False),  # 10, 12 and 20: one large box may be a mistake
        (4, True),
    ],
)
def test_who_lacks_a_quarter_of_an_organ_with_large_boxes_stopped(
    lacking: int, expected: bool
) -> None:
    agreed = squares(10, 12, 20, 20, 20, 20, 20, 20, 12, 10)
    is_beyond = np.arange(10) >= 10 - lacking
    assert is_cut_short(agreed, is_beyond) is expected
    assert is_cut_short(agreed[::-1], is_beyond[::-1]) is expected


def test_of_a_vessel_that_is_everywhere_as_wide_a_quarter_is_needed_too() -> None:
    agreed = squares(*[20] * 12)
    assert not is_cut_short(agreed, np.arange(12) >= 10)
    assert is_cut_short(agreed, np.arange(12) >= 9)


def test_nothing_agreed_on_has_no_end() -> None:
    with pytest.raises(ValueError, match="one agreed box at least, found none"):
        is_abrupt(squares(1)[0], squares())
