"""Copies, repeats and who is far from all, beyond the one case of `test_checks`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.quality.small_study import (
    LEFT,
    LEFT_KIDNEY,
    N_SLICES,
    RIGHT_KIDNEY,
    changed_at,
    spamming,
    study,
    with_given,
)

from manyhands.quality import CHECKS, Cohort


def test_copies_on_one_structure_are_found_though_the_others_are_ones_own() -> None:
    """As the consensus takes them for one person there: half of 8 boxes of one in three volumes."""
    others = [replace(LEFT_KIDNEY, volume=name) for name in ("two", "three")]
    p1 = LEFT_KIDNEY.given["p1"].boxes
    half = changed_at(p1, slice(6, 10), p1[6:10] + 1)
    copied = with_given("p2", boxes=half).subjects[0]
    (finding,) = CHECKS["boxes-copied"](Cohort((copied, *others)))
    assert finding.message.startswith("4 of 8 boxes that p1 and p2 both gave")

    less = changed_at(half, 5, half[5] + 1)
    assert list(CHECKS["boxes-copied"](with_given("p2", boxes=less))) == []


def test_a_box_repeated_over_unanswered_slices_is_no_more_than_the_whole() -> None:
    """Four boxes, all alike, on every second slice."""
    boxes = np.full((N_SLICES, 4), np.nan)
    boxes[2:10:2] = LEFT
    (finding,) = CHECKS["boxes-repeated"](
        with_given("p1", boxes=boxes, is_by_hand=np.isfinite(boxes[:, 0]))
    )
    assert finding.place.slices == (2, 8)
    assert finding.priority == 1


def test_of_two_who_disagree_neither_is_blamed() -> None:
    cohort = spamming(30)
    pair = {name: cohort.subjects[0].given[name] for name in ("p0", "p2")}
    two = study(replace(cohort.subjects[0], given=pair), replace(RIGHT_KIDNEY, given=pair))
    assert list(CHECKS["annotator-far"](two)) == []
