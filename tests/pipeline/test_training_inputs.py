"""What makes data sets, plans and models anew, and what does not."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

from manyhands.config import Config, make_structures
from manyhands.errors import StudyError
from manyhands.phantom import NAMES, make_phantom
from manyhands.pipeline import (
    EVERYBODY,
    Source,
    add_volumes,
    make_annotators,
    segment_volumes,
    simulate_answers,
)
from manyhands.pipeline import predict as predicting
from manyhands.pipeline import train as training_step
from manyhands.pipeline.export_nnunet import ExportOptions, export_nnunet
from manyhands.pipeline.predict import predict_test
from manyhands.pipeline.relabel import with_rounds
from manyhands.pipeline.train import train_models, training_jobs
from manyhands.pipeline.trained import find_trained
from manyhands.pipeline.training_inputs import (
    Ingredients,
    export_inputs,
    export_settings,
    find_ingredients,
    plan_inputs,
)
from manyhands.pipeline.training_setup import Training, workspace
from manyhands.pipeline.work import Outcome
from manyhands.store import Study, create_study, fingerprint, open_study
from manyhands.training import Band, PredictJob, TrainJob
from manyhands.training.aside import write_made_of
from manyhands.types import Progress, Split
from manyhands.volumes import read_labels, write_labels, write_volume

TRAINING = Training(preset="smoke", seeds=2, weighted=True)
VERSION = "2.8.1"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Volumes `one` and `two` labelled, in data sets, as if there were a plan of them."""
    return make_planned(tmp_path_factory.mktemp("planned"), ("one", "two"))


def make_planned(folder: Path, names: tuple[str, str]) -> Path:
    with create_study(folder / "study", Config(make_structures(NAMES))) as study:
        for seed, name in enumerate(names):
            volume, labels, _ = make_phantom((36, 32, 14), spacing_mm=(10.0, 8.3, 13.0), seed=seed)
            image, reference = folder / f"{name}.nii.gz", folder / f"{name}_label.nii.gz"
            write_volume(volume.data, volume.grid, image)
            write_labels(labels, reference)
            add_volumes(study, [Source(image, reference)])
        simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
        segment_volumes(study, command="")
        plan(study)
    return folder / "study"


@pytest.fixture
def planned(template: Path, tmp_path: Path) -> Iterator[Study]:
    shutil.copytree(template, tmp_path / "study")
    with open_study(tmp_path / "study") as study:
        yield study


def plan(study: Study, training: Training = TRAINING) -> None:
    space = workspace(study, "smoke")
    export_nnunet(study, space.raw, training.datasets, command="")
    for arm in training.datasets:
        path = space.preprocessed_of(arm) / "nnUNetPlans.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"plans_name": "nnUNetPlans"}')


