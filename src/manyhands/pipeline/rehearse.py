"""A volume played through with simulated annotators: what would asking so many people give?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from manyhands.boxes.arithmetic import from_array
from manyhands.config import Asking
from manyhands.crowd import find_consensus
from manyhands.evaluation import volume_dice
from manyhands.evidence import without_network
from manyhands.geometry import to_stack
from manyhands.masks import segment
from manyhands.simulate import Profile, simulate_annotator
from manyhands.tasks import asked_slices, needs_another, next_stride, pairwise_iou
from manyhands.types import Answer, BoxArray, Consensus, Labels, MaskStack, Origin, State, Volume

BySlice = Mapping[int, BoxArray]
"""Slice -> boxes (n, 4) of one annotator on one structure, (0, 4) for *absent*."""


@dataclass(frozen=True)
class Stage:
    """A volume whose truth is known: `masks` (slices, rows, columns) and `names` by structure id.

    `partners` gives the id that each structure may be mistaken for.
    """

    volume: Volume
    masks: Mapping[int, MaskStack]
    names: Mapping[int, str]
    partners: Mapping[int, int]


@dataclass(frozen=True)
class Outlook:
    """What came of asking people about one structure: how many, how many answers and boxes."""

    consensus: Consensus
    n_people: int
    n_answers: int
    n_boxes: int


def set_stage(
    volume: Volume, reference: Labels, names: Mapping[int, str], partners: Mapping[int, int]
) -> Stage:
    """The stage of those of the structures that the reference has."""
    stack = to_stack(reference.data)
    masks = {s: stack == s for s in sorted(names) if np.any(stack == s)}
    mistakable = {s: p for s, p in partners.items() if s in masks and p in masks}
    return Stage(volume, masks, {s: names[s] for s in masks}, mistakable)


def draw_crowd(stage: Stage, crowd: Sequence[Profile], *, seed: int) -> list[Mapping[int, BySlice]]:
    """What each of the crowd answers on every slice, by structure id.

    Nobody's answers depend on who comes after them, so a larger crowd begins like a smaller one.
    """
    return [
        simulate_annotator(
            stage.masks,
            stage.names,
            stack_spacing_mm=stage.volume.grid.stack_spacing_mm,
            profile=profile,
            rng=np.random.default_rng([seed, number]),
            partners=stage.partners,
        )
        for number, profile in enumerate(crowd)
    ]


def at_stride(drawn: BySlice, *, n_slices: int, stride: int) -> dict[int, BoxArray]:
    """What is left of answers on all slices if only every `stride`-th were asked for.

    On top of these the annotator marks the first and last slice of each run of boxes that they saw
    end: a box there, *absent* next to it.
    """
    kept = set(asked_slices(n_slices, stride))
    for index, boxes in drawn.items():
        for beside in (index - 1, index + 1):
            if len(boxes) and beside in drawn and not len(drawn[beside]):
                kept |= {index, beside}
    return {index: boxes for index, boxes in drawn.items() if index in kept}


def ask_people(
    stage: Stage,
    drawn: Sequence[Mapping[int, BySlice]],
    *,
    asking: Asking,
    stride: int,
    method: str,
) -> dict[int, Outlook]:
    """Ask about each structure, in the order of `drawn`, as many people as `asking` has it.

    One slice in `stride` is asked for, and fewer of who settles a disagreement.
    """
    return {
        structure_id: _ask_about_one(
            stage,
            {f"{number:02}": person[structure_id] for number, person in enumerate(drawn)},
            asking=asking,
            stride=stride,
            method=method,
        )
        for structure_id in stage.masks
    }


def _ask_about_one(
    stage: Stage, votes: Mapping[str, BySlice], *, asking: Asking, stride: int, method: str
) -> Outlook:
    n_slices = stage.volume.grid.stack_shape[0]
    asked: dict[str, BySlice] = {}
    wider: dict[str, int] = {}
    consensus: Consensus | None = None
    while len(asked) < len(votes):
        decision = needs_another(
            consensus,
            pairwise_iou(asked) if len(asked) < asking.most_annotators else {},
            n_annotators=len(asked),
            asking=asking,
        )
        if decision.n_more == 0:
            break
        n_before = len(asked) - len(wider)
        own = next_stride(decision, n_before, asking=asking, stride=stride)
        for name in list(votes)[len(asked) : len(asked) + decision.n_more]:
            asked[name] = at_stride(votes[name], n_slices=n_slices, stride=own)
            if own > stride:
                wider[name] = own
        consensus = find_consensus(
            [answer for name, of_one in asked.items() for answer in _answers(name, of_one)],
            stack_shape=stage.volume.grid.stack_shape,
            stack_spacing_mm=stage.volume.grid.stack_spacing_mm,
            stride=stride,
            wider=wider,
            method=method,
        )
    if consensus is None:
        raise ValueError("nobody was asked: expected at least one person")
    return Outlook(
        consensus,
        n_people=len(asked),
        n_answers=sum(map(len, asked.values())),
        n_boxes=sum(len(boxes) for of_one in asked.values() for boxes in of_one.values()),
    )


def _answers(name: str, by_slice: BySlice) -> list[Answer]:
    return [
        Answer(
            volume_id="",
            structure_id=0,
            annotator_id=name,
            slice_index=index,
            state=State.BOXES if len(boxes) else State.ABSENT,
            boxes=from_array(boxes, Origin.SIMULATED),
        )
        for index, boxes in by_slice.items()
    ]


def find_dice(stage: Stage, outlooks: Mapping[int, Outlook], *, model: str) -> dict[int, float]:
    """Volume Dice of each structure, by id, of the masks that come of what people agreed on."""
    agreed = {structure_id: outlook.consensus for structure_id, outlook in outlooks.items()}
    labels = to_stack(segment(stage.volume, agreed, model=without_network(model)).labels.data)
    return {s: volume_dice(mask, labels == s) or 0.0 for s, mask in stage.masks.items()}
