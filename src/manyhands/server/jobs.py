"""Who does the jobs that a lead asked for: a worker, in a process of its own.

The server starts one by itself (`job_thread`), so that nobody has to; `manyhands worker` is one,
on this machine or on one that sees the same folder. Jobs never run in the server's own process:
whoever draws boxes would wait for them.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from manyhands.errors import ManyhandsError, StudyBusyError
from manyhands.pipeline import STEPS, Outcome, Watch, run_study
from manyhands.pipeline.encode import encode_study
from manyhands.pipeline.run import Step, Watching
from manyhands.store import Study, open_study
from manyhands.store.job_claims import LEASE_S, claim_job, end_job, keep_job, put_back_job
from manyhands.store.jobs import Job, JobState, is_job_open

BEAT_S = 1.0
"""How often a worker says that it lives and asks whether to stop."""

BUSY_S = 2.0
"""After so long a job is tried again for which the study was busy."""

log = logging.getLogger(__name__)

Work = Callable[[Study, str, Watching], Sequence[Outcome]]
"""Does a job on a study, given the command it stands for and who watches its steps."""


class JobStoppedError(Exception):
    """Raised within a step whose job is cancelled; no `ManyhandsError`, or the step would go on."""


def _one(name: str, step: Step) -> Work:
    def work(study: Study, command: str, watching: Watching) -> Sequence[Outcome]:
        with watching(name) as watch:
            return (step(study, command=command, watch=watch),)

    return work


def _all(study: Study, command: str, watching: Watching) -> Sequence[Outcome]:
    return run_study(study, command=command, watching=watching)


KINDS: dict[str, Work] = {
    "run": _all,
    "encode": _one("encode", encode_study),
    **{name: _one(name, step) for name, step in STEPS.items()},
}
"""What a lead may start, by the name it has in the database and on the page."""

_STEPS_OF_RUN = tuple(STEPS)


class Worker:
    """Does one job after another on the study in `folder`."""

    def __init__(self, folder: Path, *, lease_s: float = LEASE_S, beat_s: float = BEAT_S) -> None:
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid.uuid4().hex[:6]}"
        self._folder = folder
        self._lease_s = lease_s
        self._beat_s = beat_s

    def work(self, stop: threading.Event, *, until_idle: bool = False) -> None:
        """Do jobs until `stop`; with `until_idle` only as long as there are any."""
        with open_study(self._folder) as study:
            while not stop.is_set():
                if self.work_once(study) is None:
                    with study.reading() as connection:
                        if until_idle and not is_job_open(connection):
                            return
                    stop.wait(self._beat_s)

    def work_once(self, study: Study) -> Job | None:
        """Claim a job and do it; gives it as it was claimed. None if none may begin now."""
        with study.writing() as connection:
            job = claim_job(connection, self.name, now=_now(), lease_s=self._lease_s)
        if job is not None:
            self._do(study, job)
        return job

    def _do(self, study: Study, job: Job) -> None:
        """Do a job, and note how it ended whatever happens."""
        beat = Heartbeat(study, job, lease_s=self._lease_s, beat_s=self._beat_s)
        try:
            # Opened anew: settings may have changed, and the lock is taken apart from the server's.
            with beat.beating(), open_study(self._folder) as own:
                command = f"manyhands {job.kind} {self._folder.resolve().name}"
                outcomes = KINDS[job.kind](own, command, beat.watching)
        except JobStoppedError:
            self._end(study, job, JobState.CANCELLED, "")
        except StudyBusyError as error:
            self._put_back(study, job, _plain(error, self._folder))
        except ManyhandsError as error:
            self._end(study, job, JobState.FAILED, _plain(error, self._folder))
        except Exception as error:  # whatever it is, the lead must hear of it, and others follow
            log.exception("job %s (%s) failed", job.job_id, job.kind)
            self._end(study, job, JobState.FAILED, f"{type(error).__name__}: {error}")
        except BaseException:
            self._put_back(study, job, "its worker was stopped; it begins again")
            raise
        else:
            failed = any(outcome.failed for outcome in outcomes)
            state = JobState.FAILED if failed else JobState.DONE
            self._end(study, job, state, in_words(outcomes))

    def _end(self, study: Study, job: Job, state: JobState, words: str) -> None:
        with study.writing() as connection:
            end_job(connection, job, state, words=words, now=_now())

    def _put_back(self, study: Study, job: Job, words: str) -> None:
        with study.writing() as connection:
            not_before = _now() + timedelta(seconds=BUSY_S)
            put_back_job(connection, job, words=words, not_before=not_before)


class Heartbeat:
    """Says that a job's worker lives and how far it is, and stops it where it is to stop."""

    def __init__(self, study: Study, job: Job, *, lease_s: float, beat_s: float) -> None:
        self._study = study
        self._job = job
        self._lease_s = lease_s
        self._beat_s = beat_s
        self._share = 0.0
        self._unit = ""
        self._is_over = threading.Event()
        self._is_stopped = threading.Event()

    @contextmanager
    def beating(self) -> Iterator[None]:
        thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()

    @contextmanager
    def watching(self, step: str) -> Iterator[Watch]:
        """A watch of one step of the job, told to the lead; it raises where the job is to stop."""
        place, count = 0, 1
        if self._job.kind == "run":
            place, count = _STEPS_OF_RUN.index(step), len(_STEPS_OF_RUN)

        def watch(share: float, unit: str) -> None:
            self._share, self._unit = (place + share) / count, f"{step}: {unit}"
            if self._is_stopped.is_set():
                raise JobStoppedError(self._job.job_id)

        watch(0.0, "")
        yield watch

    def _beat(self) -> None:
        while not self._is_over.wait(self._beat_s):
            try:
                with self._study.writing() as connection:
                    goes_on = keep_job(
                        connection,
                        self._job,
                        now=_now(),
                        share=self._share,
                        unit=self._unit,
                        lease_s=self._lease_s,
                    )
            except ManyhandsError as error:
                # The next beat may get through; if none does, another worker takes over.
                log.warning("job %s could not be kept: %s", self._job.job_id, error)
                continue
            if not goes_on:
                self._is_stopped.set()


def in_words(outcomes: Sequence[Outcome]) -> str:
    """What steps did, a line each, a line for each unit that failed, and what they remarked."""
    lines = []
    for outcome in outcomes:
        parts = {
            "done": outcome.done,
            "up to date": outcome.skipped,
            "failed": outcome.failed,
            "left out": outcome.left_out,
        }
        counts = ", ".join(f"{len(units)} {what}" for what, units in parts.items() if units)
        lines.append(f"{outcome.step}: {counts or 'nothing to do'}")
        lines += [f"{unit}: {reason}" for unit, reason in outcome.failed.items()]
        lines += outcome.remarks
    return "\n".join(lines)


def _plain(error: ManyhandsError, folder: Path) -> str:
    """An error's words without the study's folder, which may be called after a patient."""
    return str(error).replace(f"{folder}: ", "").replace(f"{folder}/", "")


def _now() -> datetime:
    return datetime.now(UTC)
