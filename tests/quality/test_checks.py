"""Every check, on a small study that has its fault and on one that nearly has it.

The world: two volumes of 12 slices of 4 mm with 100 x 100 pixels of 1 mm. A left and a right organ
lie on slices 2 to 9, boxes of 20 x 20 pixels, 40 pixels apart; three people box them, 1 px apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from manyhands.boxes.tracks import make_track
from manyhands.quality import CHECKS, Cohort, Given, MaskShape, Subject, find_doubts
from manyhands.types import Consensus, Finding, Place, Severity, Structure

FloatArray = npt.NDArray[np.float64]

N_SLICES = 12
SLICES = np.arange(2, 10)
RIGHT = np.array([40.0, 20, 60, 40])  # the patient's right is on the left of the picture
ASIDE = np.array([0.0, 1, 0, 1])  # a pixel to the patient's left
LEFT = RIGHT + 40 * ASIDE
ABSENT = ~np.isin(np.arange(N_SLICES), SLICES)


def boxes_at(box: FloatArray) -> FloatArray:
    """(12, 4): a box that differs a little on each slice of the organ, NaN elsewhere."""
    boxes = np.full((N_SLICES, 4), np.nan)
    boxes[SLICES] = box + 0.1 * SLICES[:, None]
    return boxes


def given(boxes: FloatArray) -> Given:
    has_box = np.isfinite(boxes[:, 0])
    unknown, nowhere = np.full(N_SLICES, np.nan), np.zeros(N_SLICES, dtype=np.bool_)
    return Given(boxes, ~has_box, has_box, np.where(has_box, 4.0, 1.0), unknown, nowhere)


def mask_in(boxes: FloatArray) -> MaskShape:
    """A mask that fills its boxes, of which the image is sure."""
    sides = boxes[:, 2:] - boxes[:, :2]
    area = np.nan_to_num(sides.prod(axis=1))
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    confidence = np.where(area > 0, 0.9, np.nan)
    return MaskShape(area, centres, boxes.copy(), confidence, (0.1, 0.2), 0.95)


def agreed_on(boxes: FloatArray) -> Consensus:
    slices = np.flatnonzero(np.isfinite(boxes[:, 0]))
    presence = np.isfinite(boxes[:, 0]).astype(np.float64)
    return Consensus(
        (make_track(slices, boxes[slices]),), presence, np.ones(N_SLICES, dtype=np.bool_)
    )


def subject(name: str, box: FloatArray, volume: str = "one") -> Subject:
    boxes = boxes_at(box)
    partner = {"kidney_left": "kidney_right", "kidney_right": "kidney_left"}[name]
    people = {f"p{n}": given(boxes + n) for n in range(3)}
    structure = Structure(1 if "left" in name else 2, name, partner=partner)
    return Subject(
        volume, structure, (4.0, 1.0, 1.0), 100, people, agreed_on(boxes + 1), mask_in(boxes + 1)
    )


LEFT_KIDNEY = subject("kidney_left", LEFT)
RIGHT_KIDNEY = subject("kidney_right", RIGHT)


def study(changed: Subject = LEFT_KIDNEY, *others: Subject) -> Cohort:
    return Cohort((changed, *(others or (RIGHT_KIDNEY,))))


def with_mask(**changes: object) -> Cohort:
    return study(replace(LEFT_KIDNEY, mask=replace(LEFT_KIDNEY.mask, **changes)))  # type: ignore[arg-type]


def with_given(annotator: str, **changes: object) -> Cohort:
    changed = replace(LEFT_KIDNEY.given[annotator], **changes)  # type: ignore[arg-type]
    return study(replace(LEFT_KIDNEY, given={**LEFT_KIDNEY.given, annotator: changed}))


def unseen(*slices: int) -> Cohort:
    is_seen = ~np.isin(np.arange(N_SLICES), slices)
    return study(replace(LEFT_KIDNEY, consensus=replace(LEFT_KIDNEY.consensus, is_seen=is_seen)))


def changed_at(
    values: FloatArray, slices: int | slice | list[int], new: npt.ArrayLike
) -> FloatArray:
    values = values.copy()
    values[slices] = new
    return values


def area_of(factor: float) -> Cohort:
    area = LEFT_KIDNEY.mask.area_px
    return with_mask(area_px=changed_at(area, 5, factor * area[5]))


def aside_by(px: float) -> Cohort:
    centres = LEFT_KIDNEY.mask.centres
    return with_mask(centres=changed_at(centres, 5, centres[5] + [0, px]))


def smaller_by(px: float) -> Cohort:
    """The mask stays so far away from its box's left edge, on four of eight slices."""
    edges = LEFT_KIDNEY.mask.edges
    left_edge = np.array([0, px, 0, 0])
    return with_mask(edges=changed_at(edges, slice(3, 7), edges[3:7] + left_edge))


