"""Left for right throughout, or by chance, beyond the one case of `test_checks`."""

from __future__ import annotations

from dataclasses import replace

from tests.quality.small_study import (
    LEFT,
    LEFT_KIDNEY,
    RIGHT,
    RIGHT_KIDNEY,
    alone_on_the_wrong_side,
    boxes_at,
    changed_at,
    given,
    study,
)

from manyhands.quality import CHECKS, Cohort
from manyhands.types import Place, Severity


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


def test_a_side_that_only_the_picture_tells_is_believed_from_far_away() -> None:
    (finding,) = CHECKS["side-wrong"](alone_on_the_wrong_side(0))
    assert finding.place == Place("one", "kidney_left")
    assert finding.severity is Severity.ERROR
