"""The profile of a study's own annotators, measured where the truth is known.

It is told in the words of `manyhands.simulate`, so that people like them can be simulated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import hull, iou, to_array
from manyhands.crowd.coordinate_median import weighted_median
from manyhands.geometry import to_stack
from manyhands.pipeline.heard import heard_answers
from manyhands.simulate import (
    ANY_STRUCTURE,
    EDGE_ERRORS,
    PROFILES,
    TRUNCATED_FROM,
    Profile,
    tight_boxes,
)
from manyhands.store import Study, VolumeRecord, find_annotators, find_volumes, find_wider_strides
from manyhands.types import Answer, BoxArray, Spacing, State
from manyhands.volumes import read_labels

FloatArray = npt.NDArray[np.float64]

LEAST_BOXES = 20  # of fewer nothing is said
PAPER_SECONDS = 3.29  # per slice and structure (Kulkarni et al. 2024)
PRIOR_WORKS = 2.0  # how many works the paper's share of truncated ones is worth
GUESSED_FROM = 0.5  # share of boxes that miss the structure from which somebody clicks anything
MAD_TO_SD = 1.4826  # of a normal distribution


@dataclass(frozen=True)
class Work:
    """What one annotator gave on one structure of one volume, and what is there.

    `tight` (slices, 4) is the structure's own box, NaN where there is none; `boxes` are by slice
    (n, 4), (0, 4) for *absent*; one slice in `stride` was asked for.
    """

    structure: str
    tight: BoxArray
    boxes: Mapping[int, BoxArray]
    stack_spacing_mm: Spacing
    stride: int = 1


@dataclass(frozen=True)
class CrowdProfile:
    """How a study's annotators work: the profile of each, by name, and their seconds per slice.

    Annotators whose answers cannot be compared with a reference are not among the profiles. Where
    no answer has a time, `seconds_per_slice` is that of the paper and `is_timed` is False.
    """

    profiles: Mapping[str, Profile]
    seconds_per_slice: float = PAPER_SECONDS
    is_timed: bool = False


def measure_crowd(study: Study) -> CrowdProfile:
    """The profiles of all who answered on volumes with a reference; none if nobody did.

    Without those on `leave_out`, who are not to be expected again.
    """
    works: dict[str, list[Work]] = {}
    with study.reading() as connection:
        names = {a.annotator_id: a.name for a in find_annotators(connection)}
        answers = heard_answers(study, connection)
        volumes = find_volumes(connection)
        wider = find_wider_strides(connection)
    for volume in volumes:
        own = [answer for answer in answers if answer.volume_id == volume.volume_id]
        if own and volume.reference_path:
            for annotator_id, work in _works_on(study, volume, own, wider):
                works.setdefault(names[annotator_id], []).append(work)
    measured = {name: measure_profile(of_one) for name, of_one in works.items()}
    times = [answer.active_s for answer in answers if answer.active_s is not None]
    return CrowdProfile(
        {name: profile for name, profile in sorted(measured.items()) if profile},
        float(np.mean(times)) if times else PAPER_SECONDS,
        bool(times),
    )


def _works_on(
    study: Study,
    volume: VolumeRecord,
    answers: Sequence[Answer],
    wider: Mapping[tuple[str, int], Mapping[str, int]],
) -> Iterator[tuple[str, Work]]:
    """Each annotator's work on each structure that the volume's reference has."""
    stack = to_stack(read_labels(study.path(str(volume.reference_path))).data)
    boxes: dict[tuple[int, str], dict[int, BoxArray]] = {}
    for answer in answers:
        if answer.state is not State.UNSURE:
            of_one = boxes.setdefault((answer.structure_id, answer.annotator_id), {})
            of_one[answer.slice_index] = to_array(answer.boxes)
    for structure in study.config.structures:
        mask = stack == structure.structure_id
        if not mask.any():
            continue
        tight = tight_boxes(mask)
        of_people = wider.get((volume.volume_id, structure.structure_id), {})
        for (structure_id, annotator_id), of_one in boxes.items():
            if structure_id == structure.structure_id:
                yield (
                    annotator_id,
                    Work(
                        structure.name,
                        tight,
                        of_one,
                        volume.stack_spacing_mm,
                        max(study.config.stride, of_people.get(annotator_id, 1)),
                    ),
                )


def measure_profile(works: Sequence[Work]) -> Profile | None:
    """How an annotator errs, in multiples of `EDGE_ERRORS`; None for fewer than 20 boxes.

    Looseness is the L1 regression of the outward errors of all edges on those of `EDGE_ERRORS`, and
    unsteadiness the robust standard deviation around it, each edge in units of its own spread; one
    misplaced box in ten changes neither much. The share of truncated works is drawn towards that
    of the profile `paper`. All else is as in `paper`, where a few volumes say little about it.
    """
    found = [_errors(work) for work in works]
    misses = sum(one.misses for one in found)
    n_boxes = misses + sum(len(one.outward_mm) for one in found)
    if n_boxes < LEAST_BOXES:
        return None
    if misses > GUESSED_FROM * n_boxes:
        return PROFILES["spammer"]
    outward = np.concatenate([one.outward_mm.ravel() for one in found])
    expected = np.concatenate([one.expected_mm.ravel() for one in found])
    spread = np.concatenate([one.spread_mm.ravel() for one in found])
    ratio, weight = outward / expected, expected / spread
    looseness = max(float(weighted_median(ratio[:, None], weight)[0]), 0.0)
    residual = np.abs(outward - looseness * expected) / spread
    return replace(
        PROFILES["paper"],
        looseness=looseness,
        unsteadiness=MAD_TO_SD * float(np.median(residual)),
        truncated=_truncated_share(works),
        skipped=_skipped_share(works),
    )


class _Errors(NamedTuple):
    """Outward errors (n, 4) of edges in mm, with what is expected of each and its spread, likewise;
    and the number of boxes that miss the structure.
    """

    outward_mm: FloatArray
    expected_mm: FloatArray
    spread_mm: FloatArray
    misses: int


def _errors(work: Work) -> _Errors:
    """The errors of all boxes on slices where the structure is; boxes beyond do not count."""
    slices = [k for k, boxes in work.boxes.items() if len(boxes) and np.isfinite(work.tight[k, 0])]
    drawn = np.array([hull(work.boxes[k]) for k in slices]).reshape(-1, 4)
    tight = work.tight[slices]
    is_hit = iou(drawn, tight) > 0
    pixel_mm = np.array([*work.stack_spacing_mm[1:], *work.stack_spacing_mm[1:]])
    outward = (drawn - tight)[is_hit] * pixel_mm * np.array([-1, -1, 1, 1])
    known = EDGE_ERRORS.get(work.structure, ANY_STRUCTURE)
    expected, spread = (
        np.broadcast_to(_by_edge(values), outward.shape)
        for values in (known.outward_mm, known.spread_mm)
    )
    return _Errors(outward, expected, spread, int((~is_hit).sum()))


def _by_edge(values: tuple[float, float, float, float]) -> FloatArray:
    """Left, top, right, bottom in the order of a box: row0, column0, row1, column1."""
    left, top, right, bottom = values
    return np.array([top, left, bottom, right])


def _truncated_share(works: Sequence[Work]) -> float:
    begun = [work for work in works if any(map(len, work.boxes.values()))]
    truncated = sum(_is_truncated(work) for work in begun)
    prior = PRIOR_WORKS * PROFILES["paper"].truncated
    return (truncated + prior) / (len(begun) + PRIOR_WORKS)


def _is_truncated(work: Work) -> bool:
    """Does a run of slices at one end of the structure lack any answer?"""
    present = np.flatnonzero(np.isfinite(work.tight[:, 0]))
    answered = np.flatnonzero(np.isin(present, list(work.boxes)))
    if len(answered) == 0:
        return len(present) > 0
    lacking = max(answered[0], len(present) - 1 - answered[-1])
    return bool(lacking >= max(TRUNCATED_FROM * len(present), work.stride))


def _skipped_share(works: Sequence[Work]) -> float:
    """Of the slices asked for between an annotator's first and last, those passed over.

    They are counted from answer to answer: a stride begins where the annotator says that the
    structure does.
    """
    answered = passed = 0
    for work in works:
        steps = np.diff(sorted(work.boxes))
        answered += max(len(steps) - 1, 0)
        passed += int((-(-steps // work.stride) - 1).sum())
    asked = answered + passed
    return passed / asked if asked else PROFILES["paper"].skipped
