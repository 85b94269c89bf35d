from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from manyhands.report.outline import outline_path
from manyhands.types import MaskArray


def mask(*rows: str) -> MaskArray:
    return np.array([[c == "x" for c in row] for row in rows])


def corners(path: str) -> list[list[tuple[int, int]]]:
    """The corners (x, y) of each loop of a path."""
    loops = []
    for loop in path.split("z")[:-1]:
        start, *steps = re.findall(r"[Mhv][-\d ]+", loop)
        x, y = map(int, start[1:].split())
        points = [(x, y)]
        for step in steps:
            x, y = (x + int(step[1:]), y) if step[0] == "h" else (x, y + int(step[1:]))
            points.append((x, y))
        loops.append(points)
    return loops


def filled(path: str, shape: tuple[int, int]) -> MaskArray:
    """Even-odd: a pixel is inside where the vertical lines to its left are odd in number."""
    crossings: npt.NDArray[np.int64] = np.zeros((shape[0], shape[1] + 1), dtype=np.int64)
    for loop in corners(path):
        for (x0, y0), (x1, y1) in pairwise(loop):
            if x0 == x1:
                crossings[min(y0, y1) : max(y0, y1), x0] += 1
    return np.asarray(crossings.cumsum(axis=1)[:, :-1] % 2 == 1)


def test_a_rectangle_is_one_loop_of_four_lines() -> None:
    path = outline_path(mask("....", ".xx.", ".xx.", ".xx."))
    assert path == "M1 1h2v3h-2v-3z"


def test_a_hole_is_a_loop_of_its_own() -> None:
    path = outline_path(mask("xxx", "x.x", "xxx"))
    assert path.count("z") == 2
    assert "M0 0h3v3h-3v-3z" in path


def test_nothing_has_no_outline() -> None:
    assert outline_path(mask("...", "...")) == ""


@given(arrays(np.bool_, st.tuples(st.integers(1, 7), st.integers(1, 7))))
def test_the_filled_outline_is_the_mask(drawn: MaskArray) -> None:
    path = outline_path(drawn)
    assert (filled(path, (drawn.shape[0], drawn.shape[1])) == drawn).all()
    assert all(loop[0] == loop[-1] for loop in corners(path))


@pytest.mark.parametrize("rows", [("x.", ".x"), (".x", "x.")])
def test_pixels_that_touch_at_a_corner_are_both_filled(rows: tuple[str, str]) -> None:
    drawn = mask(*rows)
    assert (filled(outline_path(drawn), (2, 2)) == drawn).all()
