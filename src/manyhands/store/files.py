"""Files as a study keeps them: known by their SHA-256."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from manyhands.files import replacing


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal. Raises `OSError` where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(content: Mapping[str, Any]) -> str:
    """SHA-256 of plain values; the order of the keys does not matter."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def copy_file(source: Path, target: Path) -> None:
    """Copy the bytes of `source`, or leave what was at `target`."""
    with replacing(target) as part:
        shutil.copyfile(source, part)
