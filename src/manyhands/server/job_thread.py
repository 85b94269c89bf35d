"""Starts a worker beside the server whenever a job waits, so that nobody has to."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from manyhands.errors import ManyhandsError
from manyhands.store import open_study
from manyhands.store.job_claims import is_job_claimable

STOP_S = 10.0
"""So long a worker has to put its job back; most need a tenth of a second."""

log = logging.getLogger(__name__)


class JobThread:
    """Starts a worker process whenever a job waits; for a server that is alone on its machine."""

    def __init__(self, folder: Path, *, poll_s: float = 1.0) -> None:
        self._folder = folder
        self._poll_s = poll_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End; a job that runs is put back and goes on when the study is served again.

        Takes little more than `STOP_S` at most: a worker that has not ended by then is killed, and
        its job is taken up again when its lease runs out.
        """
        self._stop.set()
        self._thread.join(2 * STOP_S)

    def _run(self) -> None:
        with open_study(self._folder) as study:
            while not self._stop.wait(self._poll_s):
                try:
                    with study.reading() as connection:
                        is_wanted = is_job_claimable(connection, now=datetime.now(UTC))
                except ManyhandsError as error:
                    log.warning("jobs could not be read: %s", error)
                    continue
                if is_wanted and self._run_worker() != 0:
                    self._stop.wait(30 * self._poll_s)  # whatever it is, it will not have gone yet

    def _run_worker(self) -> int:
        words = [sys.executable, "-m", "manyhands", "worker", str(self._folder), "--until-idle"]
        with subprocess.Popen(words, stdin=subprocess.DEVNULL) as process:
            while process.poll() is None:
                if self._stop.wait(0.2):
                    end_worker(process)
        if process.returncode and not self._stop.is_set():
            log.error("a worker ended with code %d", process.returncode)
        return process.returncode


def end_worker(process: subprocess.Popen[bytes]) -> None:
    """Ask a worker to put its job back and end; make it, where it does not hear."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        log.warning("a worker did not end within %.0f s and is killed", STOP_S)
        process.kill()
        process.wait()
