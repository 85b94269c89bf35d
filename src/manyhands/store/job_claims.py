"""Jobs as workers see them: claimed for a while, kept by signs of life, ended or put back.

A worker claims a job for a while and says again and again that it lives. Who falls silent loses the
job to the next worker; after `MOST_ATTEMPTS` the job has failed, because it may be the job that
kills its workers.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from manyhands.store.jobs import ENDED, Job, JobState, find_job
from manyhands.store.lead_schema import jobs

MOST_ATTEMPTS = 3

LEASE_S = 30.0
"""A worker that has not been heard of for so long is taken to be dead."""


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
