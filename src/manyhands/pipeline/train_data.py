"""What all trainings of a study share: the data sets, and one plan for all of them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from manyhands.pipeline.export_nnunet import Exported, export_nnunet
from manyhands.pipeline.places import EVERYBODY, write_json
from manyhands.pipeline.training_cases import CROWD, find_source
from manyhands.pipeline.training_setup import FOLDER, Training, relative, workspace
from manyhands.pipeline.work import Outcome, Unit, Watch, work_through
from manyhands.store import Study, find_volumes, fingerprint, sha256_of
from manyhands.training import (
    PlanJob,
    Workspace,
    check_same_cases,
    find_preset,
    label_path,
    make_plan,
    read_cases,
)
from manyhands.types import Labels, Progress, Provenance, Split
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

    inputs = {**_label_hashes(study, training), **other_hashes(study, training)}
    unit = Unit(_datasets_name(training), inputs, _told(training), make)
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


def _label_hashes(study: Study, training: Training) -> dict[str, str]:
    """Of everything that the data sets are made of."""
    with study.reading() as connection:
        volumes = find_volumes(connection)
    inputs = {}
    for volume in volumes:
        inputs[f"{volume.name}/image"] = f"{volume.split}:{volume.image_sha256}"
        for arm in training.datasets:
            path = find_source(study, volume, arm.dataset)
            if volume.split is Split.TRAIN and path is not None and path.is_file():
                inputs[f"{volume.name}/{arm.dataset}"] = sha256_of(path)
        seen = study.path(EVERYBODY.consensus_path(volume.name))
        if seen.is_file():
            structures = json.loads(seen.read_text(encoding="utf-8"))["structures"]
            inputs[f"{volume.name}/seen"] = fingerprint(
                {key: value["is_seen"] for key, value in structures.items()}
            )
    return inputs


def _told(training: Training) -> dict[str, Any]:
    options = training.options
    return {
        "band": [
            options.band.width,
            options.band.least_probability,
            options.band.least_confidence,
            options.band.smallest_radius_mm,
        ],
        "channels": {name: str(folder) for name, folder in options.channels.items()},
        "patients": dict(options.patients),
        "arms": [arm.dataset_name for arm in training.datasets],
    }


def other_hashes(study: Study, training: Training) -> dict[str, str]:
    """Of what is learned from beside the volumes' images and labels: further channels, and where a
    band is ignored or voxels have weights, how probable and how trusted the crowd's labels are.
    """
    with study.reading() as connection:
        names = [volume.name for volume in find_volumes(connection)]
    paths = {
        f"{name}/channel {channel}": folder / f"{name}.nii.gz"
        for channel, folder in training.options.channels.items()
        for name in names
    }
    if training.weighted or training.options.band.width > 0:
        for name in names:
            paths[f"{name}/probability"] = study.path(EVERYBODY.probability_path(name))
            paths[f"{name}/confidence"] = study.path(EVERYBODY.confidence_path(name))
    return {key: sha256_of(path) for key, path in paths.items() if path.is_file()}


def make_plans(
    study: Study, training: Training, version: str, command: str, watch: Watch
) -> Outcome:
    space = workspace(study, training.preset)
    arms = training.datasets
    check_same_cases(space.raw_of(arm) for arm in arms)

    def make(progress: Progress, made: Provenance) -> tuple[str, ...]:
        weights = _write_weights(study, training, space) if training.weighted else {}
        job = PlanJob(space, arms, training.threads, weights)
        name = make_plan(job, progress)
        path = f"{FOLDER}/{training.preset}/plan.json"
        write_json(study, path, {"plans": name, "arms": [a.dataset_name for a in arms]}, made)
        plans = [space.preprocessed_of(arm) / f"{name}.json" for arm in arms]
        return (path, *(relative(study, plan) for plan in plans))

    inputs = {
        f"{arm.dataset}/{name}": sha256_of(path)
        for arm in arms
        for name, path in dataset_files(space.raw_of(arm)).items()
    }
    inputs |= other_hashes(study, training)
    settings = {
        "planner": find_preset(training.preset).planner,
        "nnunetv2": version,
        "weighted": training.weighted,
    }
    unit = Unit(f"{training.preset}/{_datasets_name(training)}", inputs, settings, make)
    return work_through(study, "train-plan", [unit], command=command, watch=watch)


def dataset_files(folder: Path) -> dict[str, Path]:
    """What a plan depends on. `dataset.json` says when it was made, so it is not among them."""
    cases = {case: label_path(folder, case) for case in read_cases(folder)}
    return {**cases, "splits": folder / "splits_final.json"}


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
