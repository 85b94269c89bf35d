"""Rounds of relabelling: models of folds correct the crowd's labels of cases they have not seen."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from manyhands.errors import ConfigError
from manyhands.pipeline.consensus import read_consensus
from manyhands.pipeline.export_nnunet import find_channels
from manyhands.pipeline.train import train_models, training_jobs, training_name
from manyhands.pipeline.training_cases import CROWD, labels_of
from manyhands.pipeline.training_setup import Training
from manyhands.pipeline.work import Outcome, Unit, Watch, unwatched, work_through
from manyhands.store import Study, find_volumes, sha256_of
from manyhands.training import (
    PredictJob,
    TrainJob,
    label_path,
    predict_cases,
    read_structure_ids,
    relabel_inside_boxes,
    restore_ids,
)
from manyhands.types import Executor, Labels, Progress, Provenance
from manyhands.volumes import read_labels, write_labels

MOST_ROUNDS = 2


def round_name(number: int) -> str:
    """The arm trained on the labels of a round, counted from 1; 0 is the crowd's own."""
    return f"{CROWD}-relabelled-{number}" if number else CROWD


def with_rounds(training: Training, rounds: int) -> Training:
    """The same with the labels of so many rounds, each an arm of its own.

    Raises `ConfigError` for more than `MOST_ROUNDS`: what models teach each other drifts.
    """
    if not 0 <= rounds <= MOST_ROUNDS:
        raise ConfigError(f"rounds of relabelling must be 0 to {MOST_ROUNDS}, got {rounds}")
    if rounds and CROWD not in training.labels:
        raise ConfigError("it is the crowd's labels that are relabelled: train on these too")
    names = [round_name(number) for number in range(1, rounds + 1)]
    return dataclasses.replace(training, labels=(*training.labels, *names))


def train_rounds(
    study: Study,
    training: Training,
    rounds: int,
    *,
    executor: Executor | None = None,
    command: str,
    watch: Watch = unwatched,
) -> tuple[Outcome, ...]:
    """Train, and so many times relabel by five folds of the first seed and train on that as well.

    Raises as `train_models` and `with_rounds`.
    """
    with_rounds(training, rounds).check()
    with study.working("train"):
        outcomes = list(
            train_models(study, training, executor=executor, command=command, watch=watch)
        )
        for number in range(1, rounds + 1):
            if any(outcome.failed for outcome in outcomes):
                break
            before = with_rounds(training, number - 1)
            folds = _fold_training(study, before, round_name(number - 1))
            outcomes += train_models(study, folds, executor=executor, command=command, watch=watch)
            outcomes.append(_relabel(study, folds, number, command, watch))
            after = with_rounds(training, number)
            outcomes += train_models(study, after, executor=executor, command=command, watch=watch)
    return tuple(outcomes)


def _fold_training(study: Study, training: Training, name: str) -> Training:
    """All folds of the data sets' split, of one seed; other arms have no part in it."""
    arm = next(arm for arm in training.arms if arm.name == name)
    raw = study.path("results/nnunet/raw") / arm.dataset_name / "splits_final.json"
    splits = json.loads(raw.read_text(encoding="utf-8"))
    if not splits:
        raise ConfigError("relabelling needs two patients at least: one to learn, one to correct")
    folds = tuple(str(number) for number in range(len(splits)))
    return dataclasses.replace(training, folds=folds, seeds=1, weighted=False, only=name)


def _relabel(study: Study, training: Training, number: int, command: str, watch: Watch) -> Outcome:
    jobs = training_jobs(study, training)
    raw = jobs[0].workspace.raw_of(jobs[0].arm)
    splits = json.loads((raw / "splits_final.json").read_text(encoding="utf-8"))
    units = [_unit(study, training, job, splits[int(job.fold)]["val"], number) for job in jobs]
    return work_through(study, "relabel", units, command=command, watch=watch)


def _unit(
    study: Study, training: Training, job: TrainJob, cases: Sequence[str], number: int
) -> Unit:
    raw = job.workspace.raw_of(job.arm)

    def make(progress: Progress, _made: Provenance) -> tuple[str, ...]:
        predicted = _predict(study, training, job, cases, progress)
        return tuple(_correct(study, raw, case, predicted[case], number) for case in cases)

    labels = {case: sha256_of(label_path(raw, case)) for case in cases}
    return Unit(
        f"{round_name(number)}/{training_name(job)}",
        {"model": sha256_of(job.checkpoint), **labels},
        {},
        make,
    )


def _predict(
    study: Study, training: Training, job: TrainJob, cases: Sequence[str], progress: Progress
) -> Mapping[str, Path]:
    with study.reading() as connection:
        volumes = find_volumes(connection, cases)
    images = {
        v.name: [str(path) for path in find_channels(study, v, training.options.channels)]
        for v in volumes
    }
    wanted = PredictJob(
        job.workspace,
        job.arm,
        job.plans_name,
        (job.fold,),
        job.seed,
        images,
        job.device,
        job.threads,
    )
    return predict_cases(wanted, progress)


def _correct(study: Study, raw: Path, case: str, predicted: Path, number: int) -> str:
    """From the labels the model of the round before was trained on, in the study's ids."""
    ids = read_structure_ids(raw)
    labels = read_labels(label_path(raw, case))
    changed = relabel_inside_boxes(
        restore_ids(labels.data, ids),
        restore_ids(read_labels(predicted).data, ids),
        read_consensus(study, case),
    )
    path = labels_of(round_name(number)).labels_path(case)
    write_labels(Labels(changed, labels.grid), study.path(path))
    return path
