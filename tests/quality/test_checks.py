"""Every check, on a small study that has its fault and on one that nearly has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.quality.small_study import (
    ABSENT,
    LEFT,
    LEFT_KIDNEY,
    N_SLICES,
    alone_on_the_wrong_side,
    area_of,
    aside_by,
    boxes_at,
    changed_at,
    given,
    mask_in,
    mirrored,
    partner_boxed_by,
    same_place,
    sizes,
    slipping,
    smaller_by,
    spamming,
    stopping_at,
    study,
    unseen,
    unsure_on,
    with_given,
    with_mask,
)

from manyhands.boxes.tracks import make_track
from manyhands.quality import CHECKS, Cohort, Subject, find_doubts
from manyhands.types import Consensus, Finding, Severity

Case = Callable[[], Cohort]

# Code: (a study with the fault, one without, how the fault's first finding names its place).
CASES: dict[str, tuple[Case, Case, str]] = {
    "structure-incomplete": (
        lambda: unseen(10, 11),
        lambda: unseen(4),
        "one, kidney_left, slices 10 to 11",
    ),
    "structure-gap": (lambda: unseen(4, 5), lambda: unseen(0), "one, kidney_left, slices 4 to 5"),
    "nobody-sure": (
        lambda: unsure_on(4, 5),
        lambda: unsure_on(5),
        "one, kidney_left, slices 4 to 5",
    ),
    "absence-doubtful": (
        lambda: stopping_at(5),
        lambda: stopping_at(8),  # others went on by one slice of eight
        "one, kidney_left, slices 6 to 9, p1",
    ),
    "side-wrong": (mirrored, lambda: alone_on_the_wrong_side(12), "one, kidney_left"),
    "side-swapped": (
        lambda: partner_boxed_by("p1", slice(3, 6)),
        study,
        "one, kidney_left, slices 3 to 5, p1",
    ),
    "annotator-far": (lambda: spamming(30), lambda: spamming(4), "p2"),
    "box-outvoted": (
        lambda: slipping(5, rows=15),
        lambda: slipping(5, rows=8),  # meets more than half of the box agreed on
        "one, kidney_left, slice 5, p1",
    ),
    "boxes-copied": (
        lambda: with_given("p2", boxes=LEFT_KIDNEY.given["p1"].boxes),
        lambda: with_given(
            "p2",
            boxes=LEFT_KIDNEY.given["p1"].boxes,
            is_by_hand=np.zeros(N_SLICES, dtype=np.bool_),
        ),
        "p2",
    ),
    "boxes-repeated": (
        lambda: with_given("p1", boxes=changed_at(boxes_at(LEFT), slice(3, 7), LEFT)),
        lambda: with_given("p1", boxes=changed_at(boxes_at(LEFT), slice(3, 6), LEFT)),
        "one, kidney_left, slices 3 to 6, p1",
    ),
    "answered-fast": (
        lambda: with_given("p0", active_s=np.full(N_SLICES, 0.4)),
        lambda: with_given("p0", active_s=np.where(ABSENT, 0.4, 3.0)),  # *absent* is said quickly
        "p0",
    ),
    "place-claimed-twice": (
        lambda: same_place(2),
        lambda: same_place(12),
        "one, kidney_left, slices 2 to 9",
    ),
    "box-untouched": (
        lambda: smaller_by(9),
        lambda: smaller_by(5),
        "one, kidney_left, slices 3 to 6",
    ),
    "mask-overflows": (
        lambda: smaller_by(-5),
        lambda: smaller_by(-2),
        "one, kidney_left, slices 3 to 6",
    ),
    "area-jump": (lambda: area_of(0.3), lambda: area_of(0.8), "one, kidney_left, slice 5"),
    "centre-jump": (lambda: aside_by(15), lambda: aside_by(3), "one, kidney_left, slice 5"),
    "volume-unusual": (lambda: sizes(3.0), lambda: sizes(1.3), "odd, kidney_left"),
    "mask-unstable": (
        lambda: with_mask(stability=0.7),
        lambda: with_mask(stability=None),
        "one, kidney_left",
    ),
    "evidence-missing": (
        lambda: with_mask(
            confidence=changed_at(LEFT_KIDNEY.mask.confidence, slice(2, 4), [0.1, np.nan])
        ),
        study,
        "one, kidney_left, slices 2 to 3",
    ),
    "evidence-beyond": (
        lambda: with_mask(goes_on=(0.95, None)),
        lambda: with_mask(goes_on=(None, 0.6)),
        "one, kidney_left, slice 1",
    ),
}


def test_a_mask_may_reach_into_the_margin_of_its_boxes() -> None:
    """Gold moves edges inwards; then nobody drew too small a box."""
    overflowing = smaller_by(-5)
    assert [f.code for f in CHECKS["mask-overflows"](overflowing)] == ["mask-overflows"]
    allowed = replace(
        overflowing, subjects=tuple(with_margin(s, 5.0) for s in overflowing.subjects)
    )
    assert not list(CHECKS["mask-overflows"](allowed))


def with_margin(subject: Subject, margin_px: float) -> Subject:
    spread = np.full(4, margin_px)
    tracks = tuple(
        replace(t, spread_px=np.tile(spread, (len(t), 1)), margin=1.0)
        for t in subject.consensus.tracks
    )
    return replace(subject, consensus=replace(subject.consensus, tracks=tracks))


def test_every_check_has_a_case() -> None:
    assert set(CASES) == set(CHECKS)


@pytest.mark.parametrize("code", CHECKS)
def test_the_fault_is_found_where_it_is(code: str) -> None:
    findings = list(CHECKS[code](CASES[code][0]()))
    assert {finding.code for finding in findings} == {code}
    assert str(findings[0].place) == CASES[code][2]
    for finding in findings:
        assert 0 < finding.priority <= 1
        assert finding.message.endswith(".")
        assert finding.suggestion.endswith(".")


@pytest.mark.parametrize("code", CHECKS)
def test_what_is_only_near_the_fault_is_left_alone(code: str) -> None:
    assert list(CHECKS[code](CASES[code][1]())) == []


@pytest.mark.parametrize("code", CHECKS)
def test_nothing_is_found_in_a_faultless_study_or_in_none(code: str) -> None:
    assert list(CHECKS[code](study())) == []
    assert list(CHECKS[code](Cohort(()))) == []


@pytest.mark.parametrize("people", [("p0",), ()])
@pytest.mark.parametrize("code", CHECKS)
def test_a_structure_that_nobody_boxed_is_no_crash(code: str, people: tuple[str, ...]) -> None:
    """All said *absent*, or nobody anything, so there is neither track nor mask."""
    nothing = np.full((N_SLICES, 4), np.nan)
    absent = replace(
        LEFT_KIDNEY,
        given=dict.fromkeys(people, given(nothing)),
        consensus=Consensus((), np.zeros(N_SLICES), np.ones(N_SLICES, dtype=np.bool_)),
        mask=mask_in(nothing),
    )
    assert list(CHECKS[code](study(absent))) == []


@pytest.mark.parametrize(
    ("goes_on", "where"), [((0.95, None), "those before it"), ((None, 0.95), "those after it")]
)
def test_which_way_the_image_goes_on_is_said(
    goes_on: tuple[float | None, float | None], where: str
) -> None:
    (finding,) = CHECKS["evidence-beyond"](with_mask(goes_on=goes_on))
    assert where in finding.suggestion


def test_what_is_most_at_stake_comes_first() -> None:
    changed = unseen(10, 11).subjects[0]
    findings = find_doubts(study(replace(changed, mask=replace(changed.mask, stability=0.3))))
    assert [finding.code for finding in findings] == ["mask-unstable", "structure-incomplete"]
    assert [round(finding.priority, 2) for finding in findings] == [0.7, 0.2]


def test_what_is_for_information_comes_last_however_much_is_at_stake() -> None:
    """As the report has it: information of .9 after a warning of .1, errors before warnings."""
    codes = {
        "information": (Severity.INFO, 0.9),
        "small": (Severity.WARNING, 0.1),
        "warning": (Severity.WARNING, 0.5),
        "error": (Severity.ERROR, 0.5),
    }
    findings = [Finding(c, severity, "", priority=p) for c, (severity, p) in codes.items()]
    ordered = [finding.code for finding in sorted(findings, key=lambda f: f.rank)]
    assert ordered == ["error", "warning", "small", "information"]


def answered_on_even_slices(one: Subject) -> Subject:
    asked = np.arange(N_SLICES) % 2 == 0
    people = {
        name: replace(
            said,
            boxes=np.where(asked[:, None], said.boxes, np.nan),
            is_absent=said.is_absent & asked,
        )
        for name, said in one.given.items()
    }
    return replace(one, given=people)


@pytest.mark.parametrize(
    ("code", "changed", "expected"),
    [
        ("side-swapped", partner_boxed_by("p1", slice(4, 7)), "slices 4 to 6"),
        ("box-outvoted", slipping(4, 5, 6, rows=40), "slices 4 to 6"),
    ],
)
def test_with_a_stride_a_run_is_one_finding(code: str, changed: Cohort, expected: str) -> None:
    """Two boxes of four, on slices 4 and 6; of slice 5 nobody was asked."""
    one, *others = map(answered_on_even_slices, changed.subjects)
    (finding,) = CHECKS[code](study(one, *others))
    assert str(finding.place) == f"one, kidney_left, {expected}, p1"


def test_a_box_around_nothing_is_not_called_loose_too() -> None:
    """Slices 3 to 6 have a mask far from its box; on 5 and 6 the image shows nothing anyhow."""
    loose = smaller_by(9).subjects[0]
    confidence = changed_at(loose.mask.confidence, slice(5, 7), 0.1)
    both = study(replace(loose, mask=replace(loose.mask, confidence=confidence)))
    (untouched,), (missing,) = (CHECKS[c](both) for c in ("box-untouched", "evidence-missing"))
    assert (untouched.place.slices, missing.place.slices) == ((3, 4), (5, 6))


def test_short_runs_are_for_information() -> None:
    """One slice of twenty: the ends of an organ are always doubtful."""
    long = np.full((20, 4), np.nan)
    long[:] = LEFT + 0.1 * np.arange(20)[:, None]
    consensus = Consensus(
        (make_track(np.arange(20), long),), np.ones(20), np.ones(20, dtype=np.bool_)
    )
    confidence = np.where(np.arange(20) == 7, 0.1, 0.9)
    mask = replace(mask_in(long), confidence=confidence)
    one = replace(LEFT_KIDNEY, given={}, consensus=consensus, mask=mask)
    (finding,) = CHECKS["evidence-missing"](Cohort((one,)))
    assert finding.severity is Severity.INFO
    assert finding.priority == pytest.approx(1 / 20)
