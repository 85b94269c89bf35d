from __future__ import annotations

import hashlib
from pathlib import Path

from manyhands.store import copy_file, fingerprint, sha256_of


def test_sha256_is_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")

    assert sha256_of(tmp_path / "file") == hashlib.sha256(b"abc").hexdigest()


def test_fingerprint_is_of_the_content_and_not_of_its_order() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


def test_copies_are_readable_for_the_group_as_the_umask_has_it(tmp_path: Path) -> None:
    (tmp_path / "from").write_bytes(b"\x00\xff")
    copy_file(tmp_path / "from", tmp_path / "to")

    assert (tmp_path / "to").read_bytes() == b"\x00\xff"
    assert (tmp_path / "to").stat().st_mode == (tmp_path / "from").stat().st_mode
