"""Jobs: what a lead asked for, who is at it, and how it ended.

A worker claims a job for a while and says again and again that it lives. Who falls silent loses the
job to the next worker; after `MOST_ATTEMPTS` the job has failed, because it may be the job that
kills its workers.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from manyhands.errors import StudyError
from manyhands.store.lead_schema import jobs

MOST_ATTEMPTS = 3
LEASE_S = 30.0
"""A worker that has not been heard of for so long is taken to be dead."""


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stands: `share` done, 0 to 1, at `unit`; `words` for people."""

    kind: str
    asked_by: str
    job_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: JobState = JobState.WAITING
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: int = 0
    worker: str | None = None
    lease_expires_at: datetime | None = None
    is_cancel_wanted: bool = False
    share: float = 0.0
    unit: str = ""
    words: str = ""

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED


def insert_job(connection: sa.Connection, job: Job) -> Job:
    """Add a job that waits; gives it. The same job again is harmless.

    Where one of its kind waits already, nothing is added and that one is given: it will see all
    that is there when it begins. Raises `StudyError` where the id is another job's.
    """
    known = connection.execute(sa.select(jobs).where(jobs.c.job_id == job.job_id)).one_or_none()
    if known is not None:
        if known.kind != job.kind:
            raise StudyError(f"job {job.job_id} is there already, as '{known.kind}'")
        return _job(known)
    query = sa.select(jobs).where(
        jobs.c.kind == job.kind,
        jobs.c.state == JobState.WAITING.value,
        sa.not_(jobs.c.is_cancel_wanted),
    )
    if (waiting := connection.execute(query.limit(1)).one_or_none()) is not None:
        return _job(waiting)
    connection.execute(
        sa.insert(jobs).values(
            job_id=job.job_id,
            kind=job.kind,
            asked_by=job.asked_by,
            state=JobState.WAITING.value,
            created_at=job.created_at,
            not_before=job.created_at,
            attempts=0,
            is_cancel_wanted=False,
            share=0.0,
            unit="",
            words="",
        )
    )
    return job


def claim_job(
    connection: sa.Connection, worker: str, *, now: datetime, lease_s: float = LEASE_S
) -> Job | None:
    """The oldest job that may begin, now `worker`'s; None if there is none.

    `connection` must be `Study.writing`'s, so that two workers never claim the same. Jobs of
    workers that fell silent are taken back first.
    """
    _take_back(connection, now)
    query = (
        sa.select(jobs.c.job_id)
        .where(jobs.c.state == JobState.WAITING.value, jobs.c.not_before <= now)
        .order_by(jobs.c.sequence)
        .limit(1)
    )
    job_id = connection.scalar(query)
    if job_id is None:
        return None
    connection.execute(
        sa.update(jobs)
        .where(jobs.c.job_id == job_id)
        .values(
            state=JobState.RUNNING.value,
            worker=worker,
            attempts=jobs.c.attempts + 1,
            started_at=now,
            lease_expires_at=now + timedelta(seconds=lease_s),
            share=0.0,
            unit="",
            words="",
        )
    )
    return find_job(connection, job_id)


def keep_job(
    connection: sa.Connection,
    job: Job,
    *,
    now: datetime,
    share: float,
    unit: str,
    lease_s: float = LEASE_S,
) -> bool:
    """Say that the worker of `job` lives, and how far it is; False where it is to stop.

    That is where somebody wants the job cancelled, or another worker was given it meanwhile.
    """
    kept = connection.execute(
        _held(job).values(
            lease_expires_at=now + timedelta(seconds=lease_s), share=share, unit=unit[:200]
        )
    )
    return kept.rowcount == 1 and not find_job(connection, job.job_id).is_cancel_wanted


def end_job(
    connection: sa.Connection, job: Job, state: JobState, *, words: str, now: datetime
) -> bool:
    """Note how `job` ended; False, and nothing noted, where it is not its worker's any more."""
    if state not in ENDED:
        raise ValueError(f"a job ends as one of {', '.join(ENDED)}, not '{state}'")
    values: dict[str, object] = {"state": state.value, "ended_at": now, "words": words}
    values["lease_expires_at"] = None
    if state is JobState.DONE:
        values["share"] = 1.0
    return connection.execute(_held(job).values(values)).rowcount == 1


