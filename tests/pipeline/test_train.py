"""What is trained, in which order, and what is refused; no nnU-Net is needed here."""

from __future__ import annotations

import json
from importlib import metadata

import pytest

from manyhands.errors import ConfigError, MethodError, StudyError
from manyhands.pipeline import EVERYBODY
from manyhands.pipeline.declared import DECLARED_PATH
from manyhands.pipeline.predict import predict_test
from manyhands.pipeline.relabel import with_rounds
from manyhands.pipeline.train import train_models, training_jobs, training_name
from manyhands.pipeline.training_setup import Training
from manyhands.store import Study
from manyhands.training import PRESETS, Preset, Workspace


def names(training: Training) -> tuple[list[str], list[str]]:
    """Of arms, and of data sets."""
    return [a.name for a in training.arms], [a.dataset_name for a in training.datasets]


def test_each_kind_of_labels_is_an_arm_with_a_data_set() -> None:
    assert names(Training()) == (
        ["crowd", "reference"],
        ["Dataset501_crowd", "Dataset502_reference"],
    )


def test_the_plan_is_found_on_the_crowds_labels_whoever_is_named_first() -> None:
    _, datasets = names(Training(labels=("published", "reference", "crowd")))

    assert datasets == ["Dataset501_crowd", "Dataset502_reference", "Dataset503_published"]


def test_weights_are_an_arm_of_their_own_on_the_same_data_set() -> None:
    arms, datasets = names(Training(weighted=True))

    assert arms == ["crowd", "reference", "crowd-weighted"]
    assert datasets == ["Dataset501_crowd", "Dataset502_reference"]


def test_rounds_are_arms_of_their_own() -> None:
    arms, datasets = names(with_rounds(Training(), 2))

    assert arms == ["crowd", "reference", "crowd-relabelled-1", "crowd-relabelled-2"]
    assert datasets[2:] == ["Dataset503_crowd-relabelled-1", "Dataset504_crowd-relabelled-2"]


@pytest.mark.parametrize(
    ("training", "complaint"),
    [
        (Training(labels=()), "no labels to train on"),
        (Training(seeds=0), "at least one seed"),
        (Training(preset="huge"), "unknown preset 'huge'; known are paper, fast, resenc-m, smoke"),
        (Training(labels=("reference",), weighted=True), "train on these too"),
    ],
)
def test_what_cannot_be_trained_is_refused(training: Training, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        training.check()


def test_more_than_two_rounds_and_rounds_without_a_crowd_are_refused() -> None:
    with pytest.raises(ConfigError, match="0 to 2, got 3"):
        with_rounds(Training(), 3)
    with pytest.raises(ConfigError, match="train on these too"):
        with_rounds(Training(labels=("reference",)), 1)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_rows_that_can_be_trained(name: str) -> None:
    preset = PRESETS[name]

    assert preset.epochs % preset.save_every == 0
    assert preset.epochs * preset.iterations >= 100
    assert set(preset.folds) <= {"all", "0", "1", "2", "3", "4"}


def test_the_preset_of_the_paper_is_nnunets_own_length() -> None:
    stock = Preset("ExperimentPlanner", 1000, 250, 50, 10, ("0", "1", "2", "3", "4"))

    assert PRESETS["paper"] == stock


def test_without_nnunet_the_extra_is_named(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    with pytest.raises(MethodError, match="extra 'nnunet'"):
        train_models(study, Training(), command="")


def test_no_case_to_train_on_says_why(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "2.8.1")
    (exported,) = train_models(study, Training(), command="")

    assert "one: no label volume (crowd)" in exported.failed["crowd+reference"]


def test_the_margin_is_put_on_record_before_anything_is_trained(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "2.8.1")
    train_models(study, Training(), command="manyhands train")

    assert study.path(DECLARED_PATH).is_file()


def planned(study: Study, folds: int) -> Workspace:
    """As if data sets and plan had been made."""
    space = Workspace(study.path("results/nnunet"), "smoke")
    for arm in Training(preset="smoke").arms:
        space.raw_of(arm).mkdir(parents=True)
        (space.raw_of(arm) / "dataset.json").write_text("{}")
        splits: list[dict[str, list[str]]] = [{"train": [], "val": []}] * folds
        (space.raw_of(arm) / "splits_final.json").write_text(json.dumps(splits))
        space.preprocessed_of(arm).mkdir(parents=True)
        (space.preprocessed_of(arm) / "nnUNetPlans.json").write_text(
            json.dumps({"plans_name": "nnUNetPlans"})
        )
    return space


def test_arms_alternate_so_that_early_results_can_be_compared(study: Study) -> None:
    planned(study, folds=2)
    training = Training(preset="smoke", seeds=2, folds=("0", "1"))

    assert [training_name(job) for job in training_jobs(study, training)] == [
        f"smoke/{arm}/seed-{seed}/fold-{fold}"
        for seed in (0, 1)
        for fold in (0, 1)
        for arm in ("crowd", "reference")
    ]


def test_a_preset_of_five_folds_takes_as_many_as_there_are(study: Study) -> None:
    space = planned(study, folds=3)
    for path in (space.folder / "smoke").rglob("*.json"):
        target = space.folder / "paper" / path.relative_to(space.folder / "smoke")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text())
    jobs = training_jobs(study, Training(labels=("crowd",), preset="paper", seeds=1))

    assert [job.fold for job in jobs] == ["0", "1", "2"]


def test_a_fold_that_is_not_there_is_refused(study: Study) -> None:
    planned(study, folds=2)
    with pytest.raises(ConfigError, match="no fold '2'"):
        training_jobs(study, Training(preset="smoke", folds=("2",)))


def test_models_are_told_apart_from_those_of_other_seeds_and_arms(study: Study) -> None:
    """Two arms with one data set must not write into one folder."""
    planned(study, folds=2)
    jobs = training_jobs(study, Training(preset="smoke", seeds=2, weighted=True))

    assert len({job.folder for job in jobs}) == len(jobs) == 6
    assert all("nnUNetTrainer__nnUNetPlans__3d_fullres" in str(job.folder) for job in jobs)


def test_predicting_without_test_volumes_says_what_to_do(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "2.8.1")
    with pytest.raises(StudyError, match="no volume to predict; `manyhands add --split test`"):
        predict_test(study, Training(preset="smoke"), command="")
    assert not study.path(EVERYBODY.labels_path("one")).exists()
