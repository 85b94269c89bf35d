"""A small phantom as files, and the program as one calls it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from manyhands.cli import main
from manyhands.phantom import NAMES, make_phantom
from manyhands.volumes import write_labels, write_volume

Call = Callable[..., Result]


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Image `one.nii.gz` and its reference: 40 x 32 x 14 voxels, five structures."""
    folder = tmp_path_factory.mktemp("phantom")
    volume, labels, _ = make_phantom((40, 32, 14), spacing_mm=(9.0, 8.0, 13.0))
    write_volume(volume.data, volume.grid, folder / "one.nii.gz")
    write_labels(labels, folder / "one_label.nii.gz")
    return folder / "one.nii.gz", folder / "one_label.nii.gz"


@pytest.fixture
def call() -> Call:
    """Run the program with these arguments; the exit code must be as `expect` says."""

    def invoke(*arguments: object, expect: int = 0) -> Result:
        result = CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)
        assert result.exit_code == expect, result.output
        return result

    return invoke


@pytest.fixture
def study(tmp_path: Path, call: Call, files: tuple[Path, Path]) -> Path:
    """A study of the phantom; nobody has answered yet."""
    call("init", tmp_path / "study", "--structures", ",".join(NAMES))
    call("add", tmp_path / "study", files[0], "--reference", files[1])
    return tmp_path / "study"
