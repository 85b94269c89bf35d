"""A file is there whole, or as it was before."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from manyhands.files import replacing, write_text


def test_the_name_is_taken_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"

    with replacing(path) as part:
        part.write_bytes(b"new")
        assert not path.exists()

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt, OSError])
def test_a_failure_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, stop: type[BaseException]
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def write_half() -> None:
        with replacing(path) as part:
            part.write_bytes(b"ne")
            raise stop

    with pytest.raises(stop):
        write_half()

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_with_the_name_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "text"

    with pytest.raises(OSError, match=r"No space left on device: '.*/text'$"), replacing(path):
        Path("/dev/full").write_text("x")


def test_the_file_has_the_usual_rights(tmp_path: Path) -> None:
    """Not those of a private temporary file: others in a group read the results."""
    (tmp_path / "usual").touch()
    write_text(tmp_path / "ours", "")

    usual, ours = (stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", "ours"))

    assert ours == usual


def test_text_replaces_the_whole_file_and_makes_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "text"
    write_text(path, "long before\n")
    write_text(path, "é\n")

    assert path.read_bytes() == "é\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_text_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "text"
    write_text(path, "old")

    with pytest.raises(UnicodeEncodeError):
        write_text(path, "half of the n\udcff")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
