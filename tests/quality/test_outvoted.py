"""Slips, how grave they are, and who is named, beyond the one case of `test_checks`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.quality.small_study import (
    ABSENT,
    LEFT_KIDNEY,
    N_SLICES,
    changed_at,
    partner_boxed_by,
    slipping,
    spamming,
    study,
    with_given,
)

from manyhands.quality import CHECKS
from manyhands.types import Consensus, Severity


def test_a_slip_beside_the_boxes_of_others_is_for_information() -> None:
    """One box of 8, on a slice that two others boxed: nothing is lost."""
    (finding,) = CHECKS["box-outvoted"](slipping(5, rows=15))
    assert finding.severity is Severity.INFO
    assert finding.priority == pytest.approx(1 / 8 / 3)


def test_a_slip_where_nobody_else_looked_is_a_warning() -> None:
    slipped = slipping(5, rows=15).subjects[0]
    nowhere = {
        name: replace(g, boxes=changed_at(g.boxes, 5, np.nan), is_absent=ABSENT)
        for name, g in slipped.given.items()
    }
    cohort = study(replace(slipped, given={**nowhere, "p1": slipped.given["p1"]}))
    (finding,) = CHECKS["box-outvoted"](cohort)
    assert finding.severity is Severity.WARNING


def test_of_somebody_alone_there_are_no_others_to_speak_of() -> None:
    slipped = slipping(5, rows=15).subjects[0]
    alone = replace(slipped, given={"p1": slipped.given["p1"]})
    (finding,) = CHECKS["box-outvoted"](study(alone))
    assert finding.severity is Severity.WARNING
    assert "than on the slices beside" in finding.message


def test_a_box_far_larger_than_those_beside_it_is_outvoted_but_not_at_an_end() -> None:
    """60 x 60 around 20 x 20: at an end, loose boxes around little are no slip."""
    boxes = LEFT_KIDNEY.given["p1"].boxes
    wide = boxes + np.array([-20.0, -20, 20, 20])
    inner = with_given("p1", boxes=changed_at(boxes, 5, wide[5]))
    assert [f.place.slices for f in CHECKS["box-outvoted"](inner)] == [(5, 5)]
    at_end = with_given("p1", boxes=changed_at(boxes, 9, wide[9]))
    assert list(CHECKS["box-outvoted"](at_end)) == []


def test_who_boxed_another_organ_throughout_is_named_once() -> None:
    """5 of 8 boxes: with slices 5 and 7 in place, still one finding from the first to the last."""
    (finding,) = CHECKS["box-outvoted"](slipping(2, 3, 4, 6, 8, rows=40))
    assert finding.place.slices == (2, 8)
    assert finding.severity is Severity.WARNING
    assert finding.priority == pytest.approx(5 / 8 / 3)


def test_who_alone_sees_a_structure_is_named() -> None:
    absent = replace(LEFT_KIDNEY.given["p0"], boxes=np.full((N_SLICES, 4), np.nan))
    absent = replace(absent, is_absent=np.ones(N_SLICES, dtype=np.bool_))
    one = replace(
        LEFT_KIDNEY,
        given={"p0": absent, "p1": LEFT_KIDNEY.given["p1"], "p2": absent},
        consensus=Consensus((), np.zeros(N_SLICES), np.ones(N_SLICES, dtype=np.bool_)),
    )
    (finding,) = CHECKS["box-outvoted"](study(one))
    assert str(finding.place) == "one, kidney_left, slices 2 to 9, p1"
    assert finding.severity is Severity.WARNING
    assert "the others say that it is absent" in finding.message


def test_what_another_check_explains_is_not_said_twice() -> None:
    assert list(CHECKS["box-outvoted"](partner_boxed_by("p1", slice(3, 6)))) == []
    assert list(CHECKS["box-outvoted"](spamming(30))) == []
