"""A small study without faults, and ways to spoil it.

The world: two volumes of 12 slices of 4 mm with 100 x 100 pixels of 1 mm. A left and a right organ
lie on slices 2 to 9, boxes of 20 x 20 pixels, 40 pixels apart; three people box them, 1 px apart.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from manyhands.boxes.tracks import make_track
from manyhands.quality import Cohort, Given, MaskShape, Subject
from manyhands.types import Consensus, Structure

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
