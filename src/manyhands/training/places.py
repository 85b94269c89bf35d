"""Where nnU-Net finds and leaves its files: folders as it names them itself.

FOLDER/raw/Dataset501_crowd/                     images, labels, dataset.json, splits_final.json
FOLDER/PRESET/preprocessed/Dataset501_crowd/     plans and what is made of them
FOLDER/PRESET/trained/seed-0/Dataset501_crowd/   nnU-Net's models
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FIRST_DATASET = 501  # nnU-Net's own examples end below 100; people's mostly below 500
TRAINER = "nnUNetTrainer"
CONFIGURATION = "3d_fullres"


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to label the training cases: its name, and the number of its data set.

    With `is_weighted`, each voxel counts by how far its label is to be trusted. An arm that shares
    its labels with another shares its data set too.
    """

    name: str
    dataset_id: int
    dataset: str
    is_weighted: bool = False

    @property
    def dataset_name(self) -> str:
        return f"Dataset{self.dataset_id:03d}_{self.dataset}"


def make_arm(name: str, number: int, *, labels: str | None = None, weighted: bool = False) -> Arm:
    """The arm whose labels have the `number`-th data set, counted from 0; `labels` names these."""
    return Arm(name, FIRST_DATASET + number, labels or name, weighted)


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of one preset."""

    folder: Path
    preset: str

    @property
    def raw(self) -> Path:
        return self.folder / "raw"

    @property
    def preprocessed(self) -> Path:
        return self.folder / self.preset / "preprocessed"

    def trained(self, arm: Arm, seed: int) -> Path:
        """What nnU-Net calls `nnUNet_results`; arms with the same data set must not share it."""
        return self.folder / self.preset / "trained" / f"{arm.name}-seed-{seed}"

    def predicted(self, arm: Arm, seed: int) -> Path:
        return self.folder / self.preset / "predicted" / f"{arm.name}-seed-{seed}"

    def raw_of(self, arm: Arm) -> Path:
        return self.raw / arm.dataset_name

    def preprocessed_of(self, arm: Arm) -> Path:
        return self.preprocessed / arm.dataset_name

    def model(self, arm: Arm, seed: int, plans_name: str) -> Path:
        """The folder that stock nnU-Net predicts with."""
        kind = f"{TRAINER}__{plans_name}__{CONFIGURATION}"
        return self.trained(arm, seed) / arm.dataset_name / kind

    def log(self, name: str) -> Path:
        """All that a process of nnU-Net said."""
        return self.folder / self.preset / "logs" / f"{name}.log"

    def environment(self, arm: Arm | None = None, seed: int = 0) -> dict[str, str]:
        """What nnU-Net reads from the environment of its process."""
        results = self.folder if arm is None else self.trained(arm, seed)
        return {
            "nnUNet_raw": str(self.raw.resolve()),
            "nnUNet_preprocessed": str(self.preprocessed.resolve()),
            "nnUNet_results": str(results.resolve()),
        }
