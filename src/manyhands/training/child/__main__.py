"""One task for nnU-Net, read from standard input."""

from __future__ import annotations

import importlib
import json
import os
import signal
import threading
import warnings

TASKS = ("plan", "train", "predict")
"""Modules of this folder, each with a function `run(task)`."""


def _leave_with_parent(said: int) -> None:
    """Nothing more is said to us: what we read from ends when the process that started us has.

    All that nnU-Net has started since goes with us.
    """
    while os.read(said, 1024):
        pass
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


def _take_standard_input() -> int:
    """Standard input, for ourselves alone.

    nnU-Net forks; a thread that waits in `sys.stdin` would lock it for good in what is forked.
    """
    said = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return said


def _first_line(said: int) -> str:
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(said, 1)
        if not part:
            raise SystemExit("expected a task as a line of JSON on standard input")
        line += part
    return line.decode()


def main() -> None:
    """Do the task named in the first line."""
    said = _take_standard_input()
    task = json.loads(_first_line(said))
    threading.Thread(target=_leave_with_parent, args=(said,), daemon=True).start()
    warnings.filterwarnings("ignore")  # of other people's programs, about each other
    name = task.pop("task")
    if name not in TASKS:
        raise SystemExit(f"unknown task '{name}'; known are {', '.join(TASKS)}")
    importlib.import_module(f"manyhands.training.child.{name}").run(**task)


if __name__ == "__main__":
    main()
