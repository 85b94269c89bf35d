"""A file is there whole, or as it was before."""

from __future__ import annotations

import resource
import stat
from pathlib import Path

import numpy as np
import pytest

from manyhands.errors import VolumeError
from manyhands.geometry import grid_of_source
from manyhands.volumes import write_volume
from manyhands.volumes.atomic import open_atomically


def test_the_name_is_taken_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    with open_atomically(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_what_was_there(tmp_path: Path, stop: type[BaseException]) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def write_half() -> None:
        with open_atomically(path) as file:
            file.write(b"ne")
            raise stop

    with pytest.raises(stop):
        write_half()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_has_the_usual_rights(tmp_path: Path) -> None:
    """Not those of a private temporary file: others in a group read the results."""
    (tmp_path / "usual").touch()
    with open_atomically(tmp_path / "ours"):
        pass
    usual, ours = (stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", "ours"))
    assert ours == usual


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    """The system's limit on the size of a file stands for the disk: its error comes as late."""
    data = np.random.default_rng(0).random((32, 32, 32), dtype=np.float32)
    grid = grid_of_source(data.shape, np.eye(4))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    try:
        with pytest.raises(VolumeError, match=r"full\.nii\.gz: could not be written: File too"):
            write_volume(data, grid, tmp_path / "full.nii.gz")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
