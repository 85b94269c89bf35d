"""Agreement and weights of a few annotators, by hand."""

import numpy as np
import pytest

from manyhands.crowd.ballots import Ballots
from manyhands.crowd.pieces import find_pieces
from manyhands.crowd.reliability import find_agreement, hear
from manyhands.types import BoxArray

ORGAN = np.array([[0.0, 0.0, 10.0, 10.0]])
HALF = np.array([[0.0, 0.0, 10.0, 5.0]])
FAR = np.array([[50.0, 50.0, 60.0, 60.0]])
Votes = dict[int, BoxArray]


def on(slices: range, boxes: BoxArray) -> Votes:
    return dict.fromkeys(slices, boxes)


def agreement(*votes: Votes) -> list[float | None]:
    ballots = Ballots(dict(zip("abcd", votes, strict=False)), n_slices=30)
    return list(find_agreement(ballots, find_pieces(ballots, reach=1), reach=1).values())


def weights(*votes: Votes) -> list[float]:
    ballots = Ballots(dict(zip("abcd", votes, strict=False)), n_slices=30)
    return list(hear(ballots, reach=1).weights.values())


def test_agreement_is_the_overlap_with_the_median() -> None:
    """The median of three is the organ, of which the third drew half."""
    slices = range(5)
    assert agreement(on(slices, ORGAN), on(slices, ORGAN), on(slices, HALF)) == [1, 1, 0.5]


def test_who_goes_on_alone_does_not_lose_by_it() -> None:
    assert agreement(on(range(20), ORGAN), on(range(5), ORGAN), on(range(5), ORGAN)) == [1, 1, 1]


def test_who_calls_absent_what_others_box_is_not_compared() -> None:
    """Presence is another question; a vote against has no box to compare."""
    assert agreement(on(range(5), ORGAN), on(range(5), ORGAN[:0])) == [None, None]


def test_nobody_to_compare_with_gives_full_weight() -> None:
    assert weights(on(range(5), ORGAN)) == [1]
    assert weights(on(range(5), ORGAN), on(range(20, 25), ORGAN)) == [1, 1]
    assert weights() == []


def test_of_three_the_one_far_off_is_not_heard() -> None:
    slices = range(5)
    assert weights(on(slices, ORGAN), on(slices, ORGAN), on(slices, FAR)) == [1, 1, 0]


def test_of_two_who_never_agree_both_are_heard() -> None:
    first, second = weights(on(range(5), ORGAN), on(range(5), FAR))
    assert first == second > 0


@pytest.mark.parametrize("n", [3, 4])
def test_somebody_is_always_heard(n: int) -> None:
    """Even if everybody drew somewhere else."""
    assert max(weights(*(on(range(5), ORGAN + 100 * k) for k in range(n)))) > 0


def test_who_went_on_where_only_a_spammer_did_is_heard() -> None:
    """Three agree on slice 0; one goes on, and beyond it only boxes of the spammer are near."""
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 6, (20, 2))
    anything = {k: np.array([[*low[k], *(low[k] + 3)]]) for k in range(20)}
    whole = on(range(20), ORGAN)
    found = weights(whole, on(range(1), ORGAN), on(range(1), ORGAN), anything)
    assert found == [1, 1, 1, 0]


def test_two_who_click_anything_are_both_left_out() -> None:
    rng = np.random.default_rng(1)
    low = rng.uniform(0, 90, (2, 8, 2))
    spam = [{k: np.array([[*low[n, k], *(low[n, k] + 9)]]) for k in range(8)} for n in (0, 1)]
    good = [on(range(8), ORGAN + by) for by in (0, 1)]
    assert weights(*good, *spam)[2:] == [0, 0]


def test_nobody_is_left_out_for_one_box() -> None:
    """Far from the others, and yet perhaps the only one who saw where the structure begins."""
    good = [on(range(8), ORGAN + by) for by in (0, 1, -1)]
    assert weights(*good, on(range(1), FAR))[3] > 0
    assert weights(*good, on(range(3), FAR))[3] == 0
