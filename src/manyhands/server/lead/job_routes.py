"""Routes to start, watch and cancel the steps of the pipeline, and to take their results away."""

from __future__ import annotations

import tempfile
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict
from starlette.background import BackgroundTask

from manyhands.errors import InputError, StudyError
from manyhands.server.jobs import KINDS
from manyhands.server.lead.common import PREFIX, LeadRoute, NotThereError, note
from manyhands.server.lead.downloads import (
    FILES,
    PACKED,
    Download,
    file_of,
    find_downloads,
    pack,
)
from manyhands.server.state import Here, Person
from manyhands.store import Job, JobState, cancel_job, find_job, find_jobs, insert_job

router = APIRouter(prefix=PREFIX, tags=["lead"], route_class=LeadRoute)


class JobIn(BaseModel):
    """What to start; with an id made by whoever asks, asking twice is harmless."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    job_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class JobOut:
    job_id: str
    kind: str
    asked_by: str
    state: JobState
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    attempts: int
    is_cancel_wanted: bool
    share: float
    unit: str
    words: str


@dataclass(frozen=True, slots=True)
class Jobs:
    """`now` is the server's clock, for how long something took."""

    kinds: tuple[str, ...]
    jobs: tuple[JobOut, ...]
    now: datetime


@router.get("/jobs")
def get_jobs(here: Here) -> Jobs:
    """The newest jobs, newest first, and the kinds that there are."""
    with here.study.reading() as connection:
        jobs = find_jobs(connection, most=50)
    return Jobs(tuple(KINDS), tuple(map(_job_out, jobs)), datetime.now(UTC))


@router.post("/jobs", status_code=202)
def post_job(here: Here, person: Person, wanted: JobIn) -> JobOut:
    """Ask for a step of the pipeline; one that waits already is not asked for twice."""
    if wanted.kind not in KINDS:
        raise InputError(f"no job '{wanted.kind}'; there are {', '.join(KINDS)}")
    job = Job(wanted.kind, person.name, job_id=str(wanted.job_id or uuid.uuid4()))

    def ask(connection: sa.Connection) -> Job:
        added = insert_job(connection, job)
        if added is job:
            note(connection, person, "job.start", job.kind, {"job_id": job.job_id})
        return added

    return _job_out(here.writer.do(ask))


@router.post("/jobs/{job_id}/cancel")
def cancel(here: Here, person: Person, job_id: str) -> JobOut:
    """Stop a job as soon as it can be; what is finished stays."""

    def stop(connection: sa.Connection) -> Job:
        try:
            before = find_job(connection, job_id)
        except StudyError as error:
            raise NotThereError(str(error)) from None
        if not before.has_ended:
            note(connection, person, "job.cancel", before.kind, {"job_id": job_id})
        return cancel_job(connection, job_id, now=datetime.now(UTC))

    return _job_out(here.writer.do(stop))


def _job_out(job: Job) -> JobOut:
    return JobOut(**{name: getattr(job, name) for name in JobOut.__dataclass_fields__})


@router.get("/downloads")
def get_downloads(here: Here) -> list[Download]:
    """What can be taken away, and since when."""
    return list(find_downloads(here.study))


@router.get("/downloads/{name}", response_class=FileResponse)
def download(here: Here, name: str) -> FileResponse:
    """One of them, as a file to keep."""
    if name in FILES:
        path, media_type = file_of(here.study, name)
        return FileResponse(path, media_type=media_type, filename=name)
    if name not in PACKED:
        raise NotThereError(f"no download '{name}'")
    scratch = tempfile.TemporaryDirectory(prefix="manyhands-")
    try:
        path = pack(here.study, name, Path(scratch.name))
    except BaseException:
        scratch.cleanup()
        raise
    return FileResponse(
        path,
        media_type="application/zip",
        filename=name,
        background=BackgroundTask(scratch.cleanup),
    )
