"""nnU-Net trained on each kind of labels, alike in all else: data sets, one plan, trainings."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from manyhands.errors import ConfigError, StudyError
from manyhands.pipeline.export_nnunet import (
    CROWD,
    REFERENCE,
    Exported,
    ExportOptions,
    export_nnunet,
    labels_of,
)
from manyhands.pipeline.places import EVERYBODY, write_json
from manyhands.pipeline.spread import HeavyUnit, spread_out
from manyhands.pipeline.work import Outcome, Unit, Watch, unwatched, work_through
from manyhands.store import Study, VolumeRecord, find_volumes, fingerprint, sha256_of
from manyhands.training import (
    Arm,
    PlanJob,
    TrainJob,
    Workspace,
    check_folds,
    check_installed,
    check_same_cases,
    find_preset,
    label_path,
    make_arm,
    make_plan,
    read_cases,
    read_plans_name,
    start_training,
)
from manyhands.types import Executor, Labels, Progress, Provenance, Split
from manyhands.volumes import read_volume, write_labels

FOLDER = "results/nnunet"
WEIGHTED = "-weighted"
WEIGHT_STEPS = 10


@dataclass(frozen=True)
class Training:
    """What is trained: kinds of labels, folds (none: the preset's), seeds and how long.

    `labels` are `crowd`, `reference`, or the ending of another set of label volumes
    (`results/labels-NAME`). With `weighted` the crowd's labels are trained on a second time, each
    voxel counting by its probability.
    """

    labels: tuple[str, ...] = (CROWD, REFERENCE)
    folds: tuple[str, ...] = ()
    seeds: int = 3
    preset: str = "paper"
    weighted: bool = False
    device: str = "auto"
    threads: int = 1
    only: str = ""  # train no other arm than that of this name
    also_written: tuple[str, ...] = ()  # data sets that nothing is trained on
    options: ExportOptions = field(default_factory=ExportOptions)

    @property
    def arms(self) -> tuple[Arm, ...]:
        """In the order of their data sets."""
        arms = [arm for arm in self._of_labels() if arm.name in self.labels]
        if self.weighted:
            arms.append(make_arm(CROWD + WEIGHTED, 0, labels=CROWD, weighted=True))
        return tuple(arms)

    @property
    def datasets(self) -> tuple[Arm, ...]:
        """One arm for each data set; the plan is found on the first, which is the crowd's."""
        wanted = {*self.labels, *self.also_written}
        return tuple(arm for arm in self._of_labels() if arm.name in wanted)

    def _of_labels(self) -> list[Arm]:
        names = dict.fromkeys((CROWD, REFERENCE, *self.labels))
        return [make_arm(name, number) for number, name in enumerate(names)]

    def check(self) -> None:
        """Raise `ConfigError` for what cannot be trained."""
        find_preset(self.preset)
        if not self.labels:
            raise ConfigError("no labels to train on: name crowd, reference or both")
        if self.seeds < 1:
            raise ConfigError(f"at least one seed is needed, {self.seeds} were asked for")
        if self.weighted and CROWD not in self.labels:
            raise ConfigError("weights are those of the crowd's labels: train on these too")


def workspace(study: Study, preset: str) -> Workspace:
    return Workspace(study.path(FOLDER), preset)


def train_models(
    study: Study,
    training: Training,
    *,
    executor: Executor | None = None,
    command: str,
    watch: Watch = unwatched,
) -> tuple[Outcome, ...]:
    """Write the data sets, plan once, and train every arm, seed and fold that is not up to date.

    All arms have the same cases, plan, intensity statistics, folds and seeds. With an executor
    several are trained side by side. Raises `MethodError` where nnU-Net is missing, and as
    `export_nnunet`.
    """
    training.check()
    version = check_installed()
    training = _planned_on_crowd(study, training)
    with study.working("train"):
        exported = _export(study, training, command, _share(watch, 0.0, 0.05))
        if exported.failed:
            return (exported,)
        planned = _plan(study, training, version, command, _share(watch, 0.05, 0.15))
        if planned.failed:
            return exported, planned
        jobs = training_jobs(study, training)
        units = [_training_unit(study, training, job, version) for job in jobs]
        told = _tell_losses(jobs, _share(watch, 0.15, 1.0))
        trained = spread_out(
            study, "train", units, start_training, executor=executor, command=command, watch=told
        )
    return exported, planned, trained


def _planned_on_crowd(study: Study, training: Training) -> Training:
    """Who trains on references first and on the crowd's labels later gets one plan for both."""
    with study.reading() as connection:
        volumes = find_volumes(connection)
    if any(study.path(EVERYBODY.labels_path(volume.name)).is_file() for volume in volumes):
        return dataclasses.replace(training, also_written=(CROWD,))
    return training


def _share(watch: Watch, begin: float, end: float) -> Watch:
    return lambda share, unit: watch(begin + (end - begin) * share, unit)


# --- the data sets


def _export(study: Study, training: Training, command: str, watch: Watch) -> Outcome:
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
        return tuple(_relative(study, path) for path in _written(exported))

    unit = Unit(_datasets_name(training), _label_hashes(study, training), _told(training), make)
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
            path = _labels_path(study, volume, arm.dataset)
            if volume.split is Split.TRAIN and path is not None and path.is_file():
                inputs[f"{volume.name}/{arm.dataset}"] = sha256_of(path)
        seen = study.path(EVERYBODY.consensus_path(volume.name))
        if seen.is_file():
            structures = json.loads(seen.read_text(encoding="utf-8"))["structures"]
            inputs[f"{volume.name}/seen"] = fingerprint(
                {key: value["is_seen"] for key, value in structures.items()}
            )
    return inputs


def _labels_path(study: Study, volume: VolumeRecord, kind: str) -> Path | None:
    if kind == REFERENCE:
        return study.path(volume.reference_path) if volume.reference_path else None
    return study.path(labels_of(kind).labels_path(volume.name))


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


def _relative(study: Study, path: Path) -> str:
    return path.relative_to(study.folder).as_posix()


# --- the plan


def _plan(study: Study, training: Training, version: str, command: str, watch: Watch) -> Outcome:
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
        return (path, *(_relative(study, plan) for plan in plans))

    inputs = {
        f"{arm.dataset}/{name}": sha256_of(path)
        for arm in arms
        for name, path in _dataset_files(space.raw_of(arm)).items()
    }
    settings = {
        "planner": find_preset(training.preset).planner,
        "nnunetv2": version,
        "weighted": training.weighted,
    }
    unit = Unit(f"{training.preset}/{_datasets_name(training)}", inputs, settings, make)
    return work_through(study, "train-plan", [unit], command=command, watch=watch)


def _dataset_files(folder: Path) -> dict[str, Path]:
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


# --- the trainings


def training_jobs(study: Study, training: Training) -> tuple[TrainJob, ...]:
    """Every arm, seed and fold; the arms change fastest, so that early results can be compared."""
    space = workspace(study, training.preset)
    arms = training.arms
    plans_name = read_plans_name(space, arms[0])
    folds = find_folds(study, training)
    wanted = [arm for arm in arms if training.only in ("", arm.name)]
    seeds = range(study.config.seed, study.config.seed + training.seeds)
    return tuple(
        TrainJob(space, arm, plans_name, fold, seed, training.device, training.threads)
        for seed in seeds
        for fold in folds
        for arm in wanted
    )


def find_folds(study: Study, training: Training) -> tuple[str, ...]:
    """Those asked for, else the preset's as far as there are cases. Raises `ConfigError`."""
    path = workspace(study, training.preset).raw_of(training.arms[0]) / "splits_final.json"
    splits = json.loads(path.read_text(encoding="utf-8"))
    if training.folds:
        check_folds(training.folds, splits)
        return training.folds
    preset = find_preset(training.preset).folds
    return tuple(f for f in preset if not f.isdigit() or int(f) < len(splits)) or ("all",)


def training_name(job: TrainJob) -> str:
    return f"{job.workspace.preset}/{job.arm.name}/seed-{job.seed}/fold-{job.fold}"


def losses_path(job: TrainJob) -> str:
    return f"results/training/{training_name(job)}.json"


def _training_unit(study: Study, training: Training, job: TrainJob, version: str) -> HeavyUnit:
    plan = job.workspace.preprocessed_of(job.arm) / f"{job.plans_name}.json"
    cases = _dataset_files(job.workspace.raw_of(job.arm))
    inputs = {"plan": sha256_of(plan), **{name: sha256_of(path) for name, path in cases.items()}}
    settings = {
        "preset": dataclasses.asdict(find_preset(training.preset)),
        "fold": job.fold,
        "nnunetv2": version,
        "weighted": job.arm.is_weighted,
    }
    job = dataclasses.replace(job, made_of=fingerprint({**inputs, **settings}))
    keep = partial(_keep_training, study, job)
    return HeavyUnit(training_name(job), inputs, settings, job, keep, seed=job.seed)


def _keep_training(
    study: Study, job: TrainJob, told: Mapping[str, Any], made: Provenance
) -> tuple[str, ...]:
    """The losses, with what made them, beside nnU-Net's own checkpoint."""
    if not job.checkpoint.is_file():
        raise StudyError(f"{job.checkpoint}: missing, though nnU-Net said that it was done")
    path = losses_path(job)
    write_json(study, path, {"arm": job.arm.name, "fold": job.fold, **told}, made)
    return (path, _relative(study, job.checkpoint))


def _tell_losses(jobs: Sequence[TrainJob], watch: Watch) -> Watch:
    """With each unit's name, what nnU-Net's own log says of it."""
    by_name = {training_name(job): job for job in jobs}

    def tell(share: float, unit: str) -> None:
        job = by_name.get(unit)
        watch(share, f"{unit}: {job.read_log()}" if job else unit)

    return tell
