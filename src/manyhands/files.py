"""Files that are there whole, or as they were before: nobody ever reads half of one."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PART_SUFFIX = ".part"
"""Ends the names of files that are still being written; a killed process leaves them behind."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside `path` to write to, that takes its place at the end.

    Where the block raises, `path` stays as it was and the new file is removed. The folder is made
    if it is missing. Bytes are on the disk before the name changes, so that a power cut leaves the
    old file or the new one. Raises `OSError` naming `path` where the disk does not take it.
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
    """Write a whole text file in UTF-8, the same bytes on every system, or leave what was there."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
