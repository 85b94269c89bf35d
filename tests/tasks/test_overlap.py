from __future__ import annotations

import dataclasses
from itertools import combinations

import numpy as np
import pytest

from manyhands.boxes.tracks import make_track
from manyhands.config import Asking
from manyhands.tasks import Decision, Spent, needs_another
from manyhands.types import Consensus, Interval

PAIR = ("anna", "ben")
ASKING = Asking()


def agreed(*presence: float, seen: bool = True, **weights: float) -> Consensus:
    """A consensus on as many slices, with a box wherever presence is likely; of anna and ben."""
    weights = weights or {"anna": 0.9, "ben": 0.8}
    slices = [k for k, p in enumerate(presence) if p >= 0.5]
    tracks = (make_track(slices, [(0, 0, 9, 9)] * len(slices)),) if slices else ()
    return Consensus(tracks, np.array(presence), np.full(len(presence), seen), weights)


CERTAIN = agreed(0.01, 0.99, 0.99, 0.99, 0.99, 0.01)


def decide(
    consensus: Consensus | None = CERTAIN,
    iou: float | None = 0.8,
    *,
    n: int = 2,
    asking: Asking = ASKING,
    predicted: Interval | None = None,
    spent: Spent | None = None,
) -> Decision:
    return needs_another(
        consensus,
        {} if iou is None else {PAIR: iou},
        n_annotators=n,
        asking=asking,
        predicted_dice=predicted,
        spent=spent,
    )


def test_two_are_asked_to_begin_with() -> None:
    assert decide(None, None, n=0) == Decision(2, "0 of the first 2 people have answered")
    assert decide(iou=None, n=1) == Decision(1, "1 of the first 2 people have answered")


def test_two_who_agree_are_enough() -> None:
    assert decide() == Decision(0, "2 people agree on where it is")


def test_boxes_that_differ_are_asked_again() -> None:
    assert decide(iou=0.59) == Decision(
        1, "boxes overlap by an IoU of 0.59 only, 0.60 is certain", is_disputed=True
    )
    assert decide(iou=0.6).n_more == 0


@pytest.mark.parametrize(("n", "enough"), [(2, 0.6), (3, 0.553), (4, 0.522)])  # 0.6 (2/n)^0.2
def test_the_more_people_the_less_they_need_to_overlap(n: int, enough: float) -> None:
    """Or boxes that are loose in different ways would always be asked of the most people."""
    people = ("anna", "ben", "carl", "dora")[:n]
    consensus = dataclasses.replace(CERTAIN, weights=dict.fromkeys(people, 0.9))

    def with_iou(iou: float) -> Decision:
        overlaps = dict.fromkeys(combinations(people, 2), iou)
        return needs_another(consensus, overlaps, n_annotators=n, asking=ASKING)

    assert with_iou(enough + 0.001).n_more == 0
    assert with_iou(enough - 0.001).n_more == 1


def test_who_never_met_are_not_certain_however_little_is_asked_for() -> None:
    people = ("anna", "ben", "carl", "dora")
    apart = dataclasses.replace(CERTAIN, weights=dict.fromkeys(people, 0.9))
    lenient = Asking(certain_iou=0.1)
    assert needs_another(apart, {}, n_annotators=4, asking=lenient).n_more == 1


def test_doubtful_presence_is_asked_again_beyond_one_slice() -> None:
    one = agreed(0.5, 0.99, 0.99, 0.99)
    two = agreed(0.9, 0.99, 0.99, 0.2)

    assert decide(one).n_more == 0
    assert decide(two) == Decision(
        1, "whether it is there is doubtful on 2 slices", is_disputed=True
    )


def test_a_larger_structure_may_have_more_doubtful_slices() -> None:
    """Of 30 slices 6 may be doubtful."""
    within, beyond = [0.9] * 6 + [0.99] * 24, [0.9] * 7 + [0.99] * 23

    assert decide(agreed(*within)).n_more == 0
    assert decide(agreed(*beyond)).n_more == 1


