"""What goes wrong, as an answer: JSON for the page, a few words of HTML for people."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from manyhands.errors import (
    InputError,
    ManyhandsError,
    StudyBrokenError,
    StudyBusyError,
    StudyError,
    StudyFullError,
)
from manyhands.server.render import render_page

FOR_PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics")


class ApiError(Exception):
    """An answer that is no success. `code` is stable, `message` and `what_to_do` are for people."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        what_to_do: str = "",
        *,
        headers: dict[str, str] | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.what_to_do = status, code, message, what_to_do
        self.headers, self.more = headers, more or {}


def add_error_handlers(app: FastAPI) -> None:
    """Let every error of the app become an answer of one form."""
    for kind in (
        ApiError,
        HTTPException,
        RequestValidationError,
        ManyhandsError,
        OSError,
        Exception,
    ):
        app.add_exception_handler(kind, _handle)


async def _handle(request: Request, error: Exception) -> Response:
    return answer_to(request.url.path, as_api_error(error))


def answer_to(path: str, error: ApiError) -> Response:
    """The answer that says what went wrong, in the form that suits the path."""
    if path.startswith(FOR_PROGRAMS):
        told = {"code": error.code, "message": error.message, "what_to_do": error.what_to_do}
        content = {"error": told, **error.more}
        return JSONResponse(jsonable_encoder(content), error.status, error.headers)
    page = render_page("error.html", message=error.message, what_to_do=error.what_to_do)
    page.status_code = error.status
    page.headers.update(error.headers or {})
    return page


def as_api_error(error: Exception) -> ApiError:
    """What any error means to whoever sent the request. Details of ours are not told."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, RequestValidationError):
        return _not_understood(error)
    if isinstance(error, HTTPException):
        return _unreadable() if error.status_code == 400 else _plain(error)
    if isinstance(error, StudyFullError) or _is_disk_full(error):
        return ApiError(
            507, "disk-full", "The server's disk is full.", "Nothing is lost: it is tried again."
        )
    if isinstance(error, StudyBusyError):
        return ApiError(
            503, "busy", "The server is busy.", "It is tried again.", headers={"Retry-After": "2"}
        )
    if isinstance(error, StudyBrokenError):
        # No 4xx: the page puts aside what is refused, and this is no answer's fault.
        return ApiError(
            503,
            "not-ready",
            "The server cannot reach the study.",
            "It is tried again. Tell the lead if this stays.",
            headers={"Retry-After": "10"},
        )
    if isinstance(error, InputError | StudyError):
        # Their words name files, which are no business of annotators.
        return ApiError(409, "not-possible", "The study does not allow this now.", "Tell the lead.")
    return ApiError(500, "failed", "Something went wrong on the server.", "Please try again.")


def _is_disk_full(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in (28, 122)  # ENOSPC, EDQUOT


def _not_understood(error: RequestValidationError) -> ApiError:
    """Where the body differs from what was expected, without repeating what was sent."""
    wrong = [
        {"where": [str(part) for part in e["loc"]], "what": e["msg"]} for e in error.errors()[:20]
    ]
    message = "; ".join(f"{'.'.join(w['where'])}: {w['what']}" for w in wrong[:3])
    return ApiError(
        422, "not-understood", f"The request was not understood: {message}", more={"wrong": wrong}
    )


def _unreadable() -> ApiError:
    """A body that is not even text, or whose parts cannot be told from each other."""
    return ApiError(422, "not-understood", "The request was not understood: it cannot be read.")


def _plain(error: HTTPException) -> ApiError:
    status = HTTPStatus(error.status_code)
    words = {
        404: ("There is nothing here.", "Check the address."),
        405: ("This cannot be done here.", ""),
        413: ("That was too large.", "Send less at once."),
    }
    message, what_to_do = words.get(status, (f"{status.phrase}.", ""))
    code = status.phrase.lower().replace(" ", "-")
    return ApiError(status, code, message, what_to_do, headers=dict(error.headers or {}))
