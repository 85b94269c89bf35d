"""Files that appear under their name only when they are whole."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def open_atomically(path: Path) -> Iterator[BinaryIO]:
    """A binary file to write, which takes the name `path` when the block ends.

    Until then it lies in the same folder under a hidden name ending in `.part`. If the block fails,
    it is removed and what was at `path` before stays as it was. Raises `OSError` as `open` does.
    """
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)  # noqa: PTH105 - the call whose promise we rely on
    except BaseException:
        part.unlink(missing_ok=True)
        raise