def put_back_job(connection: sa.Connection, job: Job, *, words: str, not_before: datetime) -> bool:
    """Let `job` wait, `words` say for what; this attempt does not count.

    Where somebody wants it cancelled, it is. False where it is not its worker's any more.
    """
    values = {
        "state": sa.case(
            (jobs.c.is_cancel_wanted, JobState.CANCELLED.value), else_=JobState.WAITING.value
        ),
        "ended_at": sa.case((jobs.c.is_cancel_wanted, not_before), else_=None),
        "attempts": jobs.c.attempts - 1,
        "worker": None,
        "lease_expires_at": None,
        "not_before": not_before,
        "words": words,
    }
    return connection.execute(_held(job).values(values)).rowcount == 1


def cancel_job(connection: sa.Connection, job_id: str, *, now: datetime) -> Job:
    """Cancel a job: one that waits at once, one that runs as soon as its worker can stop.

    One that has ended stays as it is. Raises `StudyError` where there is no such job.
    """
    job = find_job(connection, job_id)
    if not job.has_ended:
        connection.execute(
            sa.update(jobs).where(jobs.c.job_id == job_id).values(is_cancel_wanted=True)
        )
        waiting = sa.and_(jobs.c.job_id == job_id, jobs.c.state == JobState.WAITING.value)
        connection.execute(
            sa.update(jobs)
            .where(waiting)
            .values(state=JobState.CANCELLED.value, ended_at=now, words="")
        )
    return find_job(connection, job_id)


def find_job(connection: sa.Connection, job_id: str) -> Job:
    """One job. Raises `StudyError` where there is none of this id."""
    row = connection.execute(sa.select(jobs).where(jobs.c.job_id == job_id)).one_or_none()
    if row is None:
        raise StudyError(f"no job {job_id} in the study")
    return _job(row)


def find_jobs(connection: sa.Connection, *, most: int = 100) -> tuple[Job, ...]:
    """The newest jobs, newest first."""
    rows = connection.execute(sa.select(jobs).order_by(jobs.c.sequence.desc()).limit(most))
    return tuple(map(_job, rows))


def is_job_open(connection: sa.Connection) -> bool:
    """Does any job wait, or run?"""
    open_states = (JobState.WAITING.value, JobState.RUNNING.value)
    query = sa.select(jobs.c.sequence).where(jobs.c.state.in_(open_states)).limit(1)
    return connection.execute(query).one_or_none() is not None


def is_job_claimable(connection: sa.Connection, *, now: datetime) -> bool:
    """Would `claim_job` find one?"""
    waits = sa.and_(jobs.c.state == JobState.WAITING.value, jobs.c.not_before <= now)
    query = sa.select(jobs.c.sequence).where(sa.or_(waits, _is_silent(now))).limit(1)
    return connection.execute(query).one_or_none() is not None


def _held(job: Job) -> sa.Update:
    """Of the job as `job`'s worker has it, in this very attempt."""
    return sa.update(jobs).where(
        jobs.c.job_id == job.job_id,
        jobs.c.state == JobState.RUNNING.value,
        jobs.c.worker == job.worker,
        jobs.c.attempts == job.attempts,
    )


def _take_back(connection: sa.Connection, now: datetime) -> None:
    """Jobs whose worker fell silent wait again, or have failed if that happened too often."""
    silent = _is_silent(now)
    ended = {"worker": None, "lease_expires_at": None, "ended_at": now}
    connection.execute(
        sa.update(jobs)
        .where(silent, jobs.c.is_cancel_wanted)
        .values(state=JobState.CANCELLED.value, words="", **ended)
    )
    connection.execute(
        sa.update(jobs)
        .where(silent, jobs.c.attempts >= MOST_ATTEMPTS)
        .values(
            state=JobState.FAILED.value,
            words=f"its worker ended without a word, {MOST_ATTEMPTS} times; is memory short?",
            **ended,
        )
    )
    connection.execute(
        sa.update(jobs)
        .where(silent)
        .values(
            state=JobState.WAITING.value,
            worker=None,
            lease_expires_at=None,
            words="its worker ended without a word; it begins again",
        )
    )


def _is_silent(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(jobs.c.state == JobState.RUNNING.value, jobs.c.lease_expires_at <= now)


def _job(row: sa.Row[tuple[object, ...]]) -> Job:
    values = dict(row._mapping)
    for name in ("sequence", "not_before"):
        del values[name]
    values["state"] = JobState(values["state"])
    return Job(**values)
