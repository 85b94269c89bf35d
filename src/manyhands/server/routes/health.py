"""Is the server well? For whoever watches over it."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel

from manyhands.errors import ManyhandsError
from manyhands.server.errors import ApiError
from manyhands.server.state import Here
from manyhands.store import last_sequence

router = APIRouter(tags=["health"])


class Well(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/healthz")
def healthz() -> Well:
    """The process answers."""
    return Well()


@router.get("/readyz")
def readyz(here: Here) -> Well:
    """The study's database answers and takes writes."""
    try:
        here.writer.do(last_sequence)
    except ManyhandsError as error:
        raise ApiError(503, "not-ready", "The study cannot be written to.") from error
    return Well()


@router.get("/metrics", response_class=Response)
def metrics(here: Here) -> Response:
    """Counters, for Prometheus."""
    return Response(here.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
