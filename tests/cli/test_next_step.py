"""On a real terminal, of which the program sees one end and the test the other."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from manyhands.cli import COMMANDS
from manyhands.cli.next_step import NEXT


def on_a_terminal(*arguments: object) -> str:
    """Standard error of a command, as a terminal shows it."""
    ours, theirs = pty.openpty()
    try:
        subprocess.run(
            [sys.executable, "-m", "manyhands", *map(str, arguments)],
            stderr=theirs,
            stdout=subprocess.DEVNULL,
            check=True,
            env={**os.environ, "COLUMNS": "80"},
        )
    finally:
        os.close(theirs)
    with os.fdopen(ours, "rb") as shown:
        return shown.read1(10_000).decode().replace("\r\n", "\n")


@pytest.mark.parametrize("name", NEXT)
def test_what_comes_next_is_a_command(name: str) -> None:
    following = NEXT[name].split()[0]

    assert name in COMMANDS
    assert following in COMMANDS


def test_on_a_terminal_the_last_line_can_be_copied(tmp_path: Path) -> None:
    study = tmp_path / "my study"

    shown = on_a_terminal("init", study, "--structures", "liver")

    assert shown.splitlines()[-1] == f"next: manyhands add '{study}' IMAGE..."
    # What was said before it is wrapped, but for the path.
    assert max(len(line) for line in shown.splitlines()[:-1]) <= max(80, len(str(study)) + 10)


def test_json_is_followed_by_no_advice(tmp_path: Path, files: tuple[Path, Path]) -> None:
    on_a_terminal("init", tmp_path / "study", "--structures", "liver")

    assert "next:" not in on_a_terminal("add", tmp_path / "study", files[0], "--json")
