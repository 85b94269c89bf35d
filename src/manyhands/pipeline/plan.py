"""What to expect before anybody is asked: quality against people, stride and minutes.

A phantom, or a volume of the study with a reference, is annotated by simulated people like the
study's own, in all the ways one could ask them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from manyhands.config import Asking
from manyhands.errors import ConfigError, StudyError
from manyhands.evidence import without_network
from manyhands.files import write_text
from manyhands.phantom import FIELD_MM, make_phantom
from manyhands.phantom import NAMES as PHANTOM_NAMES
from manyhands.pipeline.places import write_json
from manyhands.pipeline.profiles import CrowdProfile, measure_crowd
from manyhands.pipeline.rehearse import Stage, ask_people, draw_crowd, find_dice, set_stage
from manyhands.pipeline.ways import Plan, Way, choose, draw_plan
from manyhands.pipeline.work import Watch, provenance, unwatched
from manyhands.simulate import PROFILES, Profile
from manyhands.store import Study, VolumeRecord, find_volumes
from manyhands.volumes import read_labels, read_volume

PLAN_PATH = "results/plan.json"
FIGURE_PATH = "results/plan.svg"
STRIDES = (1, 2, 4)
PIXEL_MM = 3.0  # of the phantom: half a second to label
SLICE_MM = (3.0, 10.0)  # its slices are as thick as the study's, within this


def plan_study(
    study: Study,
    *,
    on: str | None = None,
    most_people: int = 5,
    strides: Sequence[int] = STRIDES,
    rehearsals: int = 2,
    command: str,
    watch: Watch = unwatched,
) -> Plan:
    """Rehearse every way of asking, and write `results/plan.json` and `results/plan.svg`.

    The simulated people err as those of the study were measured to, else as in the paper. `on`
    names a volume with a reference; without it each rehearsal has a phantom of its own, with slices
    as thick as the study's, but 3 mm at least. A study's network is not loaded: the plan says which
    model made the masks in its place. Raises `StudyError` for a volume that is not there
    or has no reference, `ConfigError` for numbers that are not possible.
    """
    strides = sorted(set(strides))
    _check(most_people, strides, rehearsals)
    with study.working("plan"):
        with study.reading() as connection:
            volumes = find_volumes(connection)
        crowd = measure_crowd(study)
        n_units = rehearsals * len(strides) * (most_people + 1)
        samples: dict[_Key, list[_Sample]] = {}
        for number in range(rehearsals):
            stage = _stage(study, volumes, on, seed=study.config.seed + number)
            people = _invite(crowd, most_people, seed=study.config.seed + number)
            for key, sample in _rehearse(study, stage, people, strides, seed=number):
                samples.setdefault(key, []).append(sample)
                watch(sum(map(len, samples.values())) / n_units, f"rehearsal {number + 1}")
        ways = [_way(study, key, samples[key], volumes, crowd) for key in sorted(samples)]
        title = on or f"phantoms with slices of {_thickness_mm(volumes):g} mm"
        chosen = choose(ways, study.config.asking)
        model = without_network(study.config.model)
        plan = Plan(
            tuple(ways), chosen, title, len(volumes), crowd, model, study_model=study.config.model
        )
        _write(study, plan, command)
    return plan


def _check(most_people: int, strides: Sequence[int], rehearsals: int) -> None:
    if most_people < 1 or rehearsals < 1:
        raise ConfigError(
            f"at least one person and one rehearsal are needed, found {most_people}, {rehearsals}"
        )
    if not strides or strides[0] < 1:
        raise ConfigError(f"strides must be 1 or more, found {list(strides)}")


def _stage(study: Study, volumes: Sequence[VolumeRecord], on: str | None, *, seed: int) -> Stage:
    structures = study.config.structures
    if on is None:
        return _phantom_stage([s.name for s in structures], _thickness_mm(volumes), seed)
    found = [volume for volume in volumes if volume.name == on]
    if not found:
        raise StudyError(f"no volume '{on}' in the study")
    if found[0].reference_path is None:
        raise StudyError(f"volume '{on}' has no reference to rehearse on; leave --on out")
    ids = {s.name: s.structure_id for s in structures}
    stage = set_stage(
        read_volume(study.path(found[0].image_path), modality=found[0].modality),
        read_labels(study.path(found[0].reference_path)),
        {s.structure_id: s.name for s in structures},
        {s.structure_id: ids[s.partner] for s in structures if s.partner},
    )
    if not stage.masks:
        raise StudyError(f"the reference of volume '{on}' has none of the study's structures")
    return stage


def _phantom_stage(names: Sequence[str], thickness_mm: float, seed: int) -> Stage:
    """A phantom's structures that the study has too; all of them where it has none."""
    spacing_mm = (PIXEL_MM, PIXEL_MM, thickness_mm)
    i, j, k = (round(field / step) for field, step in zip(FIELD_MM, spacing_mm, strict=True))
    volume, labels, _ = make_phantom((i, j, k), spacing_mm=spacing_mm, seed=seed)
    known = dict(enumerate(PHANTOM_NAMES, start=1))
    shared = {n: name for n, name in known.items() if name in names}
    left, right = (PHANTOM_NAMES.index(f"kidney_{side}") + 1 for side in ("left", "right"))
    return set_stage(volume, labels, shared or known, {left: right, right: left})


