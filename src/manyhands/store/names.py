"""Names that become names of files: of volumes and of annotators."""

from __future__ import annotations

import re

from manyhands.errors import InputError

_NAME = re.compile(r"\w[\w .+-]{0,62}\w|\w")


def check_name(name: str, what: str) -> str:
    """The name itself, if files may be called after it on any system; else `InputError`."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{what} '{name}': use 1 to 64 letters, digits, '_', '-', '.', '+' and spaces, "
            "with a letter or digit first and last"
        )
    return name
