"""What data sets, plans and models are made of: where one of these changes, they are made anew."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manyhands.pipeline.consensus import consensus_fingerprint
from manyhands.pipeline.places import EVERYBODY, read_json
from manyhands.pipeline.training_cases import CROWD, RELABELLED, find_source
from manyhands.pipeline.training_setup import Training, workspace
from manyhands.store import Study, VolumeRecord, find_volumes, fingerprint, sha256_of
from manyhands.training import Arm, TrainJob, find_preset, label_path, read_cases
from manyhands.types import Split

TRAINED_BY = "1"
"""Raised where our trainer comes to learn something else. A new version of manyhands alone is no
reason to train again for days."""


CROWD_LABELS = "labels of the crowd"


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All that a model is made of: hashes of files, and settings.

    What is of a volume is called `VOLUME/...`, all else has no slash, so that a volume may have any
    name.
    """

    inputs: Mapping[str, str]
    settings: Mapping[str, Any]

    @property
    def text(self) -> str:
        """A line `name: value` for each, as it is noted beside a model."""
        values = (*self.inputs.items(), *self.settings.items())
        return "".join(sorted(f"{name}: {json.dumps(v, sort_keys=True)}\n" for name, v in values))

    @property
    def of_all_seeds(self) -> str:
        """The same for every seed and fold of an arm, as long as they are trained alike."""
        alike = {key: value for key, value in self.settings.items() if key != "fold"}
        return fingerprint({"inputs": dict(self.inputs), "settings": alike})


def export_inputs(study: Study, training: Training) -> dict[str, str]:
    """Of all data sets: images, labels of every kind, and what the crowd looked at."""
    with study.reading() as connection:
        volumes = find_volumes(connection)
    train = [volume for volume in volumes if volume.split is Split.TRAIN]
    inputs = _image_hashes(study, training, volumes)
    for volume in train:
        for arm in training.datasets:
            path = find_source(study, volume, arm.dataset)
            if path is not None and path.is_file():
                inputs[f"{volume.name}/labels {arm.dataset}"] = sha256_of(path)
        if study.path(EVERYBODY.consensus_path(volume.name)).is_file():
            agreed = consensus_fingerprint(study, volume.name, EVERYBODY)
            inputs[f"{volume.name}/consensus"] = agreed
    if training.options.band.width > 0:
        names = [volume.name for volume in train]
        inputs |= _probability_hashes(study, names) | _confidence_hashes(study, names)
    return inputs


def export_settings(study: Study, training: Training) -> dict[str, Any]:
    """What else the data sets depend on."""
    options = training.options
    with study.reading() as connection:
        splits = {volume.name: volume.split for volume in find_volumes(connection)}
    return {
        "band": dataclasses.asdict(options.band),
        "channels": {name: str(folder) for name, folder in options.channels.items()},
        "patients": dict(options.patients),
        "arms": [arm.dataset_name for arm in training.datasets],
        "structures": [[s.structure_id, s.name] for s in study.config.structures],
        "splits": splits,
        "seed": study.config.seed,
    }


def plan_inputs(study: Study, training: Training) -> dict[str, str]:
    """Of a plan and of what is preprocessed by it."""
    space = workspace(study, training.preset)
    inputs = _case_hashes(study, training)
    for arm in training.datasets:
        own = _dataset_hashes(space.raw_of(arm))
        inputs |= {f"{arm.dataset}/{name}": sha256 for name, sha256 in own.items()}
    if training.weighted:
        inputs |= _probability_hashes(study, read_cases(space.raw_of(training.datasets[0])))
    return inputs


def find_ingredients(
    study: Study, training: Training, jobs: Sequence[TrainJob], version: str
) -> tuple[Ingredients, ...]:
    """Of each job. `version` is nnU-Net's."""
    shared = _case_hashes(study, training)
    crowd = training.datasets[0]
    of_arms = {
        job.arm: _arm_hashes(study, job, crowd) for job in {job.arm: job for job in jobs}.values()
    }
    preset = dataclasses.asdict(find_preset(training.preset))
    return tuple(
        Ingredients(
            {**shared, **of_arms[job.arm]},
            {
                "preset": preset,
                "fold": job.fold,
                "nnunetv2": version,
                "weighted": job.arm.is_weighted,
                "trained by": TRAINED_BY,
            },
        )
        for job in jobs
    )


def _arm_hashes(study: Study, job: TrainJob, first: Arm) -> dict[str, str]:
    """Of plan and labels; `first` is the crowd's data set, from which relabelled ones were made."""
    raw = job.workspace.raw_of(job.arm)
    plan = job.workspace.preprocessed_of(job.arm) / f"{job.plans_name}.json"
    inputs = {"plan": sha256_of(plan), **_dataset_hashes(raw)}
    if job.arm.dataset == CROWD or job.arm.dataset.startswith(RELABELLED):
        inputs[CROWD_LABELS] = fingerprint(_dataset_hashes(job.workspace.raw_of(first)))
    if job.arm.is_weighted:
        inputs |= _probability_hashes(study, read_cases(raw))
    return inputs


def _dataset_hashes(folder: Path) -> dict[str, str]:
    """`dataset.json` says what was left out and by which command, so it is not among them."""
    cases = read_cases(folder)
    hashes = {f"{case}/labels": sha256_of(label_path(folder, case)) for case in cases}
    return {**hashes, "splits": sha256_of(folder / "splits_final.json")}


def _case_hashes(study: Study, training: Training) -> dict[str, str]:
    """Of the images that are trained on."""
    cases = read_cases(workspace(study, training.preset).raw_of(training.datasets[0]))
    with study.reading() as connection:
        volumes = find_volumes(connection, cases)
    return _image_hashes(study, training, volumes)


def _image_hashes(
    study: Study, training: Training, volumes: Iterable[VolumeRecord]
) -> dict[str, str]:
    """Of image and further channels; only these lie outside the study, where they may change."""
    hashes = {}
    for volume in volumes:
        hashes[f"{volume.name}/image"] = volume.image_sha256
        for channel, folder in training.options.channels.items():
            path = folder / f"{volume.name}.nii.gz"
            if path.is_file():
                hashes[f"{volume.name}/channel {channel}"] = sha256_of(path)
    return hashes


def _probability_hashes(study: Study, names: Iterable[str]) -> dict[str, str]:
    """Of how probable the crowd's labels are."""
    paths = {f"{name}/probability": study.path(EVERYBODY.probability_path(name)) for name in names}
    return {key: sha256_of(path) for key, path in paths.items() if path.is_file()}


def _confidence_hashes(study: Study, names: Iterable[str]) -> dict[str, str]:
    """Of how far each slice of the crowd's labels is trusted; not of when that was found."""
    paths = {f"{name}/confidence": EVERYBODY.confidence_path(name) for name in names}
    return {
        key: fingerprint(read_json(study, path)["confidence"])
        for key, path in paths.items()
        if study.path(path).is_file()
    }
