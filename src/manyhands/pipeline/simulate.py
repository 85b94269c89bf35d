"""Simulated annotators who answer on every volume that has a reference."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from manyhands.boxes.arithmetic import from_array
from manyhands.errors import ConfigError, StudyError
from manyhands.geometry import to_stack
from manyhands.pipeline.answering import add_what_is_new
from manyhands.pipeline.work import Outcome, Unit, Watch, unwatched, work_through
from manyhands.simulate import PROFILES, simulate_annotator
from manyhands.store import Study, VolumeRecord, ensure_annotator, find_volumes, latest_run
from manyhands.types import Answer, BoxArray, Origin, Progress, Provenance, State
from manyhands.volumes import read_labels

Boxes = Mapping[int, Mapping[int, BoxArray]]
"""Structure id -> slice -> boxes (n, 4), as `simulate_annotator` gives them."""


@dataclass(frozen=True)
class Simulated:
    """One simulated annotator: `paper-2` is the second of the profile `paper`."""

    profile: str
    number: int
    seed: int
    complete: bool = False

    @property
    def name(self) -> str:
        kind = f"{self.profile}-complete" if self.complete else self.profile
        return f"{kind}-{self.number}"


def make_annotators(
    profile: str, count: int, *, seed: int, complete: bool = False
) -> tuple[Simulated, ...]:
    """`count` annotators of one profile. Raises `ConfigError` for a profile that is not known."""
    if profile not in PROFILES:
        raise ConfigError(f"unknown profile '{profile}'; known are {', '.join(PROFILES)}")
    if count < 1:
        raise ConfigError(f"at least one annotator is needed, {count} were asked for")
    return tuple(Simulated(profile, number, seed, complete) for number in range(1, count + 1))


def simulate_answers(
    study: Study,
    annotators: Sequence[Simulated],
    *,
    command: str,
    watch: Watch = unwatched,
) -> Outcome:
    """Let simulated annotators answer on every volume with a reference.

    They box the structures that the reference has; what one of them answers on a volume depends on
    name, seed and the volume's name, not on the others. Volumes without reference are `left_out`.
    Raises `StudyError` where one of them has answered with another seed before.
    """
    with study.working("simulate"):
        with study.reading() as connection:
            volumes = find_volumes(connection)
        units = [
            Unit(
                name=f"{volume.name}/{annotator.name}",
                inputs={"reference": str(volume.reference_sha256)},
                settings={},
                make=partial(_answer, study, volume, annotator),
                seed=annotator.seed,
                version="any",  # answers stay what they were, whichever version gave them
            )
            for volume in volumes
            if volume.reference_path
            for annotator in annotators
        ]
        _check_seeds(study, units)
        left_out = {
            v.name: "no reference to simulate from" for v in volumes if not v.reference_path
        }
        return work_through(
            study, "simulate", units, command=command, watch=watch, left_out=left_out
        )


def _check_seeds(study: Study, units: Sequence[Unit]) -> None:
    """Of two seeds in turn, answers of the first would stay where the second leaves a slice out."""
    with study.reading() as connection:
        before = {unit.name: latest_run(connection, "simulate", unit.name) for unit in units}
    for unit in units:
        run = before[unit.name]
        if run is not None and run.provenance.seed != unit.seed:
            volume, annotator = unit.name.split("/")
            raise StudyError(
                f"'{annotator}' has answered on '{volume}' with seed {run.provenance.seed} and "
                f"answers are never taken back: for seed {unit.seed} make another study"
            )


def simulate_boxes(study: Study, volume: VolumeRecord, annotator: Simulated) -> Boxes:
    """What one annotator draws on one volume, which must have a reference; nothing is stored."""
    labels = read_labels(study.path(str(volume.reference_path)))
    stack = to_stack(labels.data)
    ids = {s.name: s.structure_id for s in study.config.structures}
    present = set(np.unique(stack).tolist())
    wanted = [s for s in study.config.structures if s.structure_id in present]
    return simulate_annotator(
        {s.structure_id: stack == s.structure_id for s in wanted},
        {s.structure_id: s.name for s in wanted},
        stack_spacing_mm=volume.stack_spacing_mm,
        profile=PROFILES[annotator.profile],
        rng=_rng(annotator, volume.name),
        complete=annotator.complete,
        partners={
            s.structure_id: ids[s.partner]
            for s in wanted
            if s.partner and ids[s.partner] in present
        },
    )


def _rng(annotator: Simulated, volume_name: str) -> np.random.Generator:
    words = f"{annotator.name} on {volume_name}".encode()
    return np.random.default_rng([annotator.seed, zlib.crc32(words)])


def _answer(
    study: Study,
    volume: VolumeRecord,
    annotator: Simulated,
    _progress: Progress,
    _made: Provenance,
) -> tuple[str, ...]:
    boxes = simulate_boxes(study, volume, annotator)
    with study.writing() as connection:
        person = ensure_annotator(connection, annotator.name)
        answers = _as_answers(boxes, volume.volume_id, person.annotator_id)
        add_what_is_new(connection, tuple(answers))
    return ()


def _as_answers(boxes: Boxes, volume_id: str, annotator_id: str) -> Iterator[Answer]:
    for structure_id, by_slice in boxes.items():
        for slice_index, rows in by_slice.items():
            yield Answer(
                volume_id=volume_id,
                structure_id=structure_id,
                annotator_id=annotator_id,
                slice_index=slice_index,
                state=State.BOXES if len(rows) else State.ABSENT,
                boxes=from_array(rows, Origin.SIMULATED),
            )