def _thickness_mm(volumes: Sequence[VolumeRecord]) -> float:
    typical = float(np.median([v.spacing_mm[2] for v in volumes])) if volumes else SLICE_MM[0]
    return round(float(np.clip(typical, *SLICE_MM)), 1)


def _invite(crowd: CrowdProfile, n: int, *, seed: int) -> list[Profile]:
    """People like those of the study, in an order drawn at random, again and again."""
    known = list(crowd.profiles.values()) or [PROFILES["paper"]]
    order = np.random.default_rng(seed).permutation(len(known))
    return [known[order[number % len(known)]] for number in range(n)]


class _Key(NamedTuple):
    """One way of asking; adaptive for 0 people, so that it comes first."""

    stride: int
    people: int


class _Sample(NamedTuple):
    """What one rehearsal gave."""

    people: float
    answers: int
    n_slices: int
    dice: Mapping[str, float]


def _rehearse(
    study: Study, stage: Stage, people: Sequence[Profile], strides: Sequence[int], *, seed: int
) -> Iterator[tuple[_Key, _Sample]]:
    drawn = draw_crowd(stage, people, seed=seed)
    config = study.config
    for stride in strides:
        for n in range(len(people) + 1):
            asked = ask_people(
                stage,
                drawn,
                asking=_asking(config.asking, n, len(people)),
                stride=stride,
                method=config.consensus,
            )
            dice = find_dice(stage, asked, model=config.model)
            yield (
                _Key(stride, n),
                _Sample(
                    people=float(np.mean([one.n_people for one in asked.values()])),
                    answers=sum(one.n_answers for one in asked.values()),
                    n_slices=stage.volume.grid.stack_shape[0] * len(stage.masks),
                    dice={stage.names[s]: value for s, value in dice.items()},
                ),
            )


def _asking(asking: Asking, n: int, most: int) -> Asking:
    """Exactly `n` people; for 0 as the study has it, but without its target and its budgets."""
    if n:
        return Asking(first_annotators=n, most_annotators=n)
    return dataclasses.replace(
        asking,
        first_annotators=min(asking.first_annotators, most),
        most_annotators=min(asking.most_annotators, most),
        target_dice=0.0,
        budget_answers=0,
        budget_minutes=0.0,
    )


def _way(
    study: Study,
    key: _Key,
    samples: Sequence[_Sample],
    volumes: Sequence[VolumeRecord],
    crowd: CrowdProfile,
) -> Way:
    answers = float(np.mean([sample.answers for sample in samples]))
    per_slice = sum(s.answers for s in samples) / sum(s.n_slices for s in samples)
    n_slices = sum(volume.slice_count for volume in volumes) * len(study.config.structures)
    dices = [float(np.mean(list(sample.dice.values()))) for sample in samples]
    minutes = crowd.seconds_per_slice / 60
    return Way(
        stride=key.stride,
        is_adaptive=key.people == 0,
        people=float(np.mean([sample.people for sample in samples])),
        answers=answers,
        minutes=answers * minutes,
        study_answers=per_slice * n_slices,
        study_minutes=per_slice * n_slices * minutes,
        dice=float(np.mean(dices)),
        dice_low=min(dices),
        dice_high=max(dices),
        by_structure={
            name: float(np.mean([sample.dice[name] for sample in samples if name in sample.dice]))
            for name in dict.fromkeys(name for sample in samples for name in sample.dice)
        },
    )


def _write(study: Study, plan: Plan, command: str) -> None:
    made = provenance(study, command, inputs={}, seed=study.config.seed)
    write_json(study, PLAN_PATH, dataclasses.asdict(plan), made)
    write_text(study.path(FIGURE_PATH), draw_plan(plan))
