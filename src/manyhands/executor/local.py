"""Heavy work in processes of this machine, each with its own model and its own threads."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from manyhands.errors import ExecutorError
from manyhands.executor.worker import Broken, Done, Share, serve
from manyhands.types import Job, Progress, Result

TRIES = 3
"""A job is given up when that many processes ended on it."""
GRACE_S = 10.0
"""How long a process that is asked to end may take before it is ended."""
GIVEN_UP = (
    "{} processes ended in the middle of it, most likely for want of memory; "
    "try fewer at once, such as --executor local:1"
)


@dataclass
class _Desk:
    """A process, our end of the pipe to it, and the number of the job that it is at."""

    process: BaseProcess
    connection: Connection
    at: int | None = None

    def give(self, number: int, job: object) -> None:
        self.at = number
        # A process that ended since its last answer is noticed by who waits for this one.
        with suppress(ConnectionError):
            self.connection.send(job)

    def close(self) -> None:
        """End the process, which removes what it has half written."""
        self.connection.close()
        if self.at is not None:
            self.process.terminate()
        self.process.join(GRACE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()


class LocalProcesses:
    """An `Executor` of `count` processes with `threads` threads each."""

    def __init__(self, count: int, *, threads: int) -> None:
        self.count = count
        self.threads = threads

    def __str__(self) -> str:
        return f"{self.count} processes of {self.threads} threads"

    def map(
        self,
        start: Callable[[], Callable[[Job, Progress], Result]],
        jobs: Sequence[Job],
        *,
        watch: Callable[[int, float], None],
    ) -> Iterator[tuple[int, Result | Exception]]:
        """See `manyhands.types.Executor`. A job whose process ends is given to another one."""
        with closing(_Office(partial(_open, start, self.threads), jobs, watch)) as office:
            while office.is_open:
                office.hand_out(self.count)
                for desk in office.wait():
                    yield from office.listen(desk)


class _Office:
    """The processes at work, the jobs that wait for one, and how often each was tried."""

    def __init__(
        self,
        open_desk: Callable[[], _Desk],
        jobs: Sequence[object],
        watch: Callable[[int, float], None],
    ) -> None:
        self._open_desk = open_desk
        self._jobs = jobs
        self._watch = watch
        self._waiting = deque(range(len(jobs)))
        self._tries = [0] * len(jobs)
        self._desks: list[_Desk] = []

    @property
    def is_open(self) -> bool:
        return bool(self._waiting) or any(desk.at is not None for desk in self._desks)

    def hand_out(self, most: int) -> None:
        """Give every process without a job the next one; at `most` so many are opened."""
        free = [desk for desk in self._desks if desk.at is None]
        while self._waiting and (free or len(self._desks) < most):
            if not free:
                free.append(self._open_desk())
                self._desks.append(free[-1])
            number = self._waiting.popleft()
            self._tries[number] += 1
            free.pop().give(number, self._jobs[number])

    def wait(self) -> list[_Desk]:
        """Those that have said something, or have ended."""
        said = wait([desk.connection for desk in self._desks if desk.at is not None])
        return [desk for desk in self._desks if desk.connection in said]

    def listen(self, desk: _Desk) -> Iterator[tuple[int, Any]]:
        """Take one message, and give what came of the job if it is that."""
        number = desk.at
        if number is None:
            raise RuntimeError("a process without a job has nothing to say")
        try:
            said = desk.connection.recv()
        except (EOFError, ConnectionResetError):
            yield from self._lose(desk, number)
            return
        if isinstance(said, Share):
            self._watch(number, said.value)
        elif isinstance(said, Broken):
            said.rise()
        elif isinstance(said, Done):
            desk.at = None
            yield number, said.value

    def close(self) -> None:
        for desk in self._desks:
            desk.close()

    def _lose(self, desk: _Desk, number: int) -> Iterator[tuple[int, ExecutorError]]:
        self._desks.remove(desk)
        desk.close()
        if self._tries[number] < TRIES:
            self._waiting.appendleft(number)
        else:
            yield number, ExecutorError(GIVEN_UP.format(TRIES))


def _open(start: Callable[[], Callable[[Any, Progress], Any]], threads: int) -> _Desk:
    # Spawned, not forked: threads of numba and torch do not survive a fork.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, start, threads), daemon=True)
    process.start()
    theirs.close()  # so that we see it when the process ends
    return _Desk(process, ours)
