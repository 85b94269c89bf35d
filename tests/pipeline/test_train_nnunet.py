"""The whole way with nnU-Net itself: killed, taken up again, predicted with by stock nnU-Net."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from manyhands.config import Config, make_structures
from manyhands.evaluation import score_volume
from manyhands.phantom import NAMES, make_phantom
from manyhands.pipeline import (
    Outcome,
    Source,
    add_volumes,
    compare_study,
    make_annotators,
    read_comparison,
    segment_volumes,
    simulate_answers,
)
from manyhands.pipeline.predict import predict_test
from manyhands.pipeline.train import train_models
from manyhands.pipeline.training_setup import Training
from manyhands.store import Study, create_study, find_runs, open_study
from manyhands.training import Workspace, make_arm
from manyhands.types import Split
from manyhands.volumes import read_labels, read_volume, write_labels, write_volume

pytest.importorskip("nnunetv2", reason="needs nnU-Net: the extra 'nnunet'")
pytestmark = pytest.mark.slow

LARGE = ("liver", "spleen")
TRAINING = Training(preset="smoke", seeds=1, device="cpu")
TEST = ("p4", "p5")

# Trains the crowd's arm, and is killed once an epoch is done.
PROGRAM = """
import sys
from pathlib import Path
from manyhands.pipeline.train import train_models
from manyhands.pipeline.training_setup import Training
from manyhands.store import open_study

def watch(share, unit):
    print(unit, flush=True)

if __name__ == "__main__":
    with open_study(Path(sys.argv[1])) as study:
        training = Training(labels=("crowd",), preset="smoke", seeds=1, device="cpu")
        train_models(study, training, command="", watch=watch)
"""


@dataclass(frozen=True)
class World:
    """A study whose models are trained, what the steps said, and what it took."""

    study: Study
    outcomes: dict[str, Outcome]
    cpu_s: float  # of this process and of those it started
    largest_mib: float  # the most that one of these held

    @property
    def space(self) -> Workspace:
        return Workspace(self.study.path("results/nnunet"), "smoke")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Six phantoms, four to train on; the first training is killed in the middle."""
    folder = tmp_path_factory.mktemp("smoke")
    study = create_study(folder / "study", Config(make_structures(NAMES)))
    for seed in range(6):
        volume, labels, _ = make_phantom((56, 44, 22), spacing_mm=(6.5, 6.0, 8.5), seed=seed)
        image, reference = folder / f"p{seed}.nii.gz", folder / f"p{seed}_label.nii.gz"
        write_volume(volume.data, volume.grid, image)
        write_labels(labels, reference)
        split = Split.TEST if f"p{seed}" in TEST else Split.TRAIN
        add_volumes(study, [Source(image, reference)], split=split)
    simulate_answers(study, make_annotators("careful", 2, seed=0), command="")
    segment_volumes(study, command="")
    study.close()

    began = cpu_s()
    kill_in_the_middle(folder / "study")
    with open_study(folder / "study") as study:
        before = dict(os.environ)
        with watching_children() as peak:
            outcomes = [
                *train_models(study, TRAINING, command="manyhands train"),
                *predict_test(study, TRAINING, command="manyhands predict"),
            ]
        assert dict(os.environ) == before
        by_step = {outcome.step: outcome for outcome in outcomes}
        yield World(study, by_step, cpu_s() - began, max(peak.mib))


def cpu_s() -> float:
    return sum(os.times()[:4])


@dataclass
class Peak:
    """The most memory that each process held, as far as it was seen."""

    mib: list[float]


@contextmanager
def watching_children() -> Iterator[Peak]:
    """Look at the processes that descend from this one, again and again.

    What the system adds up itself is of all that ever ran, other tests' processes among them.
    """
    peak, is_over = Peak([0.0]), threading.Event()

    def watch() -> None:
        while not is_over.wait(0.2):
            peak.mib.extend(peak_mib(pid) for pid in descendants(os.getpid()))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        is_over.set()
        thread.join()


def descendants(pid: int) -> Iterator[int]:
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = [int(child) for child in children.read_text().split()]
        except OSError:
            continue  # it has ended
        for child in found:
            yield child
            yield from descendants(child)


