"""The cookie that holds a session: set, renewed, taken away."""

from __future__ import annotations

from fastapi import Response

from manyhands.server.settings import ServerSettings
from manyhands.store import Role
from manyhands.store.sessions import LASTS


def set_session(response: Response, settings: ServerSettings, token: str, role: Role) -> None:
    """Let the browser keep the session of `token` as long as the study does from now on."""
    response.set_cookie(
        settings.cookie_name,
        token,
        max_age=int(LASTS[role].total_seconds()),
        path="/",
        secure=settings.is_https,
        httponly=True,
        samesite="lax",
    )


def drop_session(response: Response, settings: ServerSettings) -> None:
    """Let the browser forget its session."""
    response.delete_cookie(
        settings.cookie_name, path="/", secure=settings.is_https, httponly=True, samesite="lax"
    )
