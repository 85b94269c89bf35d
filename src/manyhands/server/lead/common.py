"""What the routes of leads and reviewers share: the log of deeds, where things stand, errors."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute

from manyhands.errors import (
    InputError,
    ManyhandsError,
    StudyBrokenError,
    StudyBusyError,
    StudyError,
    StudyFullError,
)
from manyhands.server.errors import ApiError
from manyhands.server.gate import not_allowed
from manyhands.server.state import Here
from manyhands.store import Account, AuditEntry, find_account, insert_audit
from manyhands.tasks import Standing

PREFIX = "/api/v1/lead"


class NotThereError(StudyError):
    """What a route is asked for is not in the study: 404."""


class LeadRoute(APIRoute):
    """Tells the words of an error, which annotators are spared: leads know the study's files."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_and_tell(request: Request) -> Response:
            try:
                return await handle(request)
            except (StudyBusyError, StudyFullError, StudyBrokenError):
                raise  # answered as everywhere
            except ManyhandsError as error:
                folder = request.app.state.server.study.folder
                raise as_told(error, str(folder)) from error

        return handle_and_tell


def as_told(error: ManyhandsError, folder: str) -> ApiError:
    """An error in its own words, without where the study lies."""
    words = str(error).replace(f"{folder}: ", "").replace(f"{folder}/", "")
    if isinstance(error, NotThereError):
        return ApiError(404, "not-there", words, "Load the page again.")
    if isinstance(error, InputError):
        return ApiError(422, "not-possible", words, "Nothing was changed.")
    return ApiError(409, "not-now", words)


def _standings(here: Here) -> tuple[Standing, ...]:
    return here.queue.standings()


Standings = Annotated[tuple[Standing, ...], Depends(_standings)]
"""Where all subjects that are asked about stand, with what was sent back."""


def check_still_allowed(connection: sa.Connection, person: Account) -> None:
    """Raise `ApiError` 403 for somebody who was shut out, or given another role, since they asked.

    To be called in the transaction that lets others in or keeps them out: of two leads who shut
    each other out at the same moment, one stays.
    """
    known = find_account(connection, person.account_id)
    if known is None or known.disabled_at is not None or known.role is not person.role:
        raise not_allowed()


def note(
    connection: sa.Connection,
    account: Account,
    action: str,
    subject: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Log what somebody did, in the transaction that does it."""
    entry = AuditEntry(account.name, action, subject, details or {}, account.account_id)
    insert_audit(connection, entry)
