"""Edges nearer to the middle, for loose boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyhands.boxes.arithmetic import is_valid
from manyhands.crowd.coordinate_median import weighted_median
from manyhands.crowd.inner_quantile import inner_box, weighted_quantile

ORGAN = np.array([20.0, 30.0, 60.0, 80.0])
OUTWARD = np.array([-1.0, -1.0, 1.0, 1.0])


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=8), st.floats(0.01, 0.99))
def test_equal_weights_give_numpys_quantile(values: list[float], share: float) -> None:
    found = weighted_quantile(np.array(values)[:, None], np.full(len(values), 0.3), share)
    expected = np.quantile(values, share, method="hazen")
    np.testing.assert_allclose(found, [expected], atol=1e-9)


@given(st.permutations(range(4)))
def test_the_order_of_equal_values_does_not_matter(order: list[int]) -> None:
    values, weights = np.array([[1.0], [1.0], [2.0], [2.0]]), np.array([0.1, 0.9, 0.3, 0.8])
    found = weighted_quantile(values[order], weights[order], 0.45)
    np.testing.assert_allclose(found, weighted_quantile(values, weights, 0.45))


def test_loose_boxes_come_nearer_to_the_organ() -> None:
    """Edges 2, 4, 6 and 8 px outside; 30 % of four lie within 3.4 (0.3 * 4 - 0.5 = 0.7 of the way
    from the first to the second); the median is 5."""
    loose = ORGAN + np.outer([2, 4, 6, 8], OUTWARD)
    np.testing.assert_allclose(inner_box(loose, np.ones(4)), ORGAN + 3.4 * OUTWARD)
    np.testing.assert_allclose(weighted_median(loose, np.ones(4)), ORGAN + 5 * OUTWARD)


def test_one_box_is_its_own() -> None:
    assert inner_box(ORGAN[None], np.ones(1)).tolist() == ORGAN.tolist()


def test_people_who_disagree_get_the_median() -> None:
    apart = np.stack([ORGAN, ORGAN + 35, ORGAN - 35])
    assert inner_box(apart, np.ones(3)).tolist() == ORGAN.tolist()


def test_no_boxes_are_refused() -> None:
    with pytest.raises(ValueError, match="no boxes"):
        inner_box(np.empty((0, 4)), np.empty(0))


@given(
    st.lists(
        st.tuples(*[st.integers(0, 50)] * 2, *[st.integers(1, 50)] * 2), min_size=1, max_size=5
    )
)
def test_the_box_is_always_valid(corners: list[tuple[int, int, int, int]]) -> None:
    rows = np.array(corners, dtype=np.float64)
    boxes = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:]], axis=1)
    assert is_valid(inner_box(boxes, np.ones(len(boxes)))[None])[0]
