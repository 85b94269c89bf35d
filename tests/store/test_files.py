from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from manyhands.store import copy_file, fingerprint, replacing, sha256_of, write_text


def test_sha256_is_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")

    assert sha256_of(tmp_path / "file") == hashlib.sha256(b"abc").hexdigest()


def test_fingerprint_is_of_the_content_and_not_of_its_order() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


def test_write_text_replaces_the_whole_file_and_makes_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "text"
    write_text(path, "long before\n")
    write_text(path, "é")

    assert path.read_bytes() == "é".encode()
    assert list(path.parent.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "text"
    write_text(path, "old")

    with pytest.raises(UnicodeEncodeError), replacing(path) as part:
        part.write_text("half of the n\udcff", encoding="utf-8")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_with_the_name_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "text"

    with pytest.raises(OSError, match=r"No space left on device: '.*/text'$"), replacing(path):
        Path("/dev/full").write_text("x")


def test_copies_are_readable_for_the_group_as_the_umask_has_it(tmp_path: Path) -> None:
    (tmp_path / "from").write_bytes(b"\x00\xff")
    copy_file(tmp_path / "from", tmp_path / "to")

    assert (tmp_path / "to").read_bytes() == b"\x00\xff"
    assert (tmp_path / "to").stat().st_mode == (tmp_path / "from").stat().st_mode
