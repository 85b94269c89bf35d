"""The real volumes that are benchmarked, where they are found."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from manyhands.types import Labels, Volume
from manyhands.volumes import check_same_grid, read_labels, read_volume

NAMES = {1: "liver", 2: "spleen", 3: "kidney_left", 4: "kidney_right", 5: "aorta"}
PARTNERS = {3: 4, 4: 3}

# Whatever is tuned is tuned on training cases alone.
GROUPS: dict[str, tuple[str, ...]] = {
    "MR test": tuple(f"abdomen_mr/case{n}" for n in ("21", "34", "37", "38")),
    "MR training": tuple(
        f"abdomen_mr/case{n}"
        for n in ("01", "02", "03", "05", "08", "10", "13", "19", "20", "22", "31", "33")
    ),
    "CT 01": ("abdomen_ct/case01",),
    "CT 02": ("abdomen_ct/case02",),
    "CT 03": ("abdomen_ct/case03",),
}


@dataclass(frozen=True)
class Case:
    """One volume with its reference; `structures` are the ids that the reference has."""

    name: str
    volume: Volume
    reference: Labels

    @property
    def structures(self) -> tuple[int, ...]:
        present = set(np.unique(self.reference.data).tolist())
        return tuple(structure_id for structure_id in NAMES if structure_id in present)


def data_folder() -> Path:
    """The folder of the real volumes. Ends the program, saying why, where there is none."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MANYHANDS_DATA", beside))
    if not folder.is_dir():
        raise SystemExit(f"no real volumes in {folder}; MANYHANDS_DATA names another folder")
    return folder


def load_case(name: str) -> Case:
    image, labels = (data_folder() / f"{name}_{kind}.nii.gz" for kind in ("image", "label"))
    volume, reference = read_volume(image), read_labels(labels)
    check_same_grid(reference, volume.grid)
    return Case(name, volume, reference)
