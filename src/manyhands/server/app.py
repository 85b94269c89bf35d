"""Puts the server together: routes, who may use them, what stands around them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from starlette.requests import HTTPConnection
from starlette.types import Scope

from manyhands import __version__
from manyhands.server import lead
from manyhands.server.access import ACCESS, LEADS, check_complete
from manyhands.server.errors import add_error_handlers
from manyhands.server.gate import no_session, not_allowed
from manyhands.server.job_thread import JobThread
from manyhands.server.middleware import (
    MOST_BYTES,
    SAFE_METHODS,
    SafeHeaders,
    SameOrigin,
    SmallBodies,
    Watched,
)
from manyhands.server.routes import enter, health, masks, me, pages, pictures, practice, tasks
from manyhands.server.schemas import ErrorOut
from manyhands.server.settings import ServerSettings
from manyhands.server.state import Server, admit
from manyhands.store import Study

ROUTERS: tuple[APIRouter, ...] = (
    pages.router,
    enter.router,
    health.router,
    me.router,
    practice.router,
    tasks.router,
    masks.router,
    pictures.router,
    *lead.ROUTERS,
)

WHO_MAY = {**ACCESS, **lead.ACCESS}
"""The whole access table."""

LARGER = {"/api/v1/lead/volumes": 4_000_000_000}
EXAMPLE_BYTES = 8_000_000  # a picture of a structure
_EXAMPLE = re.compile(r"/api/v1/lead/structures/\d+/example")

ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorOut} for status in (401, 403, 404, 409, 410, 413, 422, 429, 503, 507)
}


def make_app(study: Study, *, settings: ServerSettings | None = None) -> FastAPI:
    """The server of an open study, which whoever opened it closes after the server.

    Raises `ValueError` where a route is not in the access table.
    """
    settings = settings or ServerSettings()
    check_complete(ROUTERS, WHO_MAY)
    server = Server(study, settings, WHO_MAY)

    jobs = JobThread(study.folder) if settings.run_jobs else None

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        server.start()
        if jobs is not None:
            jobs.start()
        yield
        if jobs is not None:
            jobs.stop()
        server.close()

    app = FastAPI(
        title="manyhands",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # these would fetch scripts from elsewhere
        redoc_url=None,
        openapi_url=None,
    )
    app.state.server = server
    for router in ROUTERS:
        responses = ERRORS if router.include_in_schema else None
        app.include_router(router, dependencies=[Depends(admit)], responses=responses)
    add_error_handlers(app)
    _surround(app, server)
    return app


def _surround(app: FastAPI, server: Server) -> None:
    """From the innermost to the outermost."""
    app.add_middleware(SameOrigin)
    app.add_middleware(SmallBodies, most_bytes=partial(most_bytes, server))
    app.add_middleware(SafeHeaders, is_https=server.settings.is_https)
    app.add_middleware(Watched, metrics=server.metrics)


async def most_bytes(server: Server, scope: Scope) -> int:
    """How large a body may be: small, but for what leads upload.

    Forms are spooled to the disk before any route can ask who sent them; so others' are refused
    here. Raises `ApiError` 401 or 403 for them.
    """
    path = scope["path"]
    larger = LARGER.get(path, EXAMPLE_BYTES if _EXAMPLE.fullmatch(path) else MOST_BYTES)
    if larger == MOST_BYTES or scope["method"] in SAFE_METHODS:
        return MOST_BYTES
    account = await server.asker(HTTPConnection(scope))
    if account is None:
        raise no_session()
    if account.role not in LEADS:
        raise not_allowed()
    return larger
