from __future__ import annotations

import pytest

from manyhands.config import Asking
from manyhands.tasks import Decision, next_stride

DISAGREE = Decision(1, "they disagree", is_disputed=True)
UNSEEN = Decision(1, "nobody looked at 2 slices")
REQUESTED = Decision(1, "one more was asked for", is_requested=True)


@pytest.mark.parametrize(
    ("decision", "n_before", "changes", "stride", "expected"),
    [
        (DISAGREE, 2, {}, 1, 2),
        (DISAGREE, 4, {}, 1, 2),
        (DISAGREE, 1, {}, 1, 1),  # the other one left
        (DISAGREE, 1, {"first_annotators": 1}, 1, 1),
        (DISAGREE, 3, {"first_annotators": 4}, 1, 1),
        (DISAGREE, 2, {"later_stride": 1}, 1, 1),
        (DISAGREE, 2, {"later_stride": 3}, 2, 3),
        (DISAGREE, 2, {}, 4, 4),  # never narrower than the study's
        (UNSEEN, 2, {}, 1, 1),
        (REQUESTED, 2, {}, 1, 1),
    ],
)
def test_who_settles_a_disagreement_of_two_is_asked_for_fewer_slices(
    decision: Decision, n_before: int, changes: dict[str, int], stride: int, expected: int
) -> None:
    asking = Asking(**changes)
    assert next_stride(decision, n_before, asking=asking, stride=stride) == expected
