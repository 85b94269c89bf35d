"""Lines of YOLO files, and the size of pictures they give away."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyhands.boxes.yolo import (
    MIN_EDGES,
    format_yolo,
    guess_picture_shape,
    parse_yolo,
    to_boxes,
)


@pytest.mark.parametrize("size", [300, 333, 512, 600])
def test_whole_pixels_come_back_whole(size: int) -> None:
    """OpenLabeling itself truncates when it reads, and loses a pixel of one box in ten or so."""
    low = np.arange(size - 1.0)
    boxes = np.stack([low, low, low + 1, np.full(size - 1, size)], axis=1)
    lines, findings = parse_yolo(format_yolo({3: boxes}, (size, size)), name="a.txt")
    assert findings == []
    np.testing.assert_array_equal(to_boxes(lines, (size, size)), boxes)


@given(st.integers(40, 700), st.integers(40, 700))
def test_the_size_is_found_from_whole_pixels(rows: int, columns: int) -> None:
    """Edges at 0, 1, 2, ... px leave no smaller picture than the true one."""
    low = np.arange(float(MIN_EDGES))
    boxes = np.stack([low, low, low + 9, low + 9], axis=1)
    lines, _ = parse_yolo(format_yolo({0: boxes}, (rows, columns)), name="a.txt")
    assert guess_picture_shape(lines) == (rows, columns)


def test_edges_on_no_grid_tell_no_size() -> None:
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 100, (40, 2))
    boxes = np.concatenate([low, low + rng.uniform(3, 90, (40, 2))], axis=1)
    lines, _ = parse_yolo(format_yolo({0: boxes}, (200, 200)), name="a.txt")
    assert guess_picture_shape(lines) is None


def test_no_lines_are_no_boxes_and_tell_no_size() -> None:
    assert parse_yolo("", name="a.txt") == ([], [])
    assert to_boxes([], (10, 10)).shape == (0, 4)
    assert guess_picture_shape([]) is None
    assert format_yolo({}, (10, 10)) == ""
