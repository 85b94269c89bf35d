"""Structures boxed by crowds of every kind, with what is known of them and their true Dice."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from benchmarks.crowds import answer
from benchmarks.data import NAMES, PARTNERS, Case, load_case
from manyhands.crowd import find_consensus
from manyhands.evaluation.overlap import volume_dice
from manyhands.geometry import to_stack
from manyhands.masks import segment
from manyhands.phantom import make_phantom
from manyhands.quality import Subject, collect_given, jitter, measure_masks, with_stability
from manyhands.simulate import PROFILES
from manyhands.types import Answer, Consensus, Grid, Shape3, Spacing, Structure

MIX = {"careful": 0.2, "paper": 0.35, "poor": 0.35, "spammer": 0.1}
"""How often a simulated annotator is of each profile."""
SIZES = {1: 0.4, 2: 0.3, 3: 0.15, 4: 0.15}
"""How often so many people answer."""
COMPLETE = 1 / 3
"""How often they go through all slices."""
SEED_OF_ONE_MORE = 99

PHANTOMS: dict[str, tuple[Shape3, Spacing]] = {
    "phantom/fine": ((160, 128, 60), (2.5, 2.5, 3.0)),
    "phantom/coarse": ((110, 90, 50), (3.5, 3.5, 3.5)),
    "phantom/thick": ((200, 160, 24), (2.0, 2.0, 7.5)),
}
"""Synthetic CTs: real ones with all five structures are few."""

Answers = Mapping[int, Sequence[Answer]]


@dataclass(frozen=True)
class Sample:
    """One structure of a case, boxed by one crowd, of whose answers on all structures it knows."""

    case: str
    subject: Subject
    dice: float
    answers: Answers


def draw_crowd(rng: np.random.Generator) -> tuple[list[str], bool]:
    """Profiles of one to four people, and whether they go through all slices."""
    count = rng.choice(list(SIZES), p=list(SIZES.values()))
    profiles = rng.choice(list(MIX), count, p=list(MIX.values()))
    return profiles.tolist(), bool(rng.random() < COMPLETE)


def samples_of(names: Sequence[str], crowds: int, *, seed: int) -> Iterator[Sample]:
    """Every structure of the cases, boxed by as many crowds as asked for."""
    for name in tqdm(names, unit="case", file=sys.stderr):
        case = load(name)
        for number in range(crowds):
            crowd_seed = seed * 1000 + number
            yield from look(case, box(case, crowd_seed)).values()


def load(name: str) -> Case:
    """A case of the real data, or a phantom."""
    if name not in PHANTOMS:
        return load_case(name)
    shape, spacing_mm = PHANTOMS[name]
    seed = zlib.crc32(name.encode())
    volume, reference, _ = make_phantom(shape, spacing_mm=spacing_mm, seed=seed)
    return Case(name, volume, reference)


def box(case: Case, seed: int) -> Answers:
    """What a crowd drawn at random says of a case."""
    rng = np.random.default_rng([seed, zlib.crc32(case.name.encode())])
    profiles, complete = draw_crowd(rng)
    people = [PROFILES[profile] for profile in profiles]
    return answer(case, people, seed=seed, complete=complete)


def agree_on(answers: Answers, grid: Grid) -> dict[int, Consensus]:
    """The consensus on each structure of a volume, by id."""
    return {
        structure_id: find_consensus(
            given, stack_shape=grid.stack_shape, stack_spacing_mm=grid.stack_spacing_mm
        )
        for structure_id, given in answers.items()
    }


def look(case: Case, answers: Answers, *, with_jitter: bool = True) -> dict[int, Sample]:
    """From answers to samples by structure id; structures without a track are left out.

    Without jitter nothing is known of stability, in half the time.
    """
    grid = case.volume.grid
    agreed = agree_on(answers, grid)
    agreed = {s: consensus for s, consensus in agreed.items() if consensus.tracks}
    if not agreed:
        return {}
    found = segment(case.volume, agreed)
    labels = to_stack(found.labels.data)
    shapes = measure_masks(labels, found.confidence, to_stack(case.volume.data), structures=agreed)
    if with_jitter:
        picture_shape = grid.stack_shape[1:]
        moved = segment(case.volume, {s: jitter(c, picture_shape) for s, c in agreed.items()})
        shapes = with_stability(shapes, labels, to_stack(moved.labels.data))
    reference = case.reference.data
    return {
        s: Sample(
            case.name,
            Subject(
                case.name,
                Structure(s, NAMES[s], partner=NAMES.get(PARTNERS.get(s, 0))),
                grid.stack_spacing_mm,
                grid.stack_shape[2],
                collect_given(answers[s], {}, grid.stack_shape[0]),
                consensus,
                shapes[s],
            ),
            volume_dice(reference == s, found.labels.data == s) or 0.0,
            answers,
        )
        for s, consensus in agreed.items()
    }


def ask_again(case: Case, sample: Sample) -> float:
    """The Dice of a sample's structure after one more, careful person has gone through it."""
    structure_id = sample.subject.structure.structure_id
    more = answer(case, [PROFILES["careful"]], seed=SEED_OF_ONE_MORE, complete=True)[structure_id]
    renamed = [replace(given, annotator_id="one more") for given in more]
    answers = {**sample.answers, structure_id: [*sample.answers[structure_id], *renamed]}
    return look(case, answers, with_jitter=False)[structure_id].dice