def peak_mib(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def kill_in_the_middle(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if "epoch 2 of" in line:
                child.kill()
                break


def test_a_killed_training_goes_on_from_its_checkpoint(world: World) -> None:
    log = world.space.log("train-crowd-seed-0-fold-all").read_text()

    assert "going on after epoch" in log
    assert ": Epoch 0 " not in log  # it was not begun anew
    losses = json.loads(
        world.study.path("results/training/smoke/crowd/seed-0/fold-all.json").read_text()
    )
    assert losses["epochs"] == len(losses["train_loss"]) == 4
    assert losses["train_loss"][-1] < losses["train_loss"][0]


def test_every_unit_is_noted_and_none_is_done_twice(world: World) -> None:
    assert world.outcomes["train"].failed == {}
    assert set(world.outcomes["train"].done) == {
        "smoke/crowd/seed-0/fold-all",
        "smoke/reference/seed-0/fold-all",
    }
    again = [
        *train_models(world.study, TRAINING, command=""),
        *predict_test(world.study, TRAINING, command=""),
    ]
    assert [outcome.done for outcome in again] == [()] * 5
    with world.study.reading() as connection:
        (run,) = [r for r in find_runs(connection, "predict") if r.unit == "crowd/seed-0"]
    assert run.provenance.command == "manyhands predict"
    assert "results/predictions-crowd/seed-0/p4.nii.gz" in run.outputs


def test_both_arms_have_one_plan_and_one_set_of_statistics(world: World) -> None:
    folders = [world.space.preprocessed_of(arm) for arm in TRAINING.arms]
    plans = [json.loads((folder / "nnUNetPlans.json").read_text()) for folder in folders]

    assert [plan.pop("dataset_name") for plan in plans] == [
        "Dataset501_crowd",
        "Dataset502_reference",
    ]
    assert plans[0] == plans[1]
    fingerprints = [(folder / "dataset_fingerprint.json").read_text() for folder in folders]
    assert fingerprints[0] == fingerprints[1]
    # Of organs with contrast: were ignored slices among them, there would be air.
    statistics = json.loads(fingerprints[0])["foreground_intensity_properties_per_channel"]["0"]
    assert statistics["percentile_00_5"] > -200


def test_it_takes_less_than_four_minutes_and_two_gigabytes(world: World) -> None:
    """Of the processor: by the clock it is less on two cores, and more where others work, too."""
    assert world.cpu_s < 240
    assert 100 < world.largest_mib < 2048


def test_large_structures_are_learned(world: World) -> None:
    for arm in ("crowd", "reference"):
        assert mean_dice(world.study, arm, LARGE) > 0.5


def mean_dice(study: Study, arm: str, structures: tuple[str, ...]) -> float:
    dice = [
        score.volume_dice or 0.0
        for name in TEST
        for score in score_volume(
            read_labels(study.path(f"volumes/{name}/reference.nii.gz")),
            read_labels(study.path(f"results/predictions-{arm}/{name}.nii.gz")),
            study.config.structures,
        )
        if score.structure in structures
    ]
    return float(np.mean(dice))


def test_predictions_lie_on_the_grid_of_their_image(world: World) -> None:
    for name in TEST:
        image = read_volume(world.study.path(f"volumes/{name}/image.nii.gz"))
        labels = read_labels(world.study.path(f"results/predictions-crowd/{name}.nii.gz"))
        np.testing.assert_array_equal(labels.grid.affine, image.grid.affine)
        assert set(np.unique(labels.data)) <= set(range(6))


def stock(world: World, program: str, *arguments: str) -> None:
    """One of nnU-Net's own programs."""
    environment = {
        **os.environ,
        **world.space.environment(make_arm("crowd", 0)),
        "nnUNet_preprocessed": str(world.study.folder / "stock"),
        "nnUNet_def_n_proc": "1",
        "nnUNet_n_proc_DA": "1",
    }
    path = Path(sys.executable).parent / program
    ran = subprocess.run(
        [str(path), *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_stock_nnunet_accepts_both_data_sets(world: World) -> None:
    stock(
        world,
        "nnUNetv2_plan_and_preprocess",
        *("-d", "501", "502", "--verify_dataset_integrity", "--no_pp", "-npfp", "1"),
    )
    for name in ("Dataset501_crowd", "Dataset502_reference"):
        assert (world.study.folder / "stock" / name / "nnUNetPlans.json").is_file()


def test_stock_nnunet_predicts_with_the_trained_folder(world: World) -> None:
    images = world.space.raw_of(make_arm("crowd", 0)) / "imagesTs"
    out = world.study.folder / "predicted"
    stock(
        world,
        "nnUNetv2_predict",
        *("-i", str(images), "-o", str(out), "-d", "501", "-c", "3d_fullres", "-f", "all"),
        *("-device", "cpu", "-npp", "1", "-nps", "1", "--disable_tta"),
    )
    for name in TEST:
        theirs = read_labels(out / f"{name}.nii.gz").data
        ours = read_labels(world.study.path(f"results/predictions-crowd/{name}.nii.gz")).data
        assert (theirs == ours).mean() > 0.999


def test_weights_are_an_arm_of_their_own_with_a_row_of_its_own(world: World) -> None:
    """Trained as well as the others, which stay as they are; then compared with them."""
    weighted = dataclasses.replace(TRAINING, weighted=True)
    *_, trained = train_models(world.study, weighted, command="")
    assert trained.done == ("smoke/crowd-weighted/seed-0/fold-all",)
    assert len(trained.skipped) == 2
    predicted, _ = predict_test(world.study, weighted, command="")
    assert (predicted.done, len(predicted.skipped)) == (("crowd-weighted/seed-0",), 2)

    assert mean_dice(world.study, "crowd-weighted", LARGE) > 0.5
    compare_study(world.study, command="")
    found = read_comparison(world.study)
    assert found is not None
    assert {test.arm for test in found.tests} == {"crowd", "crowd-weighted"}
    assert not [note for note in found.notes if "not trained" in note]
