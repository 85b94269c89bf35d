"""Whom `absence-doubtful` doubts, beyond the one case of `test_checks`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.quality.small_study import (
    LEFT,
    N_SLICES,
    changed_at,
    stopping_at,
    study,
    with_given,
    with_mask,
)

from manyhands.quality import CHECKS


def test_where_nobody_went_on_the_image_may_doubt_that_it_is_gone() -> None:
    """All three end at slice 9 with boxes as large as any; the image goes on there or does not."""
    goes_on = with_mask(goes_on=(0.1, 0.9))
    findings = list(CHECKS["absence-doubtful"](goes_on))
    assert [str(f.place) for f in findings] == [f"one, kidney_left, slice 10, p{n}" for n in "012"]
    assert "the image goes on" in findings[0].message


def test_an_end_that_tapers_off_is_not_doubted() -> None:
    """A quarter of the area on the last slices: so organs end, whatever the image beyond."""
    subject = with_mask(goes_on=(0.9, 0.9)).subjects[0]
    small = LEFT + np.array([5.0, 5, -5, -5])
    tapering = {
        name: replace(g, boxes=changed_at(g.boxes, [2, 9], small))
        for name, g in subject.given.items()
    }
    assert list(CHECKS["absence-doubtful"](study(replace(subject, given=tapering)))) == []


def test_who_did_not_say_absent_is_not_doubted() -> None:
    """Who stopped and gave no answer is the business of incomplete structures."""
    boxes = stopping_at(5).subjects[0].given["p1"].boxes
    silent = with_given("p1", boxes=boxes, is_absent=np.zeros(N_SLICES, dtype=np.bool_))
    assert list(CHECKS["absence-doubtful"](silent)) == []
