"""The first second of the program, in which its rooms are loaded."""

from __future__ import annotations

import subprocess
import sys

# Loading the command line is where Ctrl-C arrives.
PROGRAM = """
import sys
from manyhands.__main__ import start

class Stopped:
    def find_spec(self, name, path, target=None):
        if name == "manyhands.cli":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Stopped())
start()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True)


def test_stopping_while_it_loads_is_a_line_and_no_traceback() -> None:
    shown = run("-c", PROGRAM)

    assert (shown.returncode, shown.stdout) == (130, "")
    assert shown.stderr == "manyhands: stopped before it began\n"


def test_until_then_hardly_anything_is_loaded() -> None:
    shown = run("-c", "import sys, manyhands.__main__; print('numpy' in sys.modules)")

    assert shown.stdout == "False\n"


def test_the_program_says_its_own_name() -> None:
    assert run("-m", "manyhands", "--version").stdout.startswith("manyhands, version ")
