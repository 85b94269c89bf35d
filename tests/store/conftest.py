"""A study of one volume (10 slices), two structures and one annotator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from manyhands.config import Config, make_structures
from manyhands.store import Study, VolumeRecord, create_study, insert_annotator, insert_volume
from manyhands.types import Annotator, Modality


@pytest.fixture
def volume() -> VolumeRecord:
    return VolumeRecord(
        name="case01",
        image_path="volumes/case01.nii.gz",
        image_sha256="a" * 64,
        shape=(8, 9, 10),
        spacing_mm=(1.0, 1.25, 7.7),
        modality=Modality.MR,
    )


@pytest.fixture
def ann() -> Annotator:
    return Annotator("b7d3a4f0-0000-4000-8000-000000000001", "ann")


@pytest.fixture
def study(tmp_path: Path, volume: VolumeRecord, ann: Annotator) -> Iterator[Study]:
    config = Config(structures=make_structures(("liver", "spleen")))
    with create_study(tmp_path / "study", config) as made:
        with made.writing() as connection:
            insert_volume(connection, volume)
            insert_annotator(connection, ann)
        yield made
