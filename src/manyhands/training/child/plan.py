"""Fingerprint, plan and preprocessing: one plan, found on the first data set, for all of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nnunetv2
import numpy as np
from batchgenerators.utilities.file_and_folder_operations import save_json
from nnunetv2.experiment_planning.dataset_fingerprint.fingerprint_extractor import (
    DatasetFingerprintExtractor,
)
from nnunetv2.experiment_planning.experiment_planners.default_experiment_planner import (
    ExperimentPlanner,
)
from nnunetv2.experiment_planning.plan_and_preprocess_api import (
    plan_experiment_dataset,
    preprocess_dataset,
)
from nnunetv2.imageio.reader_writer_registry import determine_reader_writer_from_dataset_json
from nnunetv2.paths import nnUNet_raw
from nnunetv2.preprocessing.cropping.cropping import crop_to_nonzero
from nnunetv2.utilities.find_class_by_name import recursive_find_python_class

from manyhands.training.child import say
from manyhands.training.child.weights import preprocess_weights
from manyhands.training.places import CONFIGURATION
from manyhands.training.presets import SMALL_PLANNER

SAMPLES_PER_CASE = 1_000_000
"""Intensities drawn for the statistics. nnU-Net draws 100 million however small a data set is."""


class SmallPlanner(ExperimentPlanner):  # type: ignore[misc]
    """nnU-Net's planner for a network that a processor trains in minutes.

    Narrow, one convolution a stage, and voxels so coarse that the median volume has no more than
    `LARGEST_SHAPE`: a small network sees enough of a coarse picture, and nothing of a fine one.
    """

    LARGEST_SHAPE = 64
    LARGEST_DEPTH = 32  # along the coarsest axis

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.UNet_base_num_features = 8
        self.UNet_max_features_3d = 32
        self.UNet_blocks_per_stage_encoder = (1,) * 14
        self.UNet_blocks_per_stage_decoder = (1,) * 13
        self.UNet_reference_val_3d = 1_500_000  # so that a step takes a tenth of a second

    def determine_fullres_target_spacing(self) -> Any:
        spacing_mm = super().determine_fullres_target_spacing()
        of_file_mm = np.vstack(self.dataset_fingerprint["spacings"])
        shapes = np.vstack(self.dataset_fingerprint["shapes_after_crop"])
        extent_mm = np.median(of_file_mm * shapes, axis=0)
        largest = np.full(3, self.LARGEST_SHAPE)
        largest[int(np.argmax(spacing_mm))] = self.LARGEST_DEPTH
        return np.maximum(spacing_mm, extent_mm / largest)


class Fingerprint(DatasetFingerprintExtractor):  # type: ignore[misc]
    """nnU-Net's fingerprint without the voxels that nobody looked at.

    nnU-Net takes every label above 0 for foreground, and *ignore* is the highest: whole slices of
    air and table would go into the intensities that CT is normalised with.
    """

    def run(self, overwrite_existing: bool = True) -> dict[str, Any]:
        ignore = self.dataset_json["labels"].get("ignore")
        first = next(iter(self.dataset.values()))["images"][0]
        reader = determine_reader_writer_from_dataset_json(self.dataset_json, first)()
        found = [self._of_case(reader, case, ignore) for case in self.dataset.values()]
        intensities = [
            np.concatenate(channel) for channel in zip(*(f[2] for f in found), strict=True)
        ]
        return {
            "spacings": [f[0] for f in found],
            "shapes_after_crop": [f[1] for f in found],
            "foreground_intensity_properties_per_channel": {
                str(channel): _statistics(values) for channel, values in enumerate(intensities)
            },
            "median_relative_size_after_cropping": float(np.median([f[3] for f in found])),
        }

    def _of_case(self, reader: Any, case: dict[str, Any], ignore: int | None) -> tuple[Any, ...]:
        images, properties = reader.read_images(case["images"])
        labels, _ = reader.read_seg(case["label"])
        if ignore is not None:
            labels = np.where(labels == ignore, 0, labels)
        cropped, labels, _ = crop_to_nonzero(images, labels)
        values, _ = self.collect_foreground_intensities(
            labels, cropped, num_samples=min(SAMPLES_PER_CASE, max(1, int((labels > 0).sum())))
        )
        share = float(np.prod(cropped.shape[1:]) / np.prod(images.shape[1:]))
        return list(properties["spacing"]), list(cropped.shape[1:]), values, share


def _statistics(values: Any) -> dict[str, float]:
    low, median, high = np.percentile(values, (0.5, 50.0, 99.5))
    return {
        "mean": float(np.mean(values)),
        "median": float(median),
        "std": float(np.std(values)),
        "min": float(np.min(values)),
        "max": float(np.max(values)),
        "percentile_00_5": float(low),
        "percentile_99_5": float(high),
    }


def run(
    *,
    preprocessed: str,
    datasets: dict[str, int],
    planner: str,
    processes: int,
    weights: dict[str, dict[str, str]],
) -> None:
    """Plan on the first of the `datasets` (name -> number), preprocess all of them alike.

    `weights` are, for some of the data sets, a file per case.
    """
    first, *others = datasets
    folder = Path(preprocessed)
    (folder / first).mkdir(parents=True, exist_ok=True)
    content = Fingerprint(first).run()
    save_json(content, str(folder / first / "dataset_fingerprint.json"))
    _, plans_name = plan_experiment_dataset(datasets[first], _find_planner(planner))
    for other in others:
        _share_plan(folder / first, folder / other, plans_name)
    for number, dataset_id in enumerate(datasets.values()):
        say(f"preprocessing {number} of {len(datasets)}")
        preprocess_dataset(
            dataset_id, plans_name, [CONFIGURATION], [processes], show_progress_bar=False
        )
    for dataset, of_cases in weights.items():
        preprocess_weights(folder / dataset, plans_name, of_cases)
    say(f"plans {plans_name}")


def _find_planner(name: str) -> Any:
    if name == SMALL_PLANNER:
        return SmallPlanner
    folder = str(Path(nnunetv2.__path__[0], "experiment_planning"))
    return recursive_find_python_class(folder, name, "nnunetv2.experiment_planning")


def _share_plan(source: Path, target: Path, plans_name: str) -> None:
    """The same plan and the same statistics for another data set: only its name differs."""
    target.mkdir(parents=True, exist_ok=True)
    plans = json.loads((source / f"{plans_name}.json").read_text(encoding="utf-8"))
    plans["dataset_name"] = target.name
    save_json(plans, str(target / f"{plans_name}.json"), sort_keys=False)
    for name in ("dataset_fingerprint.json", "splits_final.json"):
        shutil.copyfile(source / name, target / name)
    shutil.copyfile(Path(str(nnUNet_raw), target.name, "dataset.json"), target / "dataset.json")
