"""Routes to watch a study grow: progress, annotators, charts, and the log of what leads did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from manyhands.server.lead.charts import Charts, find_charts
from manyhands.server.lead.common import PREFIX, LeadRoute, Standings
from manyhands.server.lead.people import AnnotatorWork, find_work
from manyhands.server.lead.progress import Progress, find_progress
from manyhands.server.state import Here
from manyhands.store import find_audit

LARGEST_SEQUENCE = 2**63 - 1  # of a whole number in SQLite and in PostgreSQL

router = APIRouter(prefix=PREFIX, tags=["lead"], route_class=LeadRoute)


@dataclass(frozen=True, slots=True)
class AuditOut:
    sequence: int
    at: datetime
    who: str
    action: str
    subject: str
    details: dict[str, Any]


@router.get("/progress")
def get_progress(here: Here, standings: Standings) -> Progress:
    """How far every structure of every volume is, by whom, and what is still asked for."""
    return find_progress(here.study, standings)


@router.get("/annotators")
def get_annotators(here: Here) -> list[AnnotatorWork]:
    """What everybody did, how long it took, and how well it fits."""
    return list(find_work(here.study))


@router.get("/charts")
def get_charts(here: Here) -> Charts:
    """The numbers of all charts."""
    return find_charts(here.study)


@router.get("/audit")
def get_audit(
    here: Here,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_SEQUENCE)] = None,
    most: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AuditOut]:
    """What leads and reviewers did, the newest first; `before` a sequence number, for more."""
    with here.study.reading() as connection:
        entries = find_audit(connection, before=before, most=most)
    return [
        AuditOut(e.sequence or 0, e.at, e.who, e.action, e.subject, dict(e.details))
        for e in entries
    ]
