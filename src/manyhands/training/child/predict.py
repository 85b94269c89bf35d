"""Prediction with trained folds together, by nnU-Net's own predictor."""

from __future__ import annotations

from pathlib import Path

import torch
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

from manyhands.training.child import say


def run(
    *, model: str, folds: list[str], cases: dict[str, list[str]], to: str, device: str, threads: int
) -> None:
    """Label the images (case -> a file a channel) and write `CASE.nii.gz` into `to`."""
    torch.set_num_threads(threads)
    predictor = nnUNetPredictor(device=torch.device(device), allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(model, tuple(folds), "checkpoint_final.pth")
    predictor.use_mirroring = predictor.allowed_mirroring_axes is not None
    Path(to).mkdir(parents=True, exist_ok=True)
    for number, (case, images) in enumerate(cases.items()):
        say(f"predicting {number} of {len(cases)}")
        predictor.predict_from_files_sequential([images], [str(Path(to, case))])
