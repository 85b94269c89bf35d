"""Around every request: its size, where it comes from, headers of the answer, a line in the log.

Plain ASGI, because Starlette's own base class costs half a millisecond a request.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from manyhands.server.errors import ApiError, answer_to
from manyhands.server.metrics import Metrics

log = logging.getLogger("manyhands.server")

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
MOST_BYTES = 1_000_000
"""Of a request's body; 200 answers are some 100 kB."""

CONTENT_SECURITY = (
    "default-src 'self'; img-src 'self' blob: data:; worker-src 'self' blob:; connect-src 'self'; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # links hold secrets
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}
STRICT_TRANSPORT = "max-age=31536000"


class SafeHeaders:
    """Every answer carries the headers that keep others out. What says nothing of caching is not
    to be kept by anybody.
    """

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self.app = app
        self.headers = HEADERS | (
            {"Strict-Transport-Security": STRICT_TRANSPORT} if is_https else {}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class SameOrigin:
    """Refuses what another site's page made a browser send (Fetch Metadata, else Origin).

    A request with neither header does not come from a browser of this century, and so carries no
    cookie that a stranger could use.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_unsafe = scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        if is_unsafe and not _is_same_origin(Headers(scope=scope)):
            error = ApiError(403, "other-site", "This came from another site's page.")
            await answer_to(scope["path"], error)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _is_same_origin(headers: Headers) -> bool:
    if site := headers.get("sec-fetch-site"):
        return site in ("same-origin", "none")
    if origin := headers.get("origin"):
        return urlsplit(origin).netloc == headers.get("host")
    return True


class SmallBodies:
    """Refuses bodies that are larger than `most_bytes` of their request, while they arrive.

    `most_bytes` raises `ApiError` where nothing at all may be sent.
    """

    def __init__(self, app: ASGIApp, *, most_bytes: Callable[[Scope], Awaitable[int]]) -> None:
        self.app, self.most_bytes = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            most = await self.most_bytes(scope)
        except ApiError as error:
            await answer_to(scope["path"], error)(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "0")
        if told.isdigit() and int(told) > most:
            await _too_large(scope)(scope, receive, send)
            return
        await self.app(scope, _counting(receive, most), send)


def _counting(receive: Receive, most: int) -> Receive:
    """Stops those who say nothing of the size, or not the truth."""
    arrived = 0

    async def receive_some() -> Message:
        nonlocal arrived
        message = await receive()
        arrived += len(message.get("body", b""))
        if arrived > most:
            raise HTTPException(413)
        return message

    return receive_some


def _too_large(scope: Scope) -> ASGIApp:
    return answer_to(
        scope["path"], ApiError(413, "too-large", "That was too large.", "Send less at once.")
    )


class Watched:
    """Counts and times requests, and writes a line of JSON for each: the route, not the address,
    which may hold a token; no names.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, status, began = uuid.uuid4().hex[:12], 500, time.perf_counter()

        async def send_watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_watched)
        finally:
            took_s = time.perf_counter() - began
            route = getattr(scope.get("route"), "path", "none")
            self.metrics.note(scope["method"], route, status, took_s)
            if log.isEnabledFor(logging.INFO) or status >= 500:
                line = {
                    "request": request_id,
                    "method": scope["method"],
                    "route": route,
                    "status": status,
                    "took_ms": round(took_s * 1000, 1),
                }
                log.log(logging.ERROR if status >= 500 else logging.INFO, json.dumps(line))
