"""nnU-Net in a process of its own, with an environment of its own; ours is never changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from manyhands.errors import MethodError

PACKAGE = "nnunetv2"
SUPPORTED = "2.8"
INSTALL = "pip install 'manyhands[nnunet]'"
LINES_KEPT = 40
"""Of what nnU-Net said last, to find out what went wrong."""

FULL_BYTES = 50 * 2**20
"""With less than this free, whatever failed did so for want of room: torch does not say so."""

Listener = Callable[[str], None]
"""Told each line that nnU-Net says."""


def check_installed() -> str:
    """The version of nnU-Net. Raises `MethodError` where it is missing or not a supported one."""
    try:
        version = metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        raise MethodError(
            f"nnU-Net is not installed; the extra 'nnunet' brings it: {INSTALL}"
        ) from None
    if version.split(".")[:2] != SUPPORTED.split("."):
        raise MethodError(
            f"nnU-Net {version} is installed, {SUPPORTED}.x is supported: its Python interface "
            f"changes with minor versions; {INSTALL} brings one that fits"
        )
    return version


def run_child(
    task: str,
    arguments: Mapping[str, Any],
    environment: Mapping[str, str],
    *,
    log: Path,
    listen: Listener = lambda line: None,
) -> None:
    """Do one task in nnU-Net's process, and wait for it; `log` gets all that it says.

    The child ends when we do, however we end. Raises `MethodError` saying why it failed, and
    `OSError` where the disk is full.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    last: deque[str] = deque(maxlen=LINES_KEPT)
    with (
        log.open("w", encoding="utf-8") as written,
        subprocess.Popen(
            [sys.executable, "-u", "-m", "manyhands.training.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **environment},
            start_new_session=True,  # so that what it starts can be ended with it
        ) as child,
    ):
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(json.dumps({"task": task, **arguments}) + "\n")
            child.stdin.flush()
            for line in child.stdout:
                written.write(line)
                last.append(line.rstrip())
                listen(line.rstrip())
        except BaseException:
            _end(child)
            raise
        code = child.wait()
        child.stdin.close()
    if code != 0:
        raise MethodError(
            f"nnU-Net's {task} failed: {_reason(last, code, log.parent)}; all it said is in {log}"
        )


def _end(child: subprocess.Popen[str]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()


def _reason(lines: deque[str], code: int, folder: Path) -> str:
    """The last line that names an error, the one nearest to its cause."""
    if shutil.disk_usage(folder).free < FULL_BYTES:
        return "the disk is full; make room, and the same command goes on"
    if code == -9:
        return "the process was killed, most likely because the machine's memory was full"
    named = [line for line in lines if re.match(r"[\w.]*(Error|Exception|Interrupt)\b", line)]
    return named[-1] if named else next((line for line in reversed(lines) if line), f"code {code}")
