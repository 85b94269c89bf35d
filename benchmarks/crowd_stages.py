"""From the naive way to the whole one: the stages of a consensus, each on top of the one before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.data import Case
from manyhands.boxes import link
from manyhands.boxes.arithmetic import hull
from manyhands.crowd import CrowdBias, Estimate, find_consensus, gold_boxes
from manyhands.crowd.ballots import Ballots, count_ballots
from manyhands.crowd.coordinate_median import weighted_median
from manyhands.crowd.em import at_level, tight_level
from manyhands.crowd.fusion import Fuse, fuse_boxes, slice_by_slice
from manyhands.geometry import to_stack
from manyhands.types import Answer, BoxArray, Consensus, Spacing


@dataclass(frozen=True)
class Scene:
    """A case, what a crowd said of each of its structures, and its bias learned on another one."""

    case: Case
    answers: Mapping[int, Sequence[Answer]]
    bias: Mapping[int, CrowdBias]

    @property
    def spacing_mm(self) -> Spacing:
        return self.case.volume.grid.stack_spacing_mm

    def ballots(self, structure_id: int) -> Ballots:
        return count_ballots(self.answers[structure_id], self.case.volume.grid.stack_shape)

    def people(self) -> list[str]:
        return sorted({a.annotator_id for said in self.answers.values() for a in said})

    def agree(self, structure_id: int, *, method: str, with_gold: bool = False) -> Consensus:
        return find_consensus(
            self.answers[structure_id],
            stack_shape=self.case.volume.grid.stack_shape,
            stack_spacing_mm=self.spacing_mm,
            method=method,
            bias=self.bias.get(structure_id) if with_gold else None,
        )


Agreed = Mapping[int, Consensus]
Stage = Callable[[Scene], Sequence[Agreed]]
"""Gives the consensus on each structure, once or, of annotators alone, once for each."""


def exact(scene: Scene) -> list[Agreed]:
    """The tight boxes of the reference."""
    stack = to_stack(scene.case.reference.data)
    return [
        {s: _as_drawn(gold_boxes(stack == s), len(stack)) for s in scene.answers}
    ]  # fmt: skip


def alone(scene: Scene) -> list[Agreed]:
    """What each annotator drew, slice by slice; where nothing was drawn the structure is not."""
    return [
        {
            s: _as_drawn(scene.ballots(s).votes.get(name, {}), scene.ballots(s).n_slices)
            for s in scene.answers
        }
        for name in scene.people()
    ]


def median(scene: Scene) -> list[Agreed]:
    """The median box of a slice, where at least half of those who answered drew one."""
    return [{s: _median(scene.ballots(s)) for s in scene.answers}]


def _median(ballots: Ballots) -> Consensus:
    drawn: defaultdict[int, list[BoxArray]] = defaultdict(list)
    answered: defaultdict[int, int] = defaultdict(int)
    for votes in ballots.votes.values():
        for index, boxes in votes.items():
            answered[index] += 1
            if len(boxes):
                drawn[index].append(hull(boxes))
    agreed = {
        index: np.median(boxes, axis=0)[None]
        for index, boxes in drawn.items()
        if 2 * len(boxes) >= answered[index]
    }
    return _as_drawn(agreed, ballots.n_slices)


def _as_drawn(boxes: Mapping[int, BoxArray], n_slices: int) -> Consensus:
    tracks = link({index: rows for index, rows in boxes.items() if len(rows)}, max_gap=0)
    seen = np.ones(n_slices, dtype=np.bool_)
    return Consensus(tracks, np.zeros(n_slices), seen)


def _fused(fuse: Fuse, *, is_weighed: bool, is_smoothed: bool) -> Stage:
    def stage(scene: Scene) -> list[Agreed]:
        return [{s: _consensus(_estimate(scene, s), scene) for s in scene.answers}]

    def _estimate(scene: Scene, structure_id: int) -> Estimate:
        return fuse_boxes(
            scene.ballots(structure_id),
            fuse=fuse,
            stack_spacing_mm=scene.spacing_mm,
            stride=1,
            is_weighed=is_weighed,
            is_smoothed=is_smoothed,
        )

    return stage


def _consensus(estimate: Estimate, scene: Scene) -> Consensus:
    seen = np.ones(scene.case.volume.grid.stack_shape[0], dtype=np.bool_)
    return Consensus(estimate.tracks, estimate.presence, seen, estimate.weights)


def _whole(method: str, *, with_gold: bool = False) -> Stage:
    def stage(scene: Scene) -> list[Agreed]:
        return [
            {s: scene.agree(s, method=method, with_gold=with_gold) for s in scene.answers}
        ]  # fmt: skip

    return stage


by_median, by_model = slice_by_slice(weighted_median), at_level(tight_level)

STAGES: Mapping[str, Stage] = {
    "each alone": alone,
    "box median": median,
    "+ presence": _fused(by_median, is_weighed=False, is_smoothed=False),
    "+ reliability": _fused(by_model, is_weighed=True, is_smoothed=False),
    "+ smoothing": _fused(by_model, is_weighed=True, is_smoothed=True),
    "+ bias without gold": _whole("em"),
    "+ bias with gold": _whole("em", with_gold=True),
}
"""In their order, each with what those before it have; gold takes the place of no gold."""

TIGHTENED: Mapping[str, str] = {
    "+ tightening": "+ bias without gold",
    "+ tightening, with gold": "+ bias with gold",
}
"""The last stage: from the boxes of which other one, tightened by the masks fitted in them."""

METHODS: Mapping[str, Stage] = {
    f"method {name}": _whole(name) for name in ("coordinate-median", "inner-quantile")
}
"""Other ways, whole, to compare with."""
