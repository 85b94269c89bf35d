"""What most people call after each command, said to those who sit at a terminal."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

NEXT = {
    "demo": "init STUDY --structures NAME,NAME",
    "init": "add {study} IMAGE...",
    "add": "serve {study}  # or: import-boxes {study} FOLDER --annotator NAME",
    "import-boxes": "run {study}",
    "simulate": "run {study}",
    "plan": "serve {study}  # or: import-boxes {study} FOLDER --annotator NAME",
    "consensus": "segment {study}",
    "segment": "quality {study}",
    "quality": "report {study}",
    "evaluate": "report {study}",
    "train": "compare {study}",
    "predict": "compare {study}",
    "compare": "report {study}",
    "report": "export {study} --to FOLDER",
    "run": "export {study} --to FOLDER",
}
"""The command after each; nothing follows those that are not here."""


def say_next(command: str, study: Path) -> None:
    """Say which command comes next, in a line of its own that can be copied.

    Only on a terminal: a log or another program has no use for it. To be called last, where all
    went well and no JSON was asked for.
    """
    if command in NEXT and sys.stderr.isatty():
        words = NEXT[command].format(study=shlex.quote(str(study)))
        click.echo(f"next: manyhands {words}", err=True)
