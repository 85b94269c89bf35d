"""One process at a time may write the results of a study; the lock vanishes with its process."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from manyhands.errors import StudyBusyError


@contextmanager
def hold_lock(path: Path, purpose: str) -> Iterator[None]:
    """Hold the lock file `path` for the block; `purpose` is what others are told.

    Raises `StudyBusyError` at once, saying who holds it, where another process does; `OSError`
    where there can be no such file, or somebody has put a symbolic link in its place: it would be
    emptied. The operating system gives the lock back when a process ends in whatever way, so there
    is nothing to clean up.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StudyBusyError(f"{path.parent}: {_describe_holder(descriptor)}") from None
        try:
            _write(descriptor, purpose)
        except OSError as error:
            error.filename = str(path)  # a disk that is full does not say for which file
            raise
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _write(descriptor: int, purpose: str) -> None:
    holder = {
        "purpose": purpose,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def _describe_holder(descriptor: int) -> str:
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        who = "'{purpose}' is at work (process {pid} on {host}, since {since})".format(**holder)
    except (ValueError, KeyError):
        # It took the lock a moment ago and has not written its name yet.
        who = "another process is at work"
    return f"{who}; try again when it has ended"