def sizes(last: float) -> Cohort:
    """Six volumes with the same organ, in the last one `last` times as large."""
    mask = LEFT_KIDNEY.mask
    ordinary = [replace(LEFT_KIDNEY, volume=f"v{n}") for n in range(5)]
    odd = replace(LEFT_KIDNEY, volume="odd", mask=replace(mask, area_px=last * mask.area_px))
    return Cohort((*ordinary, odd))


def mirrored() -> Cohort:
    return study(subject("kidney_left", RIGHT), subject("kidney_right", LEFT))


def alone_on_the_wrong_side(shift: float) -> Cohort:
    return Cohort((subject("kidney_left", RIGHT + shift * ASIDE),))


def partner_boxed_by(annotator: str, slices: slice) -> Cohort:
    boxes = LEFT_KIDNEY.given[annotator].boxes
    return with_given(annotator, boxes=changed_at(boxes, slices, RIGHT))


def same_place(shift: float) -> Cohort:
    return study(LEFT_KIDNEY, subject("kidney_right", LEFT + shift * ASIDE))


def spamming(shift: float) -> Cohort:
    return with_given("p2", boxes=boxes_at(LEFT + shift))


def slipping(*slices: int, rows: float) -> Cohort:
    """p1's boxes of 20 x 20 on these slices, moved down by so many rows."""
    boxes = LEFT_KIDNEY.given["p1"].boxes
    moved = boxes[list(slices)] + rows * np.array([1.0, 0, 1, 0])
    return with_given("p1", boxes=changed_at(boxes, list(slices), moved))


def stopping_at(last: int) -> Cohort:
    """p1 has no box after that slice, and says *absent*."""
    boxes = changed_at(LEFT_KIDNEY.given["p1"].boxes, slice(last + 1, None), np.nan)
    return with_given("p1", boxes=boxes, is_absent=~np.isfinite(boxes[:, 0]))


def unsure_on(*slices: int, people: tuple[str, ...] = ("p0", "p1", "p2")) -> Cohort:
    """These people are unsure on the slices, which nobody saw if they are all."""
    doubted = np.isin(np.arange(N_SLICES), slices)
    unsure = {
        name: replace(
            one,
            boxes=np.where(doubted[:, None], np.nan, one.boxes),
            is_absent=one.is_absent & ~doubted,
            is_unsure=doubted,
        )
        for name, one in LEFT_KIDNEY.given.items()
        if name in people
    }
    is_seen = ~doubted | (len(unsure) < len(LEFT_KIDNEY.given))
    return study(
        replace(
            LEFT_KIDNEY,
            given={**LEFT_KIDNEY.given, **unsure},
            consensus=replace(LEFT_KIDNEY.consensus, is_seen=is_seen),
        )
    )


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


def test_where_one_is_sure_it_is_not_said_that_nobody_is() -> None:
    assert list(CHECKS["nobody-sure"](unsure_on(4, 5, people=("p0", "p1")))) == []


def test_that_nobody_is_sure_at_an_end_is_said_as_an_open_end() -> None:
    cohort = unsure_on(0, 1, 10, 11)
    assert list(CHECKS["nobody-sure"](cohort)) == []
    assert {f.place.slices for f in CHECKS["structure-incomplete"](cohort)} == {(0, 1), (10, 11)}


