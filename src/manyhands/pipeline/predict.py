"""The test volumes labelled by each arm's models, on the grids that they came on."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from manyhands.errors import StudyError
from manyhands.masks import vote
from manyhands.pipeline.export_nnunet import find_channels
from manyhands.pipeline.places import write_json
from manyhands.pipeline.train import training_jobs
from manyhands.pipeline.training_setup import Training, workspace
from manyhands.pipeline.work import Outcome, Unit, Watch, unwatched, work_through
from manyhands.store import Study, VolumeRecord, find_volumes, sha256_of
from manyhands.training import (
    Arm,
    PredictJob,
    TrainJob,
    check_apart,
    check_installed,
    predict_cases,
    read_cases,
    read_structure_ids,
    restore_ids,
)
from manyhands.types import Labels, Progress, Provenance, Split
from manyhands.volumes import check_same_grid, read_labels, read_volume, write_labels


def predictions_folder(arm: str) -> str:
    return f"results/predictions-{arm}"


def has_test_volumes(study: Study) -> bool:
    with study.reading() as connection:
        return any(volume.split is Split.TEST for volume in find_volumes(connection))


def predict_test(
    study: Study, training: Training, *, command: str, watch: Watch = unwatched
) -> tuple[Outcome, ...]:
    """Label every test volume by every arm: each seed's folds together, then the seeds' vote.

    Raises `StudyError` where nothing is trained yet, there is no test volume, or a model was
    trained on a patient it would be tested on.
    """
    training.check()
    check_installed()
    with study.working("predict"):
        with study.reading() as connection:
            test = [v for v in find_volumes(connection) if v.split is Split.TEST]
        if not test:
            raise StudyError(
                f"{study.folder}: no volume to predict; `manyhands add --split test` adds some"
            )
        _check_unseen(study, training, test)
        jobs = training_jobs(study, training)
        by_seed = _predict_seeds(study, training, test, jobs, command, watch)
        voted = _vote(study, training, test, jobs, command)
    return by_seed, voted


def _check_unseen(study: Study, training: Training, test: Sequence[VolumeRecord]) -> None:
    patients = training.options.patients
    for arm in training.datasets:
        cases = read_cases(workspace(study, training.preset).raw_of(arm))
        check_apart(
            {case: patients.get(case, case) for case in cases},
            {v.name: patients.get(v.name, v.name) for v in test},
            whose=f"the models of {arm.dataset}",
        )


def _predict_seeds(
    study: Study,
    training: Training,
    test: Sequence[VolumeRecord],
    jobs: Sequence[TrainJob],
    command: str,
    watch: Watch,
) -> Outcome:
    units, left_out = [], {}
    for arm, seed in dict.fromkeys((job.arm, job.seed) for job in jobs):
        folds = [job for job in jobs if (job.arm, job.seed) == (arm, seed)]
        missing = [job.fold for job in folds if not job.checkpoint.is_file()]
        if missing:
            left_out[_name(arm, seed)] = f"fold {', '.join(missing)} is not trained yet"
        else:
            units.append(_seed_unit(study, training, test, folds))
    if not units:
        raise StudyError(f"{study.folder}: nothing is trained yet; `manyhands train` comes first")
    return work_through(study, "predict", units, command=command, watch=watch, left_out=left_out)


def _name(arm: Arm, seed: int) -> str:
    return f"{arm.name}/seed-{seed}"


def _seed_unit(
    study: Study, training: Training, test: Sequence[VolumeRecord], folds: Sequence[TrainJob]
) -> Unit:
    first = folds[0]
    models = {f"fold-{job.fold}": sha256_of(job.checkpoint) for job in folds}
    return Unit(
        _name(first.arm, first.seed),
        {**models, **{volume.name: volume.image_sha256 for volume in test}},
        {"preset": training.preset},
        partial(_make, study, training, test, folds),
        seed=first.seed,
    )


def _make(
    study: Study,
    training: Training,
    test: Sequence[VolumeRecord],
    folds: Sequence[TrainJob],
    progress: Progress,
    made: Provenance,
) -> tuple[str, ...]:
    first = folds[0]
    images = {
        volume.name: find_channels(study, volume, training.options.channels) for volume in test
    }
    job = PredictJob(
        first.workspace,
        first.arm,
        first.plans_name,
        tuple(fold.fold for fold in folds),
        first.seed,
        {name: [str(path) for path in paths] for name, paths in images.items()},
        first.device,
        first.threads,
    )
    predicted = predict_cases(job, progress)
    folder = f"{predictions_folder(first.arm.name)}/seed-{first.seed}"
    ids = read_structure_ids(first.workspace.raw_of(first.arm))
    paths = [
        _put_back(study, predicted[volume.name], images[volume.name][0], ids, folder, volume.name)
        for volume in test
    ]
    told = f"{folder}/predictions.json"
    write_json(
        study,
        told,
        {
            "arm": first.arm.name,
            "preset": training.preset,
            "seed": first.seed,
            "folds": list(job.folds),
            "volumes": [volume.name for volume in test],
        },
        made,
    )
    shutil.rmtree(job.folder, ignore_errors=True)
    return (told, *paths)


def _put_back(
    study: Study, path: Path, image: Path, ids: Sequence[int], folder: str, name: str
) -> str:
    """nnU-Net's label volume with the study's ids, on the grid of the image bit by bit."""
    labels, grid = read_labels(path), read_volume(image).grid
    check_same_grid(labels, grid, name=path, image_name=image)
    target = f"{folder}/{name}.nii.gz"
    write_labels(Labels(restore_ids(labels.data, ids), grid), study.path(target))
    return target


def _vote(
    study: Study,
    training: Training,
    test: Sequence[VolumeRecord],
    jobs: Sequence[TrainJob],
    command: str,
) -> Outcome:
    """One label volume an arm, of its seeds' votes: for people; scores are of each seed."""
    units = []
    for arm in dict.fromkeys(job.arm for job in jobs):
        seeds = dict.fromkeys(job.seed for job in jobs if job.arm == arm)
        folder = predictions_folder(arm.name)
        for volume in test:
            sources = [f"{folder}/seed-{seed}/{volume.name}.nii.gz" for seed in seeds]
            sources = [source for source in sources if study.path(source).is_file()]
            if sources:
                units.append(_vote_unit(study, arm, volume.name, sources))
    return work_through(study, "predict-vote", units, command=command)


def _vote_unit(study: Study, arm: Arm, volume: str, sources: Sequence[str]) -> Unit:
    def make(_progress: Progress, _made: Provenance) -> tuple[str, ...]:
        ballots = [read_labels(study.path(source)) for source in sources]
        elected = vote([ballot.data for ballot in ballots])
        path = f"{predictions_folder(arm.name)}/{volume}.nii.gz"
        write_labels(dataclasses.replace(ballots[0], data=elected), study.path(path))
        return (path,)

    inputs = {source: sha256_of(study.path(source)) for source in sources}
    return Unit(f"{arm.name}/{volume}", inputs, {}, make)
