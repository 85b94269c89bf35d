"""Who is asking: the session behind a request, and whether the access table lets it through."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from fastapi import Request

from manyhands.errors import StudyBusyError, StudyFullError
from manyhands.server.access import ANYONE, MACHINE, Access
from manyhands.server.errors import ApiError
from manyhands.server.writer import GroupWriter
from manyhands.store import Account, Study, find_session, is_worth_noting, note_visit

REMEMBERED_S = 15.0
"""So long a session is not looked up again: a page asks every second. Somebody who is kept out by
another process than the server stays in as long."""
MOST_REMEMBERED = 10_000

SPEAKS_FOR = "manyhands-account"
"""Header in which a page says whose it is; a browser sends the cookie of whoever came last."""


class Gate:
    """Looks up sessions, and remembers them for a moment."""

    def __init__(self, study: Study, writer: GroupWriter, access: Access) -> None:
        self._study, self._writer, self._access = study, writer, access
        self._remembered: dict[str, tuple[float, Account]] = {}
        self._n_forgotten = 0
        self._lock = threading.Lock()

    def recall(self, token: str | None) -> Account | None:
        """Whose session it is, if that was looked up a moment ago; does not wait for anything."""
        until_s, account = self._remembered.get(token or "", (0.0, None))
        return account if time.monotonic() < until_s else None

    def find(self, token: str | None) -> Account | None:
        """Whose session it is; None without one, or where it has ended."""
        if not token or len(token) > 100:
            return None
        now, n_forgotten = datetime.now(UTC), self._n_forgotten
        with self._study.reading() as connection:
            found = find_session(connection, token, now)
        if found is None:
            self._remembered.pop(token, None)
            return None
        account, seen_at = found
        if is_worth_noting(account, seen_at, now):
            self._note_visit(token, account, now)
        self._remember(token, account, n_forgotten)
        return account

    def _remember(self, token: str, account: Account, n_forgotten: int) -> None:
        """Not where something has changed since it was looked up."""
        with self._lock:
            if self._n_forgotten != n_forgotten:
                return
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[token] = (time.monotonic() + REMEMBERED_S, account)

    def forget(self) -> None:
        """Look everybody up anew: an account or a session has changed."""
        with self._lock:
            self._n_forgotten += 1
            self._remembered.clear()

    def check(self, request: Request, account: Account | None) -> None:
        """May they? Raises `ApiError` 401 without a session or with somebody else's, 403 without
        the right.

        Nobody (None) may only on routes that are open to anyone, or to the machine itself.
        """
        method = "GET" if request.method == "HEAD" else request.method
        allowed = self._access[method, request.scope["route"].path]
        if allowed == ANYONE or (MACHINE in allowed and _is_from_here(request)):
            return
        if account is None:
            raise no_session()
        if request.headers.get(SPEAKS_FOR, account.account_id) != account.account_id:
            raise ApiError(
                401,
                "other-account",
                "Somebody else has logged in on this device.",
                "Open your own link again. What is not sent yet is kept on this device.",
            )
        if account.role not in allowed:
            raise not_allowed()

    def _note_visit(self, token: str, account: Account, now: datetime) -> None:
        try:
            self._writer.do(lambda connection: note_visit(connection, token, account, now))
        except (StudyBusyError, StudyFullError):
            return  # reading goes on; the next visit is noted


def no_session() -> ApiError:
    """For somebody whom nobody knows."""
    return ApiError(
        401,
        "no-session",
        "You are not logged in, or not any more.",
        "Log in, or ask the study's lead for a link to go on as the same person. "
        "What is not sent yet is kept on this device.",
    )


def not_allowed() -> ApiError:
    """For somebody who is known, but not for this."""
    return ApiError(403, "not-allowed", "This is not open to you.", "Ask the study's lead.")


def _is_from_here(request: Request) -> bool:
    client = request.client.host if request.client else ""
    is_forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded"))
    return client in ("127.0.0.1", "::1") and not is_forwarded
