"""The program answers at once: what is slow to load waits until it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = {"numba", "matplotlib", "fastapi", "scipy", "alembic"}

# Calls the program, then names what was loaded; click ends a program by SystemExit.
PROGRAM = """
import sys
from manyhands.cli import main

try:
    main(sys.argv[1:], prog_name="manyhands")
finally:
    sys.stderr.write("\\n" + " ".join(sys.modules))
"""

STOPPED_WHILE_LOADING = """
import sys

class Stopped:
    def find_spec(self, name, path, target=None):
        if name == "manyhands.cli.compare":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Stopped())
from manyhands.__main__ import start
start()
"""


def run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-c", program, *words]
    return subprocess.run(arguments, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--help", 0),
        ("--version", 0),
        ("no-such-command", 2),
        ("run", 2),  # without the study
        ("demo --help", 0),
        ("add --help", 0),
        ("simulate --help", 0),
        ("serve --help", 0),
        ("quality --help", 0),
        ("report --nonsense", 2),
        ("export --help", 0),
        ("models --help", 0),
        ("worker --help", 0),
    ],
)
def test_help_and_wrong_use_wait_for_nothing_slow(words: str, code: int) -> None:
    shown = run(PROGRAM, *words.split())

    loaded = set(shown.stderr.splitlines()[-1].split())
    assert shown.returncode == code
    assert "click" in loaded
    assert loaded & SLOW == set()


def test_the_list_of_commands_loads_none_of_them() -> None:
    shown = run(PROGRAM, "--help")

    loaded = shown.stderr.splitlines()[-1].split()
    rooms = {name for name in loaded if name.startswith("manyhands.cli.")}
    assert rooms == {"manyhands.cli.terminal"}
    assert not {"numpy", "sqlalchemy"} & set(loaded)


def test_stopping_while_a_command_loads_is_a_line_and_no_traceback() -> None:
    shown = run(STOPPED_WHILE_LOADING, "compare", "study")

    assert (shown.returncode, shown.stdout) == (130, "")
    assert shown.stderr.startswith("manyhands: stopped.")
    assert "Traceback" not in shown.stderr
