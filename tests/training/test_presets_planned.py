"""Each preset as far as a processor goes: planned, trainer and network made, nothing trained."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from manyhands.training import PRESETS, Workspace

pytest.importorskip("nnunetv2", reason="needs nnU-Net: the extra 'nnunet'")
pytestmark = pytest.mark.slow  # of the processor ten seconds, but nnU-Net is loaded for them

DATASET = "Dataset501_crowd"

# In a process of its own, as nnU-Net reads its environment.
PROGRAM = """
import json, sys
from pathlib import Path
import torch
from batchgenerators.utilities.file_and_folder_operations import save_json
from nnunetv2.experiment_planning.plan_and_preprocess_api import plan_experiment_dataset
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer
from manyhands.training.child import plan, train
from manyhands.training.presets import PRESETS

TOLD = (
    "num_epochs", "num_iterations_per_epoch", "num_val_iterations_per_epoch", "initial_lr",
    "weight_decay", "oversample_foreground_percent",
)

def describe(trainer):
    torch.manual_seed(0)
    trainer.initialize()
    schedule = trainer.lr_scheduler
    for epoch in (0, trainer.num_epochs // 2):
        schedule.step(epoch)
    return {
        **{name: getattr(trainer, name) for name in TOLD},
        "network": type(trainer.network).__name__,
        "weights": sum(p.numel() for p in trainer.network.parameters()),
        "loss": type(trainer.loss.loss).__name__,
        "optimizer": type(trainer.optimizer).__name__,
        "rate half way": trainer.optimizer.param_groups[0]["lr"],
        "mirrors": trainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size()[3],
        "transforms": len(trainer.get_training_transforms(
            trainer.configuration_manager.patch_size, (0, 0), None, None, False
        ).transforms),
    }

name, preprocessed = sys.argv[1], Path(sys.argv[2])
folder = preprocessed / name
folder.mkdir(parents=True)
save_json(plan.Fingerprint(name).run(), str(folder / "dataset_fingerprint.json"))
dataset = json.loads((Path(sys.argv[3]) / name / "dataset.json").read_text())
found = {}
for preset, row in PRESETS.items():
    _, plans_name = plan_experiment_dataset(501, plan._find_planner(row.planner))
    plans = json.loads((folder / f"{plans_name}.json").read_text())
    (folder / plans["configurations"]["3d_fullres"]["data_identifier"]).mkdir(exist_ok=True)
    (folder / plans["configurations"]["3d_fullres"]["data_identifier"] / "a.b2nd").touch()
    train.Trainer.preset = row
    made = [
        describe(kind({**plans, "continue_training": False}, "3d_fullres", "all", dataset,
                      torch.device("cpu")))
        for kind in (train.Trainer, nnUNetTrainer)
    ]
    found[preset] = {"plans": plans_name, "ours": made[0], "stock": made[1]}
print("FOUND", json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Of each preset: the name of its plans, what our trainer is, and what nnU-Net's own would be,
    planned on a volume of 24 x 32 x 32 voxels with one structure.
    """
    folder = tmp_path_factory.mktemp("presets")
    space = Workspace(folder, "paper")
    raw = space.raw / DATASET
    labels = np.zeros((24, 32, 32), np.uint8)
    labels[6:18, 8:24, 8:24] = 1
    image = np.random.default_rng(0).normal(size=labels.shape).astype(np.float32)
    for kind, name, data in (("imagesTr", "a_0000", image), ("labelsTr", "a", labels)):
        (raw / kind).mkdir(parents=True)
        nib.Nifti1Image(data, np.diag((2, 2, 2, 1))).to_filename(raw / kind / f"{name}.nii.gz")
    told = {"channel_names": {"0": "CT"}, "labels": {"background": 0, "liver": 1},
            "numTraining": 1, "file_ending": ".nii.gz"}  # fmt: skip
    (raw / "dataset.json").write_text(json.dumps(told))
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, DATASET, str(space.preprocessed), str(space.raw)],
        env={**os.environ, **space.environment(), "nnUNet_def_n_proc": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    line = next(line for line in ran.stdout.splitlines() if line.startswith("FOUND "))
    content: dict[str, dict[str, Any]] = json.loads(line.removeprefix("FOUND "))
    return content


@pytest.mark.parametrize("preset", ["paper", "resenc-m"])
def test_long_presets_are_nnunet_as_published(
    preset: str, found: dict[str, dict[str, Any]]
) -> None:
    """1000 epochs of 250 steps, and all else as in nnU-Net's own trainer on the same plan."""
    assert found[preset]["ours"] == found[preset]["stock"]
    assert found[preset]["ours"]["num_epochs"] == 1000
    assert found[preset]["ours"]["num_iterations_per_epoch"] == 250


def test_fast_is_nnunet_only_shorter(found: dict[str, dict[str, Any]]) -> None:
    ours, stock = found["fast"]["ours"], found["fast"]["stock"]
    differs = {key for key in ours if ours[key] != stock[key]}

    assert differs == {"num_epochs", "num_val_iterations_per_epoch"}
    assert ours["rate half way"] == pytest.approx(stock["rate half way"])  # half of each its own


def test_presets_have_the_networks_that_they_are_named_after(
    found: dict[str, dict[str, Any]],
) -> None:
    networks = {name: (of["plans"], of["ours"]["network"]) for name, of in found.items()}

    assert networks == {
        "paper": ("nnUNetPlans", "PlainConvUNet"),
        "fast": ("nnUNetPlans", "PlainConvUNet"),
        "resenc-m": ("nnUNetResEncUNetMPlans", "ResidualEncoderUNet"),
        "smoke": ("nnUNetPlans", "PlainConvUNet"),
    }
    assert found["smoke"]["ours"]["weights"] < 0.1 * found["paper"]["ours"]["weights"]


def test_smoke_is_what_its_row_says(found: dict[str, dict[str, Any]]) -> None:
    ours, row = found["smoke"]["ours"], PRESETS["smoke"]

    assert (ours["num_epochs"], ours["num_iterations_per_epoch"]) == (row.epochs, row.iterations)
    assert (ours["optimizer"], ours["initial_lr"]) == ("AdamW", row.learning_rate)
    assert ours["oversample_foreground_percent"] == row.foreground_share
    assert ours["mirrors"] is None
    assert ours["transforms"] < found["paper"]["ours"]["transforms"]
