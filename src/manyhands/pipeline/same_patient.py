"""Whose volumes these are: as somebody says, and as the voxels show."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from manyhands.errors import ConfigError, StudyError
from manyhands.store import Study, VolumeRecord
from manyhands.volumes import read_volume


def check_test_is_apart(
    study: Study, train: Sequence[VolumeRecord], test: Sequence[VolumeRecord]
) -> None:
    """Raise `StudyError` naming a training and a test volume with the same voxels.

    Only volumes of the same shape and spacing are read, so most often none is.
    """
    for tested in test:
        alike = [volume for volume in train if _measures(volume) == _measures(tested)]
        voxels = _voxel_hash(study, tested) if alike else ""
        for trained in alike:
            if _voxel_hash(study, trained) == voxels:
                raise StudyError(
                    f"test volume '{tested.name}' has the very voxels of training volume "
                    f"'{trained.name}': nobody can be trained and tested on the same patient"
                )


def _measures(volume: VolumeRecord) -> tuple[object, ...]:
    return volume.shape, tuple(round(length, 2) for length in volume.spacing_mm)


def _voxel_hash(study: Study, volume: VolumeRecord) -> str:
    data = read_volume(study.path(volume.image_path)).data
    return hashlib.sha256(data.tobytes()).hexdigest()


def read_patients(path: Path) -> dict[str, str]:
    """Volume -> patient, from lines `volume,patient`. Raises `ConfigError` naming a bad line."""
    patients: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        parts = [part.strip() for part in line.split(",")]
        if parts == [""] or (number == 1 and parts == ["volume", "patient"]):
            continue
        if len(parts) != 2 or not all(parts):
            raise ConfigError(f"{path}:{number}: expected 'volume,patient', found '{line}'")
        patients[parts[0]] = parts[1]
    return patients
