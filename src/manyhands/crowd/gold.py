"""Gold: volumes of which the truth is known, hidden among ordinary tasks, and what they teach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import box_of_mask, hull, iou, no_boxes
from manyhands.crowd.ballots import Ballots, count_ballots
from manyhands.crowd.bias import CrowdBias, measure_errors, shrink
from manyhands.errors import MethodError
from manyhands.types import Answer, BoxArray, Finding, MaskStack, Place, Severity, Shape3, Spacing

SAME_IOU = 0.5  # two boxes that overlap by less say different things
ELSEWHERE_IOU = 0.1  # and by less than this they are in different places


@dataclass(frozen=True)
class Gold:
    """One structure of one volume as it truly is, on the slices where that is known.

    `boxes` gives for a slice the tight box (1, 4), or (0, 4) where the structure is not.
    `stack_shape` and `stack_spacing_mm` are of slice, row and column; `place` is for findings.
    """

    volume_id: str
    structure_id: int
    boxes: Mapping[int, BoxArray]
    stack_shape: Shape3
    stack_spacing_mm: Spacing
    place: Place = field(default_factory=Place)


def gold_boxes(mask: MaskStack) -> dict[int, BoxArray]:
    """The tight box of a mask (slices, rows, columns) on every slice, (0, 4) where it is empty."""
    return {index: box_of_mask(picture) for index, picture in enumerate(mask)}


def learn_bias(
    gold: Iterable[Gold], answers: Iterable[Answer]
) -> tuple[dict[int, CrowdBias], tuple[Finding, ...]]:
    """The bias with each structure, by id, from the answers on what is known; and what is doubtful.

    An annotator's error in a volume is the median over its slices, since errors last through a
    volume; `shrink` draws it towards the crowd's. Gold that contradicts itself, or all annotators,
    is left out on those slices, with a finding. Answers elsewhere are not looked at; structures
    that nobody answered on gold are not in the result. Raises `MethodError` for gold of one volume
    in several shapes, or answers on slices that the volume has not.
    """
    said: defaultdict[tuple[str, int], list[Answer]] = defaultdict(list)
    for answer in answers:
        said[answer.volume_id, answer.structure_id].append(answer)
    usable, findings = _join(gold)
    errors: defaultdict[int, list[dict[str, npt.NDArray[np.float64]]]] = defaultdict(list)
    for one in usable:
        ballots = count_ballots(said[one.volume_id, one.structure_id], one.stack_shape)
        believed, doubts = _without_contradicted(one, ballots)
        findings += doubts
        measured = {
            name: measure_errors(believed.boxes, votes, one.stack_spacing_mm)
            for name, votes in ballots.votes.items()
        }
        errors[one.structure_id].append({n: e for n, e in measured.items() if e is not None})
    learned = {structure_id: shrink(volumes) for structure_id, volumes in errors.items()}
    return {s: bias for s, bias in learned.items() if bias is not None}, tuple(findings)


def _join(gold: Iterable[Gold]) -> tuple[list[Gold], list[Finding]]:
    """Gold of the same structure and volume joined; slices on which it differs are left out."""
    joined: dict[tuple[str, int], Gold] = {}
    unknown: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    findings = []
    for one in gold:
        key = one.volume_id, one.structure_id
        other = joined.get(key, one)
        if other.stack_shape != one.stack_shape:
            raise MethodError(
                f"gold of one volume must have one shape; this one has "
                f"{other.stack_shape} and {one.stack_shape}"
            )
        both = sorted(other.boxes.keys() & one.boxes.keys())
        wrong = [k for k in both if _differ(one.boxes[k], other.boxes[k])]
        if wrong:
            findings.append(
                Finding(
                    "gold-contradicts-itself",
                    Severity.WARNING,
                    f"Two references differ on {len(wrong)} slices; nothing is learned from these.",
                    "Take the wrong one out of the gold.",
                    replace(one.place, slices=(wrong[0], wrong[-1])),
                    len(wrong) / len(both),
                )
            )
        unknown[key].update(wrong)  # a third reference does not settle it
        known = {k: b for k, b in {**other.boxes, **one.boxes}.items() if k not in unknown[key]}
        joined[key] = replace(one, boxes=known)
    return list(joined.values()), findings


def _differ(one: BoxArray, other: BoxArray) -> bool:
    if len(one) and len(other):
        return bool(iou(one, other)[0] < SAME_IOU)
    return len(one) != len(other)


def _without_contradicted(gold: Gold, ballots: Ballots) -> tuple[Gold, list[Finding]]:
    """Gold without the slices on which all annotators, two or more, agree on another place."""
    wrong = [k for k, box in sorted(gold.boxes.items()) if _is_contradicted(box, ballots, k)]
    if not wrong:
        return gold, []
    finding = Finding(
        "gold-contradicts-crowd",
        Severity.WARNING,
        f"On {len(wrong)} slices all annotators agree on another place than the reference; "
        "nothing is learned from these.",
        "Look whether the reference belongs to this volume and structure.",
        replace(gold.place, slices=(wrong[0], wrong[-1])),
        len(wrong) / sum(len(box) for box in gold.boxes.values()),
    )
    return replace(gold, boxes={k: b for k, b in gold.boxes.items() if k not in wrong}), [finding]


def _is_contradicted(true: BoxArray, ballots: Ballots, index: int) -> bool:
    drawn = [hull(v[index]) for v in ballots.votes.values() if len(v.get(index, no_boxes()))]
    if len(drawn) < 2 or len(true) == 0:
        return False
    boxes = np.array(drawn)
    middle = np.median(boxes, axis=0)[None]
    do_agree = iou(boxes, np.repeat(middle, len(boxes), axis=0)).min() > SAME_IOU
    return bool(do_agree and iou(middle, true)[0] < ELSEWHERE_IOU)
