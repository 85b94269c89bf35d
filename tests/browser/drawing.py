"""What the people of these tests draw, and whether it came."""

from __future__ import annotations

import pytest

from manyhands.types import Answer, Box, Origin, State

FIRST, LAST = 5, 11
DRAWN = {
    5: Box(20, 14, 60, 44),
    8: Box(24, 10, 62, 46),
    11: Box(22, 16, 58, 40),
}
"""By slice: with a stride of three, all that is asked between `FIRST` and `LAST`."""
PIXEL = 0.5  # how exactly a box comes where it was drawn, in voxels; one is 7 px of the screen


def assert_drawn(answer: Answer, box: Box, origin: Origin = Origin.DRAWN) -> None:
    assert answer.state is State.BOXES
    (found,) = answer.boxes
    assert found.as_row() == pytest.approx(box.as_row(), abs=PIXEL)
    assert found.origin is origin
