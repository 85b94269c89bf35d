"""The table of checks. A new one is a function and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from manyhands.quality.boxes_and_masks import (
    box_untouched,
    evidence_beyond,
    evidence_missing,
    mask_overflows,
    place_claimed_twice,
)
from manyhands.quality.completeness import nobody_sure, structure_gap, structure_incomplete
from manyhands.quality.masks import area_jump, centre_jump, mask_unstable, volume_unusual
from manyhands.quality.outvoted import box_outvoted
from manyhands.quality.people import annotator_far, answered_fast, boxes_copied, boxes_repeated
from manyhands.quality.sides import side_swapped, side_wrong
from manyhands.quality.stopped import absence_doubtful
from manyhands.quality.subject import Check, Cohort
from manyhands.types import Finding

CHECKS: Mapping[str, Check] = {
    "structure-incomplete": structure_incomplete,
    "structure-gap": structure_gap,
    "nobody-sure": nobody_sure,
    "absence-doubtful": absence_doubtful,
    "side-wrong": side_wrong,
    "side-swapped": side_swapped,
    "annotator-far": annotator_far,
    "box-outvoted": box_outvoted,
    "boxes-copied": boxes_copied,
    "boxes-repeated": boxes_repeated,
    "answered-fast": answered_fast,
    "place-claimed-twice": place_claimed_twice,
    "box-untouched": box_untouched,
    "mask-overflows": mask_overflows,
    "area-jump": area_jump,
    "centre-jump": centre_jump,
    "volume-unusual": volume_unusual,
    "mask-unstable": mask_unstable,
    "evidence-missing": evidence_missing,
    "evidence-beyond": evidence_beyond,
}
"""One function for each code; a code never changes its meaning."""


def find_doubts(cohort: Cohort) -> tuple[Finding, ...]:
    """All that the checks find, in the order of `Finding.rank`. No subjects, no findings."""
    found = [finding for check in CHECKS.values() for finding in check(cohort)]
    return tuple(sorted(found, key=lambda finding: finding.rank))
