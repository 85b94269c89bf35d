"""nnU-Net trained on each kind of labels, alike in all else."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from manyhands.errors import StudyError
from manyhands.pipeline.declared import declare_comparison
from manyhands.pipeline.places import write_json
from manyhands.pipeline.spread import HeavyUnit, spread_out
from manyhands.pipeline.train_data import make_plans, plan_on_crowd, write_datasets
from manyhands.pipeline.training_inputs import TRAINED_BY, Ingredients, find_ingredients
from manyhands.pipeline.training_setup import Training, relative, workspace
from manyhands.pipeline.work import Outcome, Watch, part_of, unwatched
from manyhands.store import Study
from manyhands.training import (
    TrainJob,
    check_folds,
    check_installed,
    find_preset,
    put_aside_others,
    read_plans_name,
    start_training,
)
from manyhands.types import Executor, Provenance


def train_models(
    study: Study,
    training: Training,
    *,
    executor: Executor | None = None,
    command: str,
    watch: Watch = unwatched,
) -> tuple[Outcome, ...]:
    """Write the data sets, plan once, and train every arm, seed and fold that is not up to date.

    What `[comparison]` says is put on record first. All arms have the same cases, plan, intensity
    statistics, folds and seeds. A model that was made of other things than now is moved aside. With
    an executor several are trained side by side. Raises `MethodError` where nnU-Net is missing, and
    as `export_nnunet`.
    """
    training.check()
    version = check_installed()
    training = plan_on_crowd(study, training)
    with study.working("train"):
        declare_comparison(study, command=command)
        exported = write_datasets(study, training, command, part_of(watch, 0.0, 0.05))
        if exported.failed:
            return (exported,)
        planned = make_plans(study, training, version, command, part_of(watch, 0.05, 0.15))
        if planned.failed:
            return exported, planned
        jobs = training_jobs(study, training)
        ingredients = find_ingredients(study, training, jobs, version)
        units = [
            _training_unit(study, job, made_of)
            for job, made_of in zip(jobs, ingredients, strict=True)
        ]
        # Before any work: what fails later must not take away the model that was there.
        put_aside_others(unit.job for unit in units)
        told = _tell_losses(jobs, part_of(watch, 0.15, 1.0))
        trained = spread_out(
            study, "train", units, start_training, executor=executor, command=command, watch=told
        )
    return exported, planned, trained


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


def _training_unit(study: Study, job: TrainJob, ingredients: Ingredients) -> HeavyUnit:
    job = dataclasses.replace(job, made_of=ingredients.text)
    return HeavyUnit(
        training_name(job),
        ingredients.inputs,
        ingredients.settings,
        job,
        partial(_keep_training, study, job),
        seed=job.seed,
        version=TRAINED_BY,
    )


def _keep_training(
    study: Study, job: TrainJob, told: Mapping[str, Any], made: Provenance
) -> tuple[str, ...]:
    """The losses, with what made them, beside nnU-Net's own checkpoint."""
    if not job.checkpoint.is_file():
        raise StudyError(f"{job.checkpoint}: missing, though nnU-Net said that it was done")
    path = losses_path(job)
    write_json(study, path, {"arm": job.arm.name, "fold": job.fold, **told}, made)
    return (path, relative(study, job.checkpoint))


def _tell_losses(jobs: Sequence[TrainJob], watch: Watch) -> Watch:
    """With each unit's name, what nnU-Net's own log says of it."""
    by_name = {training_name(job): job for job in jobs}

    def tell(share: float, unit: str) -> None:
        job = by_name.get(unit)
        watch(share, f"{unit}: {job.read_log()}" if job else unit)

    return tell