def relabel(study: Study, name: str = "one") -> None:
    """Somebody saw it otherwise: the liver of `one` is spleen."""
    path = study.path(EVERYBODY.labels_path(name))
    labels = read_labels(path)
    data = labels.data.copy()
    data[data == 1] = 2
    data[data.shape[0] // 2, 0, 0] = 1  # so that there is a liver somewhere
    write_labels(dataclasses.replace(labels, data=data), path)


def look_away(study: Study) -> None:
    """Nobody looked for the liver of `one` on its first slice any more."""
    path = study.path(EVERYBODY.consensus_path("one"))
    content = json.loads(path.read_text())
    content["structures"]["1"]["is_seen"][0] = False
    path.write_text(json.dumps(content))


def find_none(study: Study) -> None:
    """All looked, and there is no liver: tracks are gone, what was seen is the same."""
    path = study.path(EVERYBODY.consensus_path("one"))
    content = json.loads(path.read_text())
    content["structures"]["1"]["tracks"] = []
    path.write_text(json.dumps(content))


def doubt(study: Study) -> None:
    path = study.path(EVERYBODY.confidence_path("one"))
    content = json.loads(path.read_text())
    content["confidence"]["1"] = [0.1] * len(content["confidence"]["1"])
    path.write_text(json.dumps(content))


def exported(study: Study, training: Training = TRAINING) -> str:
    inputs = export_inputs(study, training)
    return fingerprint({**inputs, **export_settings(study, training)})


@pytest.mark.parametrize("change", [relabel, look_away, find_none])
def test_another_consensus_is_another_data_set(
    planned: Study, change: Callable[[Study], None]
) -> None:
    before = exported(planned)
    assert exported(planned) == before
    change(planned)

    assert exported(planned) != before


def test_confidence_matters_where_a_band_is_ignored(planned: Study) -> None:
    band = dataclasses.replace(TRAINING, options=ExportOptions(Band(0.1)))
    before, banded = exported(planned), exported(planned, band)
    doubt(planned)

    assert before != banded != exported(planned, band)
    assert exported(planned) == before


@pytest.mark.parametrize(
    "changed",
    [
        dataclasses.replace(TRAINING, options=ExportOptions(patients={"one": "a", "two": "a"})),
        dataclasses.replace(TRAINING, labels=("crowd", "reference", "mine")),
    ],
)
def test_other_options_are_other_data_sets(planned: Study, changed: Training) -> None:
    assert exported(planned, changed) != exported(planned)


def test_a_structure_of_another_name_is_another_data_set(planned: Study) -> None:
    before = exported(planned)
    renamed = make_structures(("lever", *NAMES[1:]))
    planned.config = dataclasses.replace(planned.config, structures=renamed)

    assert exported(planned) != before


def ingredients(study: Study, training: Training = TRAINING) -> dict[TrainJob, Ingredients]:
    jobs = training_jobs(study, training)
    return dict(zip(jobs, find_ingredients(study, training, jobs, VERSION), strict=True))


def of_arm(study: Study, arm: str, training: Training = TRAINING) -> str:
    found = ingredients(study, training)
    return next(made.text for job, made in found.items() if job.arm.name == arm)


def test_labels_that_changed_make_their_own_arm_anew(planned: Study) -> None:
    before = {arm: of_arm(planned, arm) for arm in ("crowd", "crowd-weighted", "reference")}
    relabel(planned)
    plan(planned)

    changed = {arm for arm, made_of in before.items() if of_arm(planned, arm) != made_of}
    assert changed == {"crowd", "crowd-weighted"}


def test_volumes_may_be_called_as_what_else_a_model_is_made_of(tmp_path: Path) -> None:
    with open_study(make_planned(tmp_path, ("splits", "preset"))) as study:
        for name in ("splits", "preset"):
            before = of_arm(study, "crowd"), plan_inputs(study, TRAINING)
            relabel(study, name)
            plan(study)

            assert of_arm(study, "crowd") != before[0]
            assert plan_inputs(study, TRAINING) != before[1]


def test_labels_may_be_called_as_what_else_a_volume_has(planned: Study) -> None:
    """Those of an arm `image` do not stand for the images."""
    labels = read_labels(planned.path(EVERYBODY.labels_path("one")))
    write_labels(labels, planned.path("results/labels-image/one.nii.gz"))
    before = export_inputs(planned, TRAINING)
    inputs = export_inputs(planned, dataclasses.replace(TRAINING, labels=("crowd", "image")))

    assert inputs["one/image"] == before["one/image"]
    assert set(inputs.values()) >= {before["one/image"], before["one/labels crowd"]}


def test_labels_of_a_round_are_no_older_than_the_crowds(planned: Study) -> None:
    """They were made from these, so they are made anew with them, also where they were kept."""
    training = dataclasses.replace(with_rounds(TRAINING, 1), seeds=1)
    for name in ("one", "two"):
        labels = read_labels(planned.path(EVERYBODY.labels_path(name)))
        write_labels(labels, planned.path(f"results/labels-crowd-relabelled-1/{name}.nii.gz"))
    plan(planned, training)
    before = of_arm(planned, "crowd-relabelled-1", training)
    relabel(planned)
    plan(planned, training)

    assert of_arm(planned, "crowd-relabelled-1", training) != before


def test_the_same_labels_written_again_train_nothing(planned: Study) -> None:
    """Also where they come from another command, or a test volume was added since."""
    before = {job: made.text for job, made in ingredients(planned).items()}
    plan(planned)

    assert {job: made.text for job, made in ingredients(planned).items()} == before


def test_probabilities_are_learned_by_the_weighted_arm_alone(planned: Study) -> None:
    arms = ("crowd", "crowd-weighted", "reference")
    before = {arm: of_arm(planned, arm) for arm in arms}
    plans = plan_inputs(planned, TRAINING)
    planned.path(EVERYBODY.probability_path("one")).write_bytes(b"others")

    assert {arm for arm in arms if of_arm(planned, arm) != before[arm]} == {"crowd-weighted"}
    assert plan_inputs(planned, TRAINING) != plans


def test_weights_on_request_leave_the_other_arms_as_they_are(planned: Study) -> None:
    without = dataclasses.replace(TRAINING, weighted=False)

    for arm in ("crowd", "reference"):
        assert of_arm(planned, arm, without) == of_arm(planned, arm)


def test_a_channel_of_a_training_volume_is_learned_from(planned: Study, tmp_path: Path) -> None:
    """That of a test volume is not: whoever adds one must not train for days again."""
    options = ExportOptions(channels={"second": tmp_path})
    training = dataclasses.replace(TRAINING, options=options)
    seen = []
    for name, words in (("one", "first"), ("one", "second"), ("nine", "third")):
        (tmp_path / f"{name}.nii.gz").write_text(words)
        seen.append(of_arm(planned, "reference", training))

    assert seen[0] != seen[1] == seen[2]


def test_seeds_and_folds_differ_in_nothing_else(planned: Study) -> None:
    training = dataclasses.replace(TRAINING, folds=("0", "1"))
    made = [m for job, m in ingredients(planned, training).items() if job.arm.name == "crowd"]

    assert len({m.text for m in made}) == 2  # the folds
    assert len({m.of_all_seeds for m in made}) == 1


def as_trained(study: Study, training: Training) -> None:
    """Checkpoints as a training leaves them."""
    for job, made in ingredients(study, training).items():
        job.folder.mkdir(parents=True, exist_ok=True)
        job.checkpoint.write_bytes(b"weights")
        write_made_of(job.folder, made.text)


def test_a_seed_of_older_labels_is_not_predicted_with(planned: Study) -> None:
    """Two were trained, then labels changed, and one of them was trained anew."""
    as_trained(planned, TRAINING)
    relabel(planned)
    plan(planned)
    as_trained(planned, dataclasses.replace(TRAINING, seeds=1))
    trained, left_out = find_trained(planned, TRAINING, VERSION)

    assert {one.name for one in trained} == {
        "crowd/seed-0", "crowd-weighted/seed-0", "reference/seed-0", "reference/seed-1",
    }  # fmt: skip
    assert set(left_out) == {"crowd/seed-1", "crowd-weighted/seed-1"}
    assert "trained on other labels, images or plans" in left_out["crowd/seed-1"]


def test_models_of_older_labels_are_kept_also_where_training_fails(
    planned: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They took days, and no one asked that they be deleted; they are not predicted with."""
    training = Training(preset="smoke", seeds=1)
    as_trained(planned, training)
    monkeypatch.setattr(metadata, "version", lambda name: VERSION)
    monkeypatch.setattr(training_step, "make_plans", lambda *_: Outcome("train-plan"))

    def train(job: TrainJob, progress: Progress) -> dict[str, list[float]]:
        if job.arm.name == "crowd":
            raise StudyError("no NVIDIA card was found")
        return {}

    monkeypatch.setattr(training_step, "start_training", lambda: train)
    train_models(planned, training, command="")
    crowd, reference = training_jobs(planned, training)
    crowd.checkpoint.write_bytes(b"of days")
    relabel(planned)
    outcomes = train_models(planned, training, command="")

    assert "no NVIDIA card" in outcomes[-1].failed["smoke/crowd/seed-0/fold-all"]
    (kept,) = planned.folder.rglob("*.old-*/fold_all/checkpoint_final.pth")
    assert kept.read_bytes() == b"of days"
    assert reference.checkpoint.is_file()
    trained, left_out = find_trained(planned, training, VERSION)
    assert [one.name for one in trained] == ["reference/seed-0"]
    assert left_out == {"crowd/seed-0": "fold all is not trained yet"}


def test_a_new_test_volume_leaves_models_as_they_are(planned: Study, tmp_path: Path) -> None:
    before = of_arm(planned, "crowd")
    volume, _, _ = make_phantom((36, 32, 14), spacing_mm=(10.0, 8.3, 13.0), seed=2)
    write_volume(volume.data, volume.grid, tmp_path / "nine.nii.gz")
    add_volumes(planned, [Source(tmp_path / "nine.nii.gz")], split=Split.TEST)
    plan(planned)

    assert of_arm(planned, "crowd") == before


def test_a_model_that_has_seen_the_patient_is_not_tested_on_him(
    planned: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever adds volumes to the test set later may say only then whose they are."""
    as_trained(planned, TRAINING)
    volume, _, _ = make_phantom((36, 32, 14), spacing_mm=(10.0, 8.3, 13.0), seed=2)
    write_volume(volume.data, volume.grid, tmp_path / "nine.nii.gz")
    add_volumes(planned, [Source(tmp_path / "nine.nii.gz")], split=Split.TEST)
    monkeypatch.setattr(metadata, "version", lambda name: VERSION)
    options = ExportOptions(patients={"one": "Q", "nine": "Q"})
    with pytest.raises(StudyError, match=r"models of crowd .* trained on: Q \(volumes nine, one"):
        predict_test(planned, dataclasses.replace(TRAINING, options=options), command="")


def test_other_images_of_the_test_volumes_are_predicted_anew(
    planned: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a further channel changed, of which the study keeps no copy."""
    volume, labels, _ = make_phantom((36, 32, 14), spacing_mm=(10.0, 8.3, 13.0), seed=2)
    for name in ("one", "two", "nine"):
        write_volume(volume.data, volume.grid, tmp_path / f"{name}.nii.gz")
    add_volumes(planned, [Source(tmp_path / "nine.nii.gz")], split=Split.TEST)
    training = Training(
        preset="smoke", seeds=1, options=ExportOptions(channels={"second": tmp_path})
    )
    plan(planned)
    as_trained(planned, training)

    def predict(job: PredictJob, progress: Progress) -> dict[str, Path]:
        write_labels(labels, job.folder / "nine.nii.gz")
        return {"nine": job.folder / "nine.nii.gz"}

    monkeypatch.setattr(metadata, "version", lambda name: VERSION)
    monkeypatch.setattr(predicting, "start_predicting", lambda: predict)
    both = ("crowd/seed-0", "reference/seed-0")
    assert predict_test(planned, training, command="")[0].done == both
    assert predict_test(planned, training, command="")[0].skipped == both
    write_volume(volume.data + 1, volume.grid, tmp_path / "nine.nii.gz")
    assert predict_test(planned, training, command="")[0].done == both
    told = json.loads(planned.path("results/predictions-crowd/seed-0/predictions.json").read_text())
    assert told["cases"] == ["one", "two"]
