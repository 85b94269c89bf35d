"""A round of relabelling, with models that predict the references in the place of nnU-Net's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from manyhands.config import Config, make_structures
from manyhands.phantom import NAMES
from manyhands.pipeline import (
    EVERYBODY,
    Outcome,
    Source,
    add_volumes,
    make_annotators,
    segment_volumes,
    simulate_answers,
)
from manyhands.pipeline import relabel as module
from manyhands.pipeline.export_nnunet import export_nnunet
from manyhands.pipeline.relabel import round_name, train_rounds
from manyhands.pipeline.train import training_jobs
from manyhands.pipeline.training_setup import Training, workspace
from manyhands.pipeline.work import Watch
from manyhands.store import Study, create_study
from manyhands.training import PredictJob, renumber
from manyhands.types import Labels, Progress
from manyhands.volumes import read_labels, write_labels

TRAINING = Training(labels=("crowd",), preset="smoke", seeds=2)


@pytest.fixture
def loose(tmp_path: Path, sources: tuple[Source, Source]) -> Iterator[Study]:
    """Two volumes, segmented from loose boxes."""
    with create_study(tmp_path / "loose", Config(make_structures(NAMES))) as study:
        add_volumes(study, sources)
        simulate_answers(study, make_annotators("paper", 1, seed=0, complete=True), command="")
        segment_volumes(study, command="")
        yield study


def fake_training(study: Study, training: Training, **_: object) -> tuple[Outcome, ...]:
    """Data sets as they are, a plan of nothing, and checkpoints that say which they are."""
    space = workspace(study, training.preset)
    export_nnunet(study, space.raw, training.datasets, command="")
    for arm in training.datasets:
        plans = space.preprocessed_of(arm) / "nnUNetPlans.json"
        plans.parent.mkdir(parents=True, exist_ok=True)
        plans.write_text('{"plans_name": "nnUNetPlans"}')
    jobs = training_jobs(study, training)
    for job in jobs:
        job.folder.mkdir(parents=True, exist_ok=True)
        job.checkpoint.write_text(str(job.folder))
    return (Outcome("train", done=tuple(f"{j.arm.name} {j.seed} {j.fold}" for j in jobs)),)


def fake_prediction(study: Study, seen: list[tuple[str, ...]]) -> object:
    def predict(job: PredictJob, progress: Progress) -> dict[str, Path]:
        seen.append((job.arm.name, *job.folds, *job.cases))
        paths = {}
        for case in job.cases:
            truth = read_labels(study.path(f"volumes/{case}/reference.nii.gz"))
            paths[case] = job.folder / f"{case}.nii.gz"
            job.folder.mkdir(parents=True, exist_ok=True)
            write_labels(Labels(renumber(truth.data, range(1, 6)), truth.grid), paths[case])
        return paths

    return lambda: predict


def test_each_case_is_corrected_by_the_fold_that_held_it_out(
    loose: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, ...]] = []
    monkeypatch.setattr(module, "train_models", fake_training)
    monkeypatch.setattr(module, "start_predicting", fake_prediction(loose, seen))
    outcomes = train_rounds(loose, TRAINING, 1, command="")

    # The arm; two folds of one seed, each predicting the case it has not seen; the new arm.
    assert [outcome.step for outcome in outcomes] == ["train", "train", "relabel", "train"]
    assert outcomes[1].done == ("crowd 0 0", "crowd 0 1")
    assert sorted((fold, case) for _, fold, case in seen) == sorted(
        (str(n), case) for n, case in held_out(loose)
    )
    assert outcomes[3].done == (
        "crowd 0 all", "crowd-relabelled-1 0 all", "crowd 1 all", "crowd-relabelled-1 1 all",
    )  # fmt: skip


def held_out(study: Study) -> Iterator[tuple[int, str]]:
    import json

    raw = workspace(study, "smoke").raw_of(TRAINING.arms[0]) / "splits_final.json"
    for number, split in enumerate(json.loads(raw.read_text())):
        (case,) = split["val"]
        yield number, case


def test_labels_come_nearer_to_the_truth_that_models_found(
    loose: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "train_models", fake_training)
    monkeypatch.setattr(module, "start_predicting", fake_prediction(loose, []))
    train_rounds(loose, TRAINING, 1, command="")

    truth = read_labels(loose.path("volumes/one/reference.nii.gz")).data
    before = read_labels(loose.path(EVERYBODY.labels_path("one"))).data
    after = read_labels(loose.path(f"results/labels-{round_name(1)}/one.nii.gz")).data
    assert (after == truth).mean() > (before == truth).mean()
    assert set(np.unique(after)) <= {0, 1, 2, 3, 4, 5, 255}


def test_nothing_is_built_on_folds_that_failed(
    loose: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the disk was full in the middle: the models to relabel with are not there."""

    def failing(study: Study, training: Training, **_: object) -> tuple[Outcome, ...]:
        done = fake_training(study, training)
        return (Outcome("train", failed={"fold": "full"}),) if training.only else done

    monkeypatch.setattr(module, "train_models", failing)
    outcomes = train_rounds(loose, TRAINING, 1, command="")

    assert [outcome.step for outcome in outcomes] == ["train", "train"]
    assert outcomes[-1].failed == {"fold": "full"}


def test_progress_of_the_rounds_only_grows(loose: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(study: Study, training: Training, watch: Watch, **_: object) -> tuple[Outcome, ...]:
        watch(0.0, "begins")
        watch(1.0, "ends")
        return fake_training(study, training)

    shares: list[float] = []
    monkeypatch.setattr(module, "train_models", told)
    monkeypatch.setattr(module, "start_predicting", fake_prediction(loose, []))
    train_rounds(loose, TRAINING, 1, command="", watch=lambda share, _: shares.append(share))

    assert shares == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 1])
