"""Two small phantoms as files, and a study of the first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from manyhands.config import Config, make_structures
from manyhands.phantom import NAMES, make_phantom
from manyhands.pipeline import Source, add_volumes
from manyhands.store import Study, create_study
from manyhands.volumes import write_labels, write_volume


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Source]:
    """`one` and `two`: 40 x 32 x 14 voxels, five structures."""
    folder = tmp_path_factory.mktemp("phantoms")
    made = []
    for seed, name in enumerate(("one", "two")):
        volume, labels, _ = make_phantom((40, 32, 14), spacing_mm=(9.0, 8.0, 13.0), seed=seed)
        image, reference = folder / f"{name}.nii.gz", folder / f"{name}_label.nii.gz"
        write_volume(volume.data, volume.grid, image)
        write_labels(labels, reference)
        made.append(Source(image, reference))
    return made[0], made[1]


@pytest.fixture
def empty_study(tmp_path: Path) -> Iterator[Study]:
    with create_study(tmp_path / "study", Config(make_structures(NAMES))) as study:
        yield study


@pytest.fixture
def study(empty_study: Study, sources: tuple[Source, Source]) -> Study:
    """With volume `one` and its reference; nobody has answered yet."""
    add_volumes(empty_study, sources[:1])
    return empty_study
