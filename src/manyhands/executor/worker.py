"""What runs where the work is done, in a process of its own: jobs in, progress and results out."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from typing import Any, NoReturn

import numba

from manyhands.errors import ManyhandsError
from manyhands.types import Progress

Work = Callable[[Any, Progress], Any]
STOPPED = 143  # the exit code of a process that was asked to end: 128 and the number of the signal


@dataclass(frozen=True)
class Share:
    """How much of the job is done, 0 to 1."""

    value: float


@dataclass(frozen=True)
class Done:
    """What came of the job: a result, or the `ManyhandsError` that it met."""

    value: Any


@dataclass(frozen=True)
class Broken:
    """What ends all the work: an exception that nobody foresaw, with in words where it came from,
    or any at all from what was to begin it, such as loading a model.
    """

    error: Exception
    story: str = ""

    def rise(self) -> NoReturn:
        if self.story:
            self.error.add_note(self.story)
        raise self.error


def serve(connection: Connection, start: Callable[[], Work], threads: int) -> None:
    """Do one job after the other until the other side closes; `start` waits for the first."""
    # Ctrl-C reaches every process of a terminal; it is the owner of the work who answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_leave_with_owner, daemon=True).start()
    use_threads(threads)
    work: Work | None = None
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        if work is None:
            begun = begin(start)
            if isinstance(begun, Broken):
                connection.send(begun)
                continue
            work = begun
        try:
            connection.send(Done(work(job, lambda share: connection.send(Share(share)))))
        except ManyhandsError as error:
            connection.send(Done(error))
        except BrokenPipeError:
            return  # the owner has gone
        except Exception as error:
            connection.send(Broken(error, traceback.format_exc()))


def begin(start: Callable[[], Work]) -> Work | Broken:
    """What does the work, or why there is nothing to do it with."""
    try:
        return start()
    except ManyhandsError as error:
        return Broken(error)
    except Exception as error:
        return Broken(error, traceback.format_exc())


def use_threads(threads: int) -> None:
    """Let this process use so many threads, before torch is loaded, which asks when it is.

    More threads than cores make every process wait for the others.
    """
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)


def _leave_with_owner() -> None:
    """Whoever started us may be killed, and started anew: then two would be at the same work."""
    owner = parent_process()
    if owner is not None:
        owner.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _end(_signal: int, _frame: object) -> NoReturn:
    """By an exception, so that half-written files are removed on the way out."""
    sys.exit(STOPPED)