def test_where_nobody_was_sure_it_is_not_said_that_nobody_looked() -> None:
    assert list(CHECKS["structure-gap"](unsure_on(4, 5))) == []
    assert [f.place.slices for f in CHECKS["structure-gap"](unsure_on(5))] == [(5, 5)]


@pytest.mark.parametrize(
    ("answered", "unsure", "expected"),
    [
        (range(N_SLICES), range(N_SLICES), [((0, 11), 1.0)]),
        ([5], [5], [((5, 5), 1.0)]),
        (range(N_SLICES), [4, 5, 6], [((4, 6), 0.25)]),
        (range(N_SLICES), [4], []),
        (range(0, N_SLICES, 4), [4, 8], [((4, 8), 2 / 3)]),
    ],
)
def test_of_a_structure_that_nobody_boxed_it_is_said_wherever_nobody_was_sure(
    answered: list[int], unsure: list[int], expected: list[tuple[tuple[int, int], float]]
) -> None:
    """One person's answers, *absent* where they are not unsure; with a stride, neighbours too."""
    nothing = given(np.full((N_SLICES, 4), np.nan))
    is_unsure = np.isin(np.arange(N_SLICES), unsure)
    is_absent = np.isin(np.arange(N_SLICES), answered) & ~is_unsure
    alone = replace(
        LEFT_KIDNEY,
        given={"p0": replace(nothing, is_absent=is_absent, is_unsure=is_unsure)},
        consensus=Consensus((), np.zeros(N_SLICES), is_absent),
    )
    found = list(CHECKS["nobody-sure"](study(alone)))
    assert [(f.place.slices, f.priority) for f in found] == expected


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


def swapping(on_left: slice, on_right: slice) -> Cohort:
    """p1, on these slices of each kidney, boxes the other one; elsewhere the middle between."""
    between = boxes_at((LEFT + RIGHT) / 2)
    boxes = changed_at(between, on_left, RIGHT), changed_at(between, on_right, LEFT)
    return study(
        *(
            replace(kidney, given={**kidney.given, "p1": given(own)})
            for kidney, own in zip((LEFT_KIDNEY, RIGHT_KIDNEY), boxes, strict=True)
        )
    )


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


def test_who_takes_left_for_right_throughout_is_told_so() -> None:
    """No box of theirs meets what the others agree on; why, matters."""
    throughout = swapping(slice(2, 10), slice(2, 10))
    assert [f.place.annotator for f in CHECKS["annotator-far"](throughout)] == ["p1"]
    told = [str(f.place) for f in CHECKS["side-swapped"](throughout)]
    assert told == ["one, kidney_left, slices 2 to 9, p1", "one, kidney_right, slices 2 to 9, p1"]


def test_who_is_far_everywhere_is_on_the_partner_by_chance() -> None:
    by_chance = swapping(slice(3, 6), slice(7, 8))
    assert [f.place.annotator for f in CHECKS["annotator-far"](by_chance)] == ["p1"]
    assert list(CHECKS["side-swapped"](by_chance)) == []


def test_a_box_repeated_over_unanswered_slices_is_no_more_than_the_whole() -> None:
    """Four boxes, all alike, on every second slice."""
    boxes = np.full((N_SLICES, 4), np.nan)
    boxes[2:10:2] = LEFT
    (finding,) = CHECKS["boxes-repeated"](
        with_given("p1", boxes=boxes, is_by_hand=np.isfinite(boxes[:, 0]))
    )
    assert finding.place.slices == (2, 8)
    assert finding.priority == 1


def test_a_side_that_only_the_picture_tells_is_believed_from_far_away() -> None:
    (finding,) = CHECKS["side-wrong"](alone_on_the_wrong_side(0))
    assert finding.place == Place("one", "kidney_left")
    assert finding.severity is Severity.ERROR


def test_of_two_who_disagree_neither_is_blamed() -> None:
    cohort = spamming(30)
    pair = {name: cohort.subjects[0].given[name] for name in ("p0", "p2")}
    two = study(replace(cohort.subjects[0], given=pair), replace(RIGHT_KIDNEY, given=pair))
    assert list(CHECKS["annotator-far"](two)) == []


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
