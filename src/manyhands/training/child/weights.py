"""Voxels that count by how far their label is to be trusted: weights beside nnU-Net's cases.

The weight goes with the labels as a second channel of them, so that nnU-Net's own transforms carry
it through rotation, scaling and deep supervision. What they fill in at the rim has weight 0.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as functional
from nnunetv2.paths import nnUNet_raw
from nnunetv2.training.dataloading.nnunet_dataset import nnUNetDatasetBlosc2
from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
from nnunetv2.utilities.helpers import softmax_helper_dim1
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager
from nnunetv2.utilities.utils import get_filenames_of_train_images_and_targets

from manyhands.training.places import CONFIGURATION

STEPS = 10
"""Weights are whole numbers, 0 to this."""
ENDING = "_weight.npy"  # nnU-Net passes over these


def preprocess_weights(folder: Path, plans_name: str, files: dict[str, str]) -> None:
    """Bring a weight volume per case onto the grid of the preprocessed labels, and keep it there.

    nnU-Net's own preprocessing does it, with the weights in the place of labels.
    """
    plans = PlansManager(str(folder / f"{plans_name}.json"))
    configuration = plans.get_configuration(CONFIGURATION)
    preprocessor = configuration.preprocessor_class(verbose=False)
    reader = plans.image_reader_writer_class()
    raw = str(Path(str(nnUNet_raw), folder.name))
    dataset = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    images = get_filenames_of_train_images_and_targets(raw, dataset)
    for case, path in files.items():
        values, properties = reader.read_images(images[case]["images"])
        weights, _ = reader.read_seg(path)
        _, resampled, _ = preprocessor.run_case_npy(
            values, weights, properties, plans, configuration, dataset
        )
        target = folder / configuration.data_identifier / f"{case}{ENDING}"
        np.save(target, np.maximum(resampled, 0).astype(np.int8))


class WeightedDataset(nnUNetDatasetBlosc2):  # type: ignore[misc]
    """nnU-Net's cases, the weights behind the labels as a second channel."""

    def load_case(self, identifier: str) -> Any:
        data, labels, previous, properties = super().load_case(identifier)
        weights = np.load(Path(self.source_folder, f"{identifier}{ENDING}"))
        return data, np.vstack([labels[:], weights.astype(labels.dtype)]), previous, properties


class WeightedLoss(torch.nn.Module):  # type: ignore[misc]
    """nnU-Net's loss, cross entropy and Dice, each voxel counted by its weight.

    Of targets (batch, 1 or 2, ...): labels, then weights; without these all known voxels count 1.
    """

    def __init__(self, *, batch_dice: bool, ignore_label: int | None) -> None:
        super().__init__()
        self.ignore_label = ignore_label
        self.dice = MemoryEfficientSoftDiceLoss(
            apply_nonlin=softmax_helper_dim1,
            batch_dice=batch_dice,
            do_bg=False,
            smooth=1e-5,
            ddp=False,
        )

    def forward(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        labels = target[:, :1]
        is_known = labels != (-1 if self.ignore_label is None else self.ignore_label)
        weight = is_known.float()
        if target.shape[1] > 1:
            weight = weight * target[:, 1:2].float() / STEPS
        labels = torch.where(is_known, labels, 0)
        of_voxels = functional.cross_entropy(output, labels[:, 0].long(), reduction="none")
        entropy = (of_voxels * weight[:, 0]).sum() / weight.sum().clamp_min(1.0)
        return entropy + self.dice(output, labels, loss_mask=weight)


class Weighted:
    """For a trainer of nnU-Net: the weights are loaded, and the loss knows of them."""

    def initialize(self) -> None:
        super().initialize()  # type: ignore[misc]
        self.dataset_class = WeightedDataset

    def _build_loss(self) -> Any:
        loss = super()._build_loss()  # type: ignore[misc]
        weighted = WeightedLoss(
            batch_dice=self.configuration_manager.batch_dice,  # type: ignore[attr-defined]
            ignore_label=self.label_manager.ignore_label,  # type: ignore[attr-defined]
        )
        if not isinstance(loss, DeepSupervisionWrapper):
            return weighted
        loss.loss = weighted
        return loss

    def validation_step(self, batch: dict[str, Any]) -> Any:
        """nnU-Net's own, which knows labels only."""
        target = batch["target"]
        if isinstance(target, list):
            labels: Any = [of_scale[:, :1] for of_scale in target]
        else:
            labels = target[:, :1]
        return super().validation_step({**batch, "target": labels})  # type: ignore[misc]