def test_what_nobody_looked_at_is_asked_again_though_all_agree() -> None:
    unseen = dataclasses.replace(CERTAIN, is_seen=np.array([False, *[True] * 5]))

    assert decide(unseen) == Decision(1, "nobody looked at 1 slice")
    assert decide(agreed(0.0, 0.0, seen=False)).reason == "nobody looked at 2 slices"


def test_five_are_the_most() -> None:
    assert decide(iou=0.1, n=4).n_more == 1
    assert decide(iou=0.1, n=5) == Decision(0, "5 people have answered, the most that are asked")


def test_all_absent_is_agreement() -> None:
    assert decide(agreed(0.01, 0.01, 0.02), None).n_more == 0


def test_two_who_never_met_do_not_agree() -> None:
    """One boxed the lower half, the other the upper: nobody confirms either."""
    assert decide(iou=None) == Decision(
        1, "boxes overlap by an IoU of 0.00 only, 0.60 is certain", is_disputed=True
    )
    alone = agreed(0.01, 0.99, 0.99, anna=0.9, ben=0.0)
    assert decide(alone).reason == "fewer than two people can be listened to"


def test_copies_are_one_person() -> None:
    """Two accounts with the very same boxes agree perfectly, and confirm nothing."""
    assert decide(iou=1.0) == Decision(
        1, "fewer than two people can be listened to", is_disputed=True
    )
    third = agreed(0.01, 0.99, 0.99, anna=0.9, ben=0.9, carl=0.8)
    overlaps = {PAIR: 1.0, ("anna", "carl"): 0.8, ("ben", "carl"): 0.8}
    assert needs_another(third, overlaps, n_annotators=3, asking=ASKING).n_more == 0


def test_one_who_confirms_nobody_keeps_the_others_in_doubt() -> None:
    """Of three people two agree; the third has a say, but boxed none of their slices."""
    third = agreed(0.01, 0.99, 0.99, anna=0.9, ben=0.8, carl=1.0)
    assert decide(third, n=3).n_more == 1


def test_who_clicks_anything_does_not_keep_the_others_in_doubt() -> None:
    """Two agree; the third agrees with nobody, has no weight, and is not counted."""
    overlaps = {PAIR: 0.8, ("anna", "spam"): 0.1, ("ben", "spam"): 0.1}
    heard = agreed(0.99, 0.99, anna=0.8, ben=0.8, spam=0.3)
    ignored = agreed(0.99, 0.99, anna=0.8, ben=0.8, spam=0.0)

    assert needs_another(heard, overlaps, n_annotators=3, asking=ASKING).n_more == 1
    assert needs_another(ignored, overlaps, n_annotators=3, asking=ASKING).n_more == 0


@pytest.mark.parametrize(("low", "n_more"), [(0.91, 0), (0.89, 1)])
def test_with_a_target_only_the_predicted_dice_decides(low: float, n_more: int) -> None:
    target = Asking(target_dice=0.9)
    predicted = Interval(0.93, low, 0.95)

    assert decide(iou=0.1, asking=target, predicted=predicted).n_more == n_more
    assert decide(iou=0.9, asking=target, predicted=predicted).n_more == n_more
    assert decide(iou=0.1, asking=target, n=5, predicted=predicted).n_more == 0
    assert decide(None, asking=target, n=0, predicted=predicted).n_more == 2
    assert decide(iou=0.1, asking=target).n_more == 1  # nothing predicted: the other rules


def test_a_spent_budget_ends_all_asking() -> None:
    answers, minutes = Asking(budget_answers=100), Asking(budget_minutes=30.0)

    assert decide(None, n=0, asking=answers, spent=Spent(99, 999.0)).n_more == 2
    assert decide(None, n=0, asking=answers, spent=Spent(100)) == Decision(
        0, "the budget of 100 answers is spent"
    )
    assert decide(None, n=0, asking=minutes, spent=Spent(9999, 29.9)).n_more == 2
    assert decide(None, n=0, asking=minutes, spent=Spent(0, 30.0)).reason == (
        "the budget of 30 minutes is spent"
    )
