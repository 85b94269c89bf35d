"""Volumes in and out: one module a format. Inside all is RAS+, outside it is as the file was."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from manyhands.errors import VolumeError
from manyhands.types import Modality, Reader, Volume
from manyhands.volumes.checks import check_label_ids, check_same_grid
from manyhands.volumes.nifti import read_labels, read_nifti, write_labels, write_volume
from manyhands.volumes.windows import CT_WINDOWS, apply_window, default_window, mr_window

__all__ = [
    "CT_WINDOWS",
    "READERS",
    "apply_window",
    "check_label_ids",
    "check_same_grid",
    "default_window",
    "mr_window",
    "read_labels",
    "read_volume",
    "write_labels",
    "write_volume",
]

READERS: dict[str, Reader] = {
    ".nii": read_nifti,
    ".nii.gz": read_nifti,
}
"""Who reads a file, by how its name ends."""


def read_volume(path: Path, *, modality: Modality | None = None) -> Volume:
    """Read the image at `path`: (i, j, k) float32 in RAS+ order, C-contiguous.

    `modality` overrules what the reader finds out by itself. Raises `VolumeError` naming the file
    and what is wrong with it.
    """
    for suffix, read in READERS.items():
        if path.name.lower().endswith(suffix):
            volume = read(path)
            return dataclasses.replace(volume, modality=modality) if modality else volume
    raise VolumeError(f"{path}: no reader for this kind of file; known are {', '.join(READERS)}")
