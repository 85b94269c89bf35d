"""Simulated crowds at real volumes, and what they agree on."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.data import NAMES, PARTNERS, Case
from manyhands.boxes.arithmetic import from_array
from manyhands.config import Config
from manyhands.crowd import find_consensus
from manyhands.geometry import to_stack
from manyhands.simulate import PROFILES, Profile, simulate_annotator
from manyhands.types import Answer, BoxArray, Consensus, Origin, State

CROWDS: dict[str, tuple[str, ...]] = {
    "exact boxes": ("exact",),
    "one paper annotator": ("paper",),
    "four annotators": ("paper", "paper", "careful", "poor"),
}


def agree(
    case: Case,
    profiles: Sequence[str],
    *,
    seed: int,
    complete: bool,
    consensus: str = Config.consensus,
) -> dict[int, Consensus]:
    """The consensus on each structure that the case has, of one annotator per profile."""
    crowd = [PROFILES[name] for name in profiles]
    return {
        structure_id: find_consensus(
            given,
            stack_shape=case.volume.grid.stack_shape,
            stack_spacing_mm=case.volume.grid.stack_spacing_mm,
            stride=1,
            method=consensus,
        )
        for structure_id, given in answer(case, crowd, seed=seed, complete=complete).items()
    }


def answer(
    case: Case, profiles: Sequence[Profile], *, seed: int, complete: bool = False
) -> dict[int, list[Answer]]:
    """What one annotator per profile, called 0, 1, ..., says of each structure of the case."""
    stack = to_stack(case.reference.data)
    masks = {structure_id: stack == structure_id for structure_id in case.structures}
    answers: dict[int, list[Answer]] = {structure_id: [] for structure_id in masks}
    for number, profile in enumerate(profiles):
        drawn = simulate_annotator(
            masks,
            NAMES,
            stack_spacing_mm=case.volume.grid.stack_spacing_mm,
            profile=profile,
            rng=np.random.default_rng([seed, number, zlib.crc32(case.name.encode())]),
            complete=complete,
            partners=PARTNERS,
        )
        for structure_id, by_slice in drawn.items():
            answers[structure_id] += to_answers(by_slice, structure_id, str(number))
    return answers


def to_answers(
    by_slice: Mapping[int, BoxArray], structure_id: int, annotator_id: str
) -> list[Answer]:
    return [
        Answer(
            volume_id="",
            structure_id=structure_id,
            annotator_id=annotator_id,
            slice_index=k,
            state=State.BOXES if len(boxes) else State.ABSENT,
            boxes=from_array(boxes, Origin.SIMULATED),
        )
        for k, boxes in by_slice.items()
    ]
