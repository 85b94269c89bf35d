"""Rounds of relabelling: models of folds correct the crowd's labels of cases they have not seen."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from manyhands.errors import ConfigError
from manyhands.pipeline.consensus import consensus_fingerprint, read_consensus
from manyhands.pipeline.places import EVERYBODY
from manyhands.pipeline.predict import find_images, prediction_job
from manyhands.pipeline.spread import HeavyUnit, spread_out
from manyhands.pipeline.train import train_models, training_jobs, training_name
from manyhands.pipeline.training_cases import CROWD, RELABELLED, labels_of
from manyhands.pipeline.training_setup import Training
from manyhands.pipeline.work import Outcome, Watch, part_of, unwatched
from manyhands.store import Study, find_volumes, sha256_of
from manyhands.training import (
    TrainJob,
    label_path,
    read_structure_ids,
    relabel_inside_boxes,
    restore_ids,
    start_predicting,
)
from manyhands.types import Executor, Labels, Provenance
from manyhands.volumes import read_labels, write_labels

MOST_ROUNDS = 2


def round_name(number: int) -> str:
    """The arm trained on the labels of a round, counted from 1; 0 is the crowd's own."""
    return f"{RELABELLED}{number}" if number else CROWD


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
    run = partial(train_models, study, executor=executor, command=command)
    stages = 1 + 2 * rounds

    def stage(index: int) -> Watch:
        return part_of(watch, index / stages, (index + 1) / stages)

    with study.working("train"):
        outcomes = list(run(training, watch=stage(0)))
        for number in range(1, rounds + 1):
            before, after = with_rounds(training, number - 1), with_rounds(training, number)
            if _is_stopped(outcomes):
                break
            folds = _fold_training(study, before, round_name(number - 1))
            outcomes += run(folds, watch=stage(2 * number - 1))
            if _is_stopped(outcomes):
                break
            outcomes.append(_relabel(study, folds, number, executor, command))
            if _is_stopped(outcomes):
                break
            outcomes += run(after, watch=stage(2 * number))
    return tuple(outcomes)


def _fold_training(study: Study, training: Training, name: str) -> Training:
    """All folds of the data sets' split, of one seed; other arms have no part in it."""
    arm = next(arm for arm in training.arms if arm.name == name)
    raw = study.path("results/nnunet/raw") / arm.dataset_name / "splits_final.json"
    splits = json.loads(raw.read_text(encoding="utf-8"))
    if not splits:
        raise ConfigError("relabelling needs two patients at least: one to learn, one to correct")
    folds = tuple(str(number) for number in range(len(splits)))
    return dataclasses.replace(training, folds=folds, seeds=1, only=name)


def _is_stopped(outcomes: Sequence[Outcome]) -> bool:
    """What failed is made good before anything is built on it."""
    return any(outcome.failed for outcome in outcomes)


def _relabel(
    study: Study, training: Training, number: int, executor: Executor | None, command: str
) -> Outcome:
    """Each fold's model predicts the cases that it has not seen, and their labels are corrected."""
    jobs = training_jobs(study, training)
    raw = jobs[0].workspace.raw_of(jobs[0].arm)
    splits = json.loads((raw / "splits_final.json").read_text(encoding="utf-8"))
    units = [_unit(study, training, job, splits[int(job.fold)]["val"], number) for job in jobs]
    return spread_out(study, "relabel", units, start_predicting, executor=executor, command=command)


def _unit(
    study: Study, training: Training, job: TrainJob, cases: Sequence[str], number: int
) -> HeavyUnit:
    with study.reading() as connection:
        volumes = find_volumes(connection, cases)
    raw = job.workspace.raw_of(job.arm)
    inputs = {"model": sha256_of(job.checkpoint)}
    for case in cases:
        inputs[case] = sha256_of(label_path(raw, case))
        inputs[f"{case}/boxes"] = consensus_fingerprint(study, case, EVERYBODY)
    return HeavyUnit(
        f"{round_name(number)}/{training_name(job)}",
        inputs,
        {},
        prediction_job([job], find_images(study, training, volumes)),
        partial(_keep, study, raw, number),
    )


def _keep(
    study: Study, raw: Path, number: int, predicted: Mapping[str, Path], _made: Provenance
) -> tuple[str, ...]:
    return tuple(_correct(study, raw, case, path, number) for case, path in predicted.items())


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
