"""Starts the server of a study, and the links that people come in by."""

from __future__ import annotations

import logging
import socket
import sys
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import uvicorn

from manyhands.errors import InputError, StudyError
from manyhands.server.app import make_app
from manyhands.server.links import COMMAND_LINE, FROM_LEAD_LASTS, make_personal_link
from manyhands.server.routes.pages import NOT_BUILT
from manyhands.server.settings import ServerSettings
from manyhands.store import (
    Account,
    AuditEntry,
    Invite,
    InviteState,
    Request,
    Role,
    Study,
    find_account_named,
    find_accounts,
    find_invites,
    find_volumes,
    insert_account,
    insert_audit,
    insert_invite,
    insert_request,
    revoke_invite,
)

FIRST_START = "first start"
FIRST_START_LASTS = timedelta(days=1)
DEMO_LASTS = timedelta(days=7)
DEMO_PEOPLE = 100  # are asked about each structure, so that there is always something to try
SHUTDOWN_S = 5


@dataclass(frozen=True)
class Place:
    """Where the server is reached: the socket it listens on, and the address for links."""

    socket: socket.socket
    address: str


def listen(host: str, port: int, *, address: str | None = None) -> Place:
    """Take the port, before anything else is done. Raises `InputError` where it cannot be had.

    Port 0 takes any that is free. `address` is how people reach it, where a proxy stands before it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise InputError(
            f"{host}, port {port}: {error.strerror}; is a server running there already? "
            "--port takes another one"
        ) from error
    taken = listening.getsockname()[1]
    return Place(listening, (address or f"http://{_name_of(host)}:{taken}").rstrip("/"))


def _name_of(host: str) -> str:
    """How others call this machine, for a server that listens on all its addresses."""
    if host in ("0.0.0.0", "::"):
        return _own_address()
    return f"[{host}]" if ":" in host else host


def _own_address() -> str:
    """Which of our addresses would be used to reach another network; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address that is reserved for examples
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def serve(
    study: Study, place: Place, *, settings: ServerSettings, logs_requests: bool = False
) -> None:
    """Serve an open study until the process is told to stop (Ctrl-C, SIGTERM)."""
    _set_up_log(logs_requests)
    config = uvicorn.Config(
        make_app(study, settings=settings),
        log_config=None,
        access_log=False,  # it would write links, which hold tokens
        server_header=False,
        proxy_headers=settings.is_https,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    uvicorn.Server(config).run(sockets=[place.socket])


def _set_up_log(logs_requests: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("manyhands")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.INFO if logs_requests else logging.WARNING)


def why_no_page(settings: ServerSettings) -> str | None:
    """One sentence where the page is not built; None where it is."""
    return None if (settings.static_folder / "annotate.html").is_file() else NOT_BUILT


def lead_link(study: Study, address: str) -> str:
    """Where the lead goes: to log in, or as long as there is none to a link that makes them one.

    The link works once, for a day; one from an earlier start no longer does.
    """
    now = datetime.now(UTC)
    with study.writing() as connection:
        if find_accounts(connection, Role.LEAD):
            return f"{address}/login"
        for old in find_invites(connection):
            if old.note == FIRST_START and old.state(now) is InviteState.OPEN:
                revoke_invite(connection, old.invite_id, now)
        ends = now + FIRST_START_LASTS
        invite = Invite(Role.LEAD, FIRST_START, created_at=now, expires_at=ends, most_uses=1)
        return f"{address}/i/{insert_invite(connection, invite)}"


def make_invitation(
    study: Study,
    address: str,
    *,
    role: Role = Role.ANNOTATOR,
    days: float = 14,
    most_uses: int | None = None,
    note: str = "",
) -> tuple[Invite, str]:
    """An invitation and its link, which is told this once."""
    now = datetime.now(UTC)
    invite = Invite(
        role,
        note,
        created_at=now,
        expires_at=now + timedelta(days=days),
        most_uses=most_uses,
    )
    with study.writing() as connection:
        return invite, f"{address}/i/{insert_invite(connection, invite)}"


def make_link_for(study: Study, address: str, name: str) -> str:
    """A personal link for somebody who cannot get in any more: once, for a day. Reviewers and leads
    choose a new password with it.

    Raises `StudyError` where nobody has that name, or they are kept out.
    """
    with study.writing() as connection:
        account = find_account_named(connection, name)
        if account is None:
            known = ", ".join(a.name for a in find_accounts(connection)) or "none"
            raise StudyError(f"no account '{name}' in the study; it has {known}")
        if account.disabled_at is not None:
            raise StudyError(f"'{account.name}' is kept out of this study")
        insert_audit(connection, AuditEntry(COMMAND_LINE, "account.link", account.name))
        token, _ = make_personal_link(
            connection, account, datetime.now(UTC), lasts=FROM_LEAD_LASTS, sets_password=True
        )
        return f"{address}/p/{token}"


def demo_links(study: Study, address: str) -> tuple[str, str]:
    """Links to try the demo: to annotate, and to lead. They work for a week, on any device."""
    now = datetime.now(UTC)
    with study.writing() as connection:
        for volume in find_volumes(connection):
            for structure in study.config.structures:
                subject = (volume.volume_id, structure.structure_id)
                request_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"demo {subject}"))
                request = Request(*subject, DEMO_PEOPLE, request_id=request_id)
                insert_request(connection, request)
        leads = find_accounts(connection, Role.LEAD)
        lead = leads[0] if leads else Account("Lead", Role.LEAD, created_at=now)
        if not leads:
            insert_account(connection, lead)
        personal, _ = make_personal_link(connection, lead, now, lasts=DEMO_LASTS, most_uses=None)
    _, annotate = make_invitation(study, address, days=DEMO_LASTS.days, note="demo")
    return annotate, f"{address}/p/{personal}"
