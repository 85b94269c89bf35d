"""The weighted median against the ordinary one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyhands.crowd.coordinate_median import median_boxes, weighted_median
from manyhands.crowd.fusion import slice_by_slice
from manyhands.crowd.pieces import Piece


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=8))
def test_equal_weights_give_the_ordinary_median(values: list[float]) -> None:
    column = np.array(values)[:, None]
    weights = np.full(len(values), 0.3)
    np.testing.assert_allclose(weighted_median(column, weights), [np.median(values)])


@given(st.lists(st.tuples(st.floats(-100, 100), st.integers(1, 4)), min_size=1, max_size=6))
def test_a_weight_of_two_is_being_there_twice(pairs: list[tuple[float, int]]) -> None:
    values = np.array([[value] for value, _ in pairs])
    weights = np.array([weight for _, weight in pairs], dtype=np.float64)
    repeated = np.repeat(values, weights.astype(int))
    np.testing.assert_allclose(weighted_median(values, weights), [np.median(repeated)])


def test_columns_have_medians_of_their_own() -> None:
    values = np.array([[1.0, 30.0], [2.0, 20.0], [9.0, 10.0]])
    assert weighted_median(values, np.ones(3)).tolist() == [2, 20]
    assert weighted_median(values, np.array([1.0, 1.0, 3.0])).tolist() == [9, 10]


def test_the_median_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="median of no boxes"):
        weighted_median(np.empty((0, 4)), np.empty(0))


@pytest.mark.parametrize("seed", range(5))
def test_all_slices_at_once_are_as_each_by_itself(seed: int) -> None:
    """Of 8 slices and 4 annotators, of whom some have no box on some slices, at odd weights."""
    rng = np.random.default_rng(seed)
    there = np.argwhere(rng.random((8, 4)) < 0.6)
    corners = rng.uniform(0, 50, (len(there), 2))
    boxes = np.hstack([corners, corners + rng.uniform(1, 20, (len(there), 2))])
    piece = Piece(boxes, there[:, 0] + 5, there[:, 1])
    say = np.array([1.0, 0.7, 0.7, 0.05]) if seed else np.ones(4)
    spacing = (1.0, 1.0, 1.0)
    plain = slice_by_slice(weighted_median)(piece, say, stack_spacing_mm=spacing)
    assert np.array_equal(median_boxes(piece, say, stack_spacing_mm=spacing), plain)
