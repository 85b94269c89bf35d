from __future__ import annotations

import numpy as np
import pytest

from manyhands.quality.agreement import (
    Disagreement,
    iou_on_slices,
    measure_disagreement,
    median_pair_iou,
    sum_up,
)
from manyhands.quality.given import Given

A = (0.0, 0, 2, 4)  # rows 0 to 2
B = (0.0, 0, 4, 4)  # rows 0 to 4: IoU with A 1/2
ABSENT = "absent"
Value = tuple[float, float, float, float] | str | None


def give(*values: Value) -> Given:
    """One value for each slice: a box, `ABSENT`, or None for not seen."""
    boxes = np.array([v if isinstance(v, tuple) else (np.nan,) * 4 for v in values])
    is_absent = np.array([v == ABSENT for v in values])
    unknown = np.full(len(values), np.nan)
    nowhere = np.zeros(len(values), dtype=np.bool_)
    return Given(boxes, is_absent, np.isfinite(boxes[:, 0]), unknown, unknown, nowhere)


def test_median_is_over_slices_that_both_boxed() -> None:
    given = {"a": give(A, A, A, None), "b": give(A, B, ABSENT, A), "c": give(None, None, None, A)}
    assert median_pair_iou(given) == {("a", "b"): 0.75, ("b", "c"): 1.0}


def test_alpha_of_a_worked_example() -> None:
    """Two people, three slices: (A, A), (A, B), (absent, absent).

    Observed: one of three pairs is 1/2 apart, so 2 x 1/2 over 6 values. Expected, of 6 values A, A,
    A, B and two absent: ordered pairs A-B 2 x 3 x 1/2 = 3, box-absent 2 x 4 x 2 = 16, so 19 / 5
    over 6 values. Alpha = 1 - 1 / 3.8.
    """
    found = measure_disagreement([give(A, A, ABSENT), give(A, B, ABSENT)])
    assert found.n_values == 6
    assert found.observed == pytest.approx(1.0)
    assert found.expected == pytest.approx(19 / 5)
    assert found.alpha == pytest.approx(1 - 5 / 19)


def test_three_values_of_a_slice_count_as_three_and_not_as_three_pairs() -> None:
    """(A, A, B) and (A, A, not seen): the first has 4 ordered pairs 1/2 apart, over 3 - 1."""
    found = measure_disagreement([give(A, A), give(A, A), give(B, None)])
    assert found.n_values == 5
    assert found.observed == pytest.approx(4 / 2 * 0.5)
    assert found.expected == pytest.approx(2 * 4 * 0.5 / 4)


def test_of_one_person_or_none_there_is_no_alpha() -> None:
    assert measure_disagreement([]).alpha is None
    assert measure_disagreement([give(A, B)]).alpha is None
    assert measure_disagreement([give(A, None), give(None, A)]).alpha is None


def test_where_all_values_are_alike_there_is_no_alpha() -> None:
    assert measure_disagreement([give(A, A), give(A, A)]).alpha is None
    assert measure_disagreement([give(ABSENT), give(ABSENT)]).alpha is None


def test_who_agrees_no_better_than_by_chance_is_near_zero() -> None:
    """Each boxes the upper or lower half on a toss."""
    rng = np.random.default_rng(0)
    upper, lower = (0.0, 0, 2, 4), (2.0, 0, 4, 4)
    tosses = rng.random((2, 400)) < 0.5
    people = [give(*(upper if up else lower for up in toss)) for toss in tosses]
    assert measure_disagreement(people).alpha == pytest.approx(0, abs=0.1)


def test_disagreements_add_up() -> None:
    parts = [Disagreement(1.0, 4.0, 6), Disagreement(0.0, 1.0, 4)]
    assert sum_up(parts) == Disagreement(1.0, 5.0, 10)
    assert sum_up(parts).alpha == pytest.approx(0.8)
    assert sum_up([]).alpha is None


def test_the_order_of_people_does_not_matter() -> None:
    people = [give(A, B, ABSENT, None), give(B, B, A, A), give(None, A, ABSENT, A)]
    forwards, backwards = (measure_disagreement(order) for order in (people, people[::-1]))
    assert forwards.observed == pytest.approx(backwards.observed)
    assert forwards.expected == pytest.approx(backwards.expected)


def test_nothing_overlaps_with_a_missing_box() -> None:
    first, second = give(A, A, None).boxes, give(B, None, None).boxes
    assert iou_on_slices(first, second).tolist() == [0.5, 0.0, 0.0]
