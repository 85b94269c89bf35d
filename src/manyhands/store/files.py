"""Files as a study keeps them: known by their SHA-256, and never half-written under their name."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PART_SUFFIX = ".part"
"""Ends the names of files that are still being written; a killed process leaves them behind."""


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal. Raises `OSError` where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(content: Mapping[str, Any]) -> str:
    """SHA-256 of plain values; the order of the keys does not matter."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside `path` to write to, that takes its place at the end.

    Where the block raises, `path` stays as it was and the new file is removed. The folder is made
    if it is missing. Bytes are on the disk before the name changes, so that a power cut leaves the
    old file or the new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}{PART_SUFFIX}")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        # A disk that is full says so without saying for which file.
        if error.filename is None or Path(error.filename) == part:
            error.filename = str(path)
        part.unlink(missing_ok=True)
        raise
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write a whole text file in UTF-8, or leave what was there."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def copy_file(source: Path, target: Path) -> None:
    """Copy the bytes of `source`, or leave what was at `target`."""
    with replacing(target) as part:
        shutil.copyfile(source, part)
