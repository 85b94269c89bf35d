"""How far each annotator can be trusted, from what the others said: no expert is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import OUTWARD, hull, iou, to_array
from manyhands.crowd.ballots import Ballots, count_ballots, find_unsure
from manyhands.crowd.coordinate_median import coordinate_median
from manyhands.crowd.copies import Groups, count_once, find_copies
from manyhands.crowd.coverage import find_seen
from manyhands.crowd.fusion import find_reach
from manyhands.crowd.intervals import mean_interval, median_interval, share_interval
from manyhands.crowd.reliability import hear
from manyhands.crowd.strides import fill_between
from manyhands.types import (
    Answer,
    BoxArray,
    EdgeIntervals,
    Interval,
    MaskArray,
    Reliability,
    Shape3,
    Spacing,
    State,
)

FloatArray = npt.NDArray[np.float64]

BLOCK_SLICES = 8  # errors of real annotators correlate by .4 to .95 from slice to slice
REPEATED_AFTER = timedelta(hours=1)  # an answer that follows sooner corrects the one before
NO_BOX = np.full(4, np.nan)
SAME_PLACE_IOU = 0.3  # boxes that overlap by less are in another place, and have no bias


@dataclass(frozen=True)
class Said:
    """All answers on one structure of one volume, older ones too; lengths as slice, row, column.

    `wider` has the strides of annotators who were asked for fewer slices than others.
    """

    answers: Sequence[Answer]
    stack_shape: Shape3
    stack_spacing_mm: Spacing
    wider: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Slice:
    """One annotator's vote on one slice beside what the others say.

    `overlap` and `outward_mm` (4,) are there where both have a box, the second only if the two are
    in one place.
    """

    structure_id: int
    cluster: tuple[int, int]
    is_present: bool
    is_boxed: bool
    overlap: float | None = None
    outward_mm: FloatArray | None = None


def measure_reliability(said: Iterable[Said], *, stride: int = 1) -> tuple[Reliability, ...]:
    """Everybody's reliability, over all structures (`structure_id` None) and with each.

    Each annotator is compared with the consensus of the others, by coordinate median; copies of the
    annotator, and others who click anything, are not among them. What the others would have said
    between answers `stride` slices apart is filled in, as for label volumes. Slices that the
    annotator did not see count neither for nor against; *unsure* neither. Who is alone is compared
    with nobody: what is left is speed and repeatability. By annotator, then structure; no answers
    give nothing.
    """
    said = list(said)
    copies = find_copies(answer for one in said for answer in one.answers)
    slices: defaultdict[str, list[_Slice]] = defaultdict(list)
    answers: defaultdict[str, list[Answer]] = defaultdict(list)
    for number, one in enumerate(said):
        for answer in one.answers:
            answers[answer.annotator_id].append(answer)
        for name, compared in _compare(one, copies, stride):
            slices[name] += _slices_of(one, number, *compared)
    return tuple(
        _reliability(name, structure_id, slices[name], answers[name])
        for name in sorted(answers)
        for structure_id in (None, *sorted({a.structure_id for a in answers[name]}))
    )


_Others = tuple[BoxArray, MaskArray]
_Compared = tuple[Mapping[int, BoxArray], BoxArray, MaskArray]


def _compare(one: Said, copies: Groups, stride: int) -> Iterator[tuple[str, _Compared]]:
    """Each annotator's votes, the others' box (slices, 4), NaN for none, and the slices (slices,)
    that the others saw.
    """
    ballots = count_ballots(one.answers, one.stack_shape)
    once = count_once(ballots, copies)
    unsure = find_unsure(one.answers)
    filled = fill_between(once, stride=stride, wider=one.wider, unsure=unsure)
    heard = hear(filled, reach=find_reach(one.stack_spacing_mm, stride)).ballots
    agreed: dict[tuple[str, ...], _Others] = {}
    for name, votes in ballots.votes.items():
        group = next((group for group in copies if name in group), (name,))
        others = heard.without(group)
        judges = tuple(others.votes)
        if judges and judges not in agreed:
            agreed[judges] = _consensus(others, one.stack_spacing_mm, stride)
        if judges:
            yield name, (votes, *agreed[judges])


def _consensus(ballots: Ballots, stack_spacing_mm: Spacing, stride: int) -> _Others:
    tracks = coordinate_median(ballots, stack_spacing_mm=stack_spacing_mm, stride=stride).tracks
    boxes = np.full((ballots.n_slices, 4), np.nan)
    for track in tracks:
        before = boxes[track.slice_indices]
        low, high = np.fmin(before, track.boxes)[:, :2], np.fmax(before, track.boxes)[:, 2:]
        boxes[track.slice_indices] = np.hstack([low, high])
    return boxes, find_seen(ballots, tracks, stride=stride)


def _slices_of(
    one: Said, number: int, votes: Mapping[int, BoxArray], others: BoxArray, seen: MaskArray
) -> Iterator[_Slice]:
    structure_id = one.answers[0].structure_id
    pixel_mm = np.tile(one.stack_spacing_mm[1:], 2)
    slices = [index for index in sorted(votes) if seen[index]]
    is_boxed = [len(votes[index]) > 0 for index in slices]
    is_present = np.isfinite(others[slices, 0]).tolist()
    own = np.array([hull(votes[k]) if b else NO_BOX for k, b in zip(slices, is_boxed, strict=True)])
    near = others[slices]
    overlaps = iou(own.reshape(-1, 4), near)
    outward_mm = (own.reshape(-1, 4) - near) * OUTWARD * pixel_mm
    for n, index in enumerate(slices):
        cluster = (number, index // BLOCK_SLICES)
        if not (is_boxed[n] and is_present[n]):
            yield _Slice(structure_id, cluster, is_present[n], is_boxed[n])
            continue
        outward = outward_mm[n] if overlaps[n] > SAME_PLACE_IOU else None
        yield _Slice(structure_id, cluster, True, True, float(overlaps[n]), outward)


def _reliability(
    name: str, structure_id: int | None, slices: Sequence[_Slice], answers: Sequence[Answer]
) -> Reliability:
    if structure_id is not None:
        slices = [s for s in slices if s.structure_id == structure_id]
        answers = [a for a in answers if a.structure_id == structure_id]
    inside = [s for s in slices if s.is_present]
    outside = [s for s in slices if not s.is_present]
    boxed = [s for s in slices if s.overlap is not None]
    seconds = [a.active_s for a in answers if a.active_s is not None]
    return Reliability(
        annotator_id=name,
        structure_id=structure_id,
        sensitivity=share_interval([s.is_boxed for s in inside], _clusters(inside)),
        specificity=share_interval([not s.is_boxed for s in outside], _clusters(outside)),
        agreement=mean_interval([s.overlap or 0.0 for s in boxed], _clusters(boxed), limits=(0, 1)),
        bias_mm=_bias(boxed),
        repeatability=_repeatability(answers),
        seconds_per_slice=median_interval(seconds),
        n_slices=len({(a.volume_id, a.structure_id, a.slice_index) for a in answers}),
    )


def _clusters(slices: Sequence[_Slice]) -> list[int]:
    """Numbers in place of clusters."""
    numbers = {cluster: n for n, cluster in enumerate(sorted({s.cluster for s in slices}))}
    return [numbers[s.cluster] for s in slices]


def _bias(boxed: Sequence[_Slice]) -> EdgeIntervals | None:
    near = [s for s in boxed if s.outward_mm is not None]
    clusters = _clusters(near)
    outward = np.array([s.outward_mm for s in near]).reshape(-1, 4)
    edges = [mean_interval(edge, clusters) for edge in outward.T]
    row0, column0, row1, column1 = edges
    if row0 is None or column0 is None or row1 is None or column1 is None:
        return None
    return row0, column0, row1, column1


def _repeatability(answers: Sequence[Answer]) -> Interval | None:
    """IoU of answers with those the same annotator gave to the same slice long before."""
    by_slice: defaultdict[tuple[str, int, int], list[Answer]] = defaultdict(list)
    for answer in sorted(answers, key=lambda a: (a.created_at, a.answer_id)):
        if answer.state not in (State.UNSURE, State.OPEN):
            by_slice[answer.volume_id, answer.structure_id, answer.slice_index].append(answer)
    found, clusters = [], []
    for place, given in sorted(by_slice.items()):
        for before, after in pairwise(given):
            if after.created_at - before.created_at >= REPEATED_AFTER:
                found.append(_overlap(before, after))
                clusters.append((*place[:2], place[2] // BLOCK_SLICES))
    numbers = {cluster: n for n, cluster in enumerate(sorted(set(clusters)))}
    return mean_interval(found, [numbers[c] for c in clusters], limits=(0, 1))


def _overlap(before: Answer, after: Answer) -> float:
    """IoU of what both answers enclose; 1 for absent twice, 0 where only one says absent."""
    first, second = to_array(before.boxes), to_array(after.boxes)
    if len(first) == 0 or len(second) == 0:
        return float(len(first) == len(second))
    return float(iou(hull(first)[None], hull(second)[None])[0])
