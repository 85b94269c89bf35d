"""Jobs: what a lead asked for, and how it stands. What workers do with them is in `job_claims`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from manyhands.errors import StudyError
from manyhands.store.lead_schema import jobs


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


def _job(row: sa.Row[tuple[object, ...]]) -> Job:
    values = dict(row._mapping)
    for name in ("sequence", "not_before"):
        del values[name]
    values["state"] = JobState(values["state"])
    return Job(**values)
