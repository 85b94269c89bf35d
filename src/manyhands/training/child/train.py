"""One training: nnU-Net's own trainer, shorter where a preset says so, that survives a kill."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from nnunetv2.training.lr_scheduler.polylr import PolyLRScheduler
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from manyhands.training.child import say
from manyhands.training.child.weights import Weighted
from manyhands.training.places import CONFIGURATION, TRAINER
from manyhands.training.presets import Preset, find_preset


class Trainer(nnUNetTrainer):  # type: ignore[misc]
    """nnU-Net's trainer at the length of `preset`; the network is as planned.

    It goes by nnU-Net's own name, in folders and checkpoints: the network is the same, so every
    installation of nnU-Net can predict with it.
    """

    preset: Preset

    # nnU-Net reads the names of these arguments.
    def __init__(
        self,
        plans: dict[str, Any],
        configuration: str,
        fold: int | str,
        dataset_json: dict[str, Any],
        device: torch.device = torch.device("cpu"),  # noqa: B008
    ) -> None:
        super().__init__(plans, configuration, fold, dataset_json, device)
        self.num_epochs = self.preset.epochs
        self.num_iterations_per_epoch = self.preset.iterations
        self.num_val_iterations_per_epoch = self.preset.validation_iterations
        self.save_every = self.preset.save_every
        if self.preset.learning_rate is not None:
            self.initial_lr = self.preset.learning_rate
        if self.preset.foreground_share is not None:
            self.oversample_foreground_percent = self.preset.foreground_share

    def configure_optimizers(self) -> Any:
        if self.preset.learning_rate is None:
            return super().configure_optimizers()
        optimizer = torch.optim.AdamW(self.network.parameters(), self.initial_lr)
        return optimizer, PolyLRScheduler(optimizer, self.initial_lr, self.num_epochs)

    def configure_rotation_dummyDA_mirroring_and_inital_patch_size(self) -> Any:  # noqa: N802
        if self.preset.augments:
            return super().configure_rotation_dummyDA_mirroring_and_inital_patch_size()
        self.inference_allowed_mirroring_axes = None
        return 0, False, self.configuration_manager.patch_size, None

    def get_training_transforms(self, *args: Any, **settings: Any) -> Any:
        if self.preset.augments:
            return super().get_training_transforms(*args, **settings)
        scales = args[2]
        settings.pop("use_mask_for_norm", None)
        return self.get_validation_transforms(scales, **settings)

    def plot_network_architecture(self) -> None:
        """A picture of the network, for which a package is missing that nobody else needs."""

    def save_checkpoint(self, filename: str) -> None:
        """A kill, or a full disk, while this is being written must not cost the one before it."""
        whole = Path(filename)
        part = whole.with_name(f".{whole.name}.part")
        try:
            super().save_checkpoint(str(part))
            part.replace(whole)
        finally:
            part.unlink(missing_ok=True)


class WeightedTrainer(Weighted, Trainer):
    """The same where each voxel counts by how far its label is to be trusted."""


# Folders and checkpoints are called after the class.
Trainer.__name__ = WeightedTrainer.__name__ = TRAINER


def run(
    *,
    preprocessed: str,
    plans_name: str,
    fold: str,
    seed: int,
    preset: str,
    device: str,
    threads: int,
    is_weighted: bool,
) -> None:
    """Train one fold of the data set in `preprocessed`, or go on where a kill stopped it."""
    _seed_everything(seed)
    torch.set_num_threads(threads)
    folder = Path(preprocessed)
    plans = json.loads((folder / f"{plans_name}.json").read_text(encoding="utf-8"))
    dataset = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    kind = WeightedTrainer if is_weighted else Trainer
    Trainer.preset = find_preset(preset)
    which = fold if fold == "all" else int(fold)
    trainer = kind(
        {**plans, "continue_training": False}, CONFIGURATION, which, dataset, torch.device(device)
    )
    latest = Path(trainer.output_folder, "checkpoint_latest.pth")
    if latest.is_file():
        trainer.load_checkpoint(str(latest))
        _seed_everything(seed + trainer.current_epoch)  # not the batches of the beginning again
        say(f"going on after epoch {trainer.current_epoch}")
    trainer.run_training()


def _seed_everything(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - nnU-Net draws from numpy's global generator
    torch.manual_seed(seed)
