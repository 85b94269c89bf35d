"""One thread writes for all: what arrives while a transaction ends goes into the next, together.

Each transaction waits for the disk (a saved answer survives a power cut), and SQLite has one writer
at a time. Hundreds of people would queue for the disk; so they share the wait.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import sqlalchemy as sa

from manyhands.store import Study

log = logging.getLogger(__name__)

MOST_TOGETHER = 100
"""Pieces of work in one transaction; so many take some 50 ms."""

Result = TypeVar("Result")
Work = Callable[[sa.Connection], Any]
Job = tuple[Work, "Future[Any]"]


class GroupWriter:
    """Does pieces of writing one after the other, several in one transaction."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def do(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Do `work` with a connection; what it gives or raises, once it is on the disk.

        Where it raises nothing of it is kept, and others' work is not touched.
        """
        return self.submit(work).result()

    def submit(self, work: Callable[[sa.Connection], Result]) -> Future[Result]:
        """The same, for those who do not want to keep a thread waiting."""
        future: Future[Result] = Future()
        self._jobs.put((work, future))
        return future

    def close(self) -> None:
        """Finish what was handed in, then stop."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            jobs = [job]
            is_last = False
            while len(jobs) < MOST_TOGETHER and not self._jobs.empty():
                another = self._jobs.get()
                if another is None:
                    is_last = True
                    break
                jobs.append(another)
            # Whoever gave up meanwhile must not have their work done, nor their future set.
            self._write([job for job in jobs if job[1].set_running_or_notify_cancel()])
            if is_last:
                return

    def _write(self, jobs: list[Job]) -> None:
        if len(jobs) > 1:
            try:
                results = self._together(jobs)
            except Exception as error:
                log.warning("%d writes together failed, each alone now: %s", len(jobs), error)
            else:
                for (_, future), (result, failure) in zip(jobs, results, strict=True):
                    _settle(future, result, failure)
                return
        for work, future in jobs:
            try:
                with self._study.writing() as connection:
                    result = work(connection)
            except BaseException as error:
                _settle(future, None, error)
            else:
                _settle(future, result, None)

    def _together(self, jobs: list[Job]) -> list[tuple[Any, Exception | None]]:
        results: list[tuple[Any, Exception | None]] = []
        with self._study.writing() as connection:
            for work, _ in jobs:
                try:
                    with connection.begin_nested():
                        results.append((work(connection), None))
                except sa.exc.SQLAlchemyError:
                    raise
                except Exception as error:
                    results.append((None, error))
        return results


def _settle(future: Future[Any], result: Any, error: BaseException | None) -> None:
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
