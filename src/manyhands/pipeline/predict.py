"""The test volumes labelled by each arm's models, on the grids that they came on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from manyhands.errors import StudyError
from manyhands.pipeline.export_nnunet import find_channels
from manyhands.pipeline.places import write_json
from manyhands.pipeline.spread import HeavyUnit, spread_out
from manyhands.pipeline.trained import Trained, find_trained, predictions_folder
from manyhands.pipeline.training_inputs import CROWD_LABELS
from manyhands.pipeline.training_setup import Training, workspace
from manyhands.pipeline.voting import vote_unit
from manyhands.pipeline.work import Outcome, Unit, Watch, unwatched, work_through
from manyhands.store import Study, VolumeRecord, find_volumes, fingerprint, sha256_of
from manyhands.training import (
    PredictJob,
    TrainJob,
    check_apart,
    check_installed,
    read_cases,
    read_structure_ids,
    restore_ids,
    start_predicting,
)
from manyhands.types import Executor, Labels, Provenance, Split
from manyhands.volumes import check_same_grid, read_labels, read_volume, write_labels

Images = Mapping[str, Sequence[Path]]
"""Of volumes by name, a file a channel."""


def has_test_volumes(study: Study) -> bool:
    return bool(_test_volumes(study))


def _test_volumes(study: Study) -> tuple[VolumeRecord, ...]:
    with study.reading() as connection:
        return tuple(v for v in find_volumes(connection) if v.split is Split.TEST)


def predict_test(
    study: Study,
    training: Training,
    *,
    executor: Executor | None = None,
    command: str,
    watch: Watch = unwatched,
) -> tuple[Outcome, ...]:
    """Label every test volume by every arm: each seed's folds together, then the seeds' vote.

    Seeds that are not trained, or on other labels than the data sets have now, are `left_out`.
    With an executor several seeds predict side by side. Raises `StudyError` where nothing is
    trained yet, there is no test volume, or a model was trained on a patient it would be tested on.
    """
    training.check()
    version = check_installed()
    with study.working("predict"):
        test = _test_volumes(study)
        if not test:
            raise StudyError(
                f"{study.folder}: no volume to predict; `manyhands add --split test` adds some"
            )
        _check_unseen(study, training, test)
        trained, left_out = find_trained(study, training, version)
        images = find_images(study, training, test)
        by_seed = spread_out(
            study,
            "predict",
            [_seed_unit(study, training, seed, images, _hashes(images)) for seed in trained],
            start_predicting,
            executor=executor,
            command=command,
            watch=watch,
            left_out=left_out,
        )
        whole = [seed for seed in trained if seed.name not in by_seed.failed]
        voted = work_through(study, "predict-vote", _votes(study, whole, test), command=command)
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


def find_images(study: Study, training: Training, volumes: Sequence[VolumeRecord]) -> Images:
    """What nnU-Net is shown of each volume."""
    channels = training.options.channels
    return {volume.name: find_channels(study, volume, channels) for volume in volumes}


def _hashes(images: Images) -> dict[str, str]:
    return {
        f"{name}/channel {channel}": sha256_of(path)
        for name, paths in images.items()
        for channel, path in enumerate(paths)
    }


def prediction_job(jobs: Sequence[TrainJob], images: Images) -> PredictJob:
    """Of all folds that `jobs` trained together."""
    first = jobs[0]
    return PredictJob(
        first.workspace,
        first.arm,
        first.plans_name,
        tuple(job.fold for job in jobs),
        first.seed,
        {name: [str(path) for path in paths] for name, paths in images.items()},
        first.device,
        first.threads,
    )


def _seed_unit(
    study: Study, training: Training, trained: Trained, images: Images, hashes: Mapping[str, str]
) -> HeavyUnit:
    models = {f"fold-{job.fold}": sha256_of(job.checkpoint) for job in trained.jobs}
    return HeavyUnit(
        trained.name,
        {**models, **hashes},
        {"preset": training.preset, "trained_on": trained.ingredients.of_all_seeds},
        prediction_job(trained.jobs, images),
        partial(_keep, study, trained, images),
        seed=trained.jobs[0].seed,
    )


def _keep(
    study: Study,
    trained: Trained,
    images: Images,
    predicted: Mapping[str, Path],
    made: Provenance,
) -> tuple[str, ...]:
    """The predictions, in the study's ids and on its grids, and what is to be known of them."""
    first = trained.jobs[0]
    raw = first.workspace.raw_of(first.arm)
    ids = read_structure_ids(raw)
    paths = [
        _put_back(study, predicted[name], channels[0], ids, f"{trained.folder}/{name}.nii.gz")
        for name, channels in images.items()
    ]
    told = f"{trained.folder}/predictions.json"
    content = {
        "arm": first.arm.name,
        "preset": first.workspace.preset,
        "seed": first.seed,
        "folds": [job.fold for job in trained.jobs],
        "volumes": list(images),
        "trained_on": trained.ingredients.of_all_seeds,
        "cases": list(read_cases(raw)),
        "plan": _plan_hash(first),
        "crowd_labels": trained.ingredients.inputs.get(CROWD_LABELS),
    }
    write_json(study, told, content, made)
    shutil.rmtree(first.workspace.predicted(first.arm, first.seed), ignore_errors=True)
    return (told, *paths)


def _plan_hash(job: TrainJob) -> str:
    """The same for all arms that were planned together: each has a copy under its own name."""
    path = job.workspace.preprocessed_of(job.arm) / f"{job.plans_name}.json"
    plan = json.loads(path.read_text(encoding="utf-8"))
    return fingerprint({key: value for key, value in plan.items() if key != "dataset_name"})


def _put_back(study: Study, path: Path, image: Path, ids: Sequence[int], target: str) -> str:
    """nnU-Net's label volume with the study's ids, on the grid of the image bit by bit."""
    labels, grid = read_labels(path), read_volume(image).grid
    check_same_grid(labels, grid, name=path, image_name=image)
    write_labels(Labels(restore_ids(labels.data, ids), grid), study.path(target))
    return target


def _votes(
    study: Study, trained: Sequence[Trained], test: Sequence[VolumeRecord]
) -> tuple[Unit, ...]:
    """One label volume an arm, of its seeds' votes: for people; scores are of each seed."""
    arms = dict.fromkeys(seed.jobs[0].arm.name for seed in trained)
    return tuple(
        vote_unit(
            study,
            f"{arm}/{volume.name}",
            [f"{t.folder}/{volume.name}.nii.gz" for t in trained if t.jobs[0].arm.name == arm],
            f"{predictions_folder(arm)}/{volume.name}.nii.gz",
        )
        for arm in arms
        for volume in test
    )
