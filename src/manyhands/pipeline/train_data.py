"""What all trainings of a study share: the data sets, and one plan for all of them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from manyhands.pipeline.export_nnunet import Exported, export_nnunet
from manyhands.pipeline.places import EVERYBODY, write_json
from manyhands.pipeline.training_cases import CROWD
from manyhands.pipeline.training_inputs import export_inputs, export_settings, plan_inputs
from manyhands.pipeline.training_setup import FOLDER, Training, relative, workspace
from manyhands.pipeline.work import Outcome, Unit, Watch, work_through
from manyhands.store import Study, find_volumes
from manyhands.training import (
    Arm,
    PlanJob,
    Workspace,
    check_same_cases,
    find_preset,
    label_path,
    make_plan,
    read_cases,
)
from manyhands.types import Labels, Progress, Provenance
from manyhands.volumes import read_volume, write_labels

WEIGHT_STEPS = 10


def plan_on_crowd(study: Study, training: Training) -> Training:
    """Who trains on references first and on the crowd's labels later gets one plan for both."""
    with study.reading() as connection:
        volumes = find_volumes(connection)
    if any(study.path(EVERYBODY.labels_path(volume.name)).is_file() for volume in volumes):
        return dataclasses.replace(training, also_written=(CROWD,))
    return training


def write_datasets(study: Study, training: Training, command: str, watch: Watch) -> Outcome:
    """All data sets are one unit: they have the same cases, so none is right without the others."""

    def make(progress: Progress, _made: Provenance) -> tuple[str, ...]:
        exported = export_nnunet(
            study,
            workspace(study, training.preset).raw,
            training.datasets,
            training.options,
            command=command,
            watch=lambda share, _: progress(share),
        )
        return tuple(relative(study, path) for path in _written(exported))

    unit = Unit(
        _datasets_name(training),
        export_inputs(study, training),
        export_settings(study, training),
        make,
    )
    outcome = work_through(study, "train-export", [unit], command=command, watch=watch)
    return dataclasses.replace(outcome, left_out=_read_left_out(study, training))


def _read_left_out(study: Study, training: Training) -> dict[str, str]:
    """Volumes and structures that are in none of the data sets, and why; also of earlier runs."""
    path = workspace(study, training.preset).raw_of(training.datasets[0]) / "dataset.json"
    if not path.is_file():
        return {}
    told = json.loads(path.read_text(encoding="utf-8"))
    return {**told["left_out"], **told["left_out_structures"]}


def _datasets_name(training: Training) -> str:
    return "+".join(arm.dataset for arm in training.datasets)


def _written(exported: Exported) -> list[Path]:
    paths = []
    for folder in exported.folders:
        paths += [folder / "dataset.json", folder / "splits_final.json"]
        paths += [label_path(folder, case) for case in exported.contents.train]
    return paths


def make_plans(
    study: Study, training: Training, version: str, command: str, watch: Watch
) -> Outcome:
    space = workspace(study, training.preset)
    arms = training.datasets
    check_same_cases(space.raw_of(arm) for arm in arms)

    def make(progress: Progress, made: Provenance) -> tuple[str, ...]:
        weights = _write_weights(study, training, space) if training.weighted else {}
        _forget_plans(space, arms)
        job = PlanJob(space, arms, training.threads, weights)
        name = make_plan(job, progress)
        # Of these arms: with a round of relabelling it is made of more, and both are wanted again.
        path = f"{FOLDER}/{training.preset}/plan-{_datasets_name(training)}.json"
        write_json(study, path, {"plans": name, "arms": [a.dataset_name for a in arms]}, made)
        plans = [space.preprocessed_of(arm) / f"{name}.json" for arm in arms]
        return (path, *(relative(study, plan) for plan in plans))

    settings = {
        "planner": find_preset(training.preset).planner,
        "nnunetv2": version,
        "weighted": training.weighted,
    }
    name = f"{training.preset}/{_datasets_name(training)}"
    unit = Unit(name, plan_inputs(study, training), settings, make)
    return work_through(study, "train-plan", [unit], command=command, watch=watch)


def _forget_plans(space: Workspace, arms: Sequence[Arm]) -> None:
    """What was preprocessed is about to be replaced: a stop in the middle must leave no plan that
    looks as if it were whole.
    """
    for arm in arms:
        for plan in space.preprocessed_of(arm).glob("*lans.json"):
            plan.unlink()


def _write_weights(study: Study, training: Training, space: Workspace) -> dict[str, dict[str, str]]:
    """How probable the crowd's labels are, in steps of a tenth, a file per case."""
    weighted = [arm for arm in training.arms if arm.is_weighted]
    written: dict[str, dict[str, str]] = {}
    for arm in weighted:
        folder = space.folder / "weights"
        folder.mkdir(parents=True, exist_ok=True)
        files = written.setdefault(arm.dataset_name, {})
        for case in read_cases(space.raw_of(arm)):
            likely = read_volume(study.path(EVERYBODY.probability_path(case)))
            steps = np.rint(likely.data * WEIGHT_STEPS).astype(np.uint8)
            path = folder / f"{case}.nii.gz"
            write_labels(Labels(steps, likely.grid), path)
            files[case] = str(path.resolve())
    return written
