"""Invitations and personal links: made, and turned into an account and a session."""

from __future__ import annotations

import io
import uuid
from datetime import datetime, timedelta

import segno
import sqlalchemy as sa
from fastapi import Request
from pwdlib import PasswordHash

from manyhands.errors import InputError, StudyError
from manyhands.server.errors import ApiError
from manyhands.store import (
    Account,
    AuditEntry,
    Invite,
    InviteState,
    Role,
    count_use,
    find_account,
    find_account_named,
    find_invite,
    insert_account,
    insert_audit,
    insert_invite,
    set_password,
    start_session,
)

PERSONAL_LASTS = timedelta(minutes=10)
FROM_LEAD_LASTS = timedelta(days=1)  # the lead has to send it
LEAST_PASSWORD = 10  # characters
MOST_PASSWORD = 200
COMMAND_LINE = "command line"  # in the log, where others have their name
HOME = {Role.ANNOTATOR: "/annotate", Role.REVIEWER: "/review", Role.LEAD: "/lead"}
"""The page somebody comes to after logging in."""

WHY_CLOSED = {
    InviteState.EXPIRED: "This link has expired.",
    InviteState.USED_UP: "This link has been used as often as it may be.",
    InviteState.REVOKED: "This link has been withdrawn.",
}

passwords = PasswordHash.recommended()  # argon2id
_nobody = passwords.hash(uuid.uuid4().hex)


def open_invite(
    connection: sa.Connection, token: str, now: datetime, *, is_personal: bool
) -> Invite:
    """The invitation of a token. Raises `ApiError` 404 if there is none, 410 if it is over."""
    invite = find_invite(connection, token)
    if invite is None or (invite.account_id is not None) != is_personal:
        raise ApiError(404, "no-link", "There is no such link.", "Was all of it copied?")
    state = invite.state(now)
    if state is not InviteState.OPEN:
        raise ApiError(410, state.value, WHY_CLOSED[state], "Ask whoever sent it for a new one.")
    return invite


def needs_password(role: Role) -> bool:
    """Who may see others' work comes back with a password; annotators by their session."""
    return role is not Role.ANNOTATOR


def chooses_password(invite: Invite) -> bool:
    """Is whoever takes a personal link to choose a password, also in place of one they had?"""
    return invite.sets_password and needs_password(invite.role)


def check_password(password: str) -> str | None:
    """What is wrong with a password that somebody wants, None if nothing is."""
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        return f"A password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters."
    return None


def redeem(
    connection: sa.Connection,
    token: str,
    *,
    name: str,
    password_hash: str | None,
    now: datetime,
) -> tuple[Account, str]:
    """Make an account of an invitation; gives it with the token of its session.

    Raises `ApiError` 409 for a name that is taken, 422 for one that cannot be; and as
    `open_invite`.
    """
    invite = open_invite(connection, token, now, is_personal=False)
    account = Account(
        name=name,
        role=invite.role,
        password_hash=password_hash,
        annotator_id=str(uuid.uuid4()) if invite.role is Role.ANNOTATOR else None,
        created_at=now,
    )
    try:
        insert_account(connection, account)
    except InputError:
        what_to_do = "Use letters and digits, up to 64, and between them spaces, '-', '_' or '.'."
        raise ApiError(422, "bad-name", "This name cannot be used.", what_to_do) from None
    except StudyError:
        raise ApiError(
            409, "name-taken", "Somebody here has this name.", "Choose another."
        ) from None
    count_use(connection, invite, now)
    return account, start_session(connection, account, now)


def redeem_personal(
    connection: sa.Connection, token: str, *, now: datetime, password_hash: str | None = None
) -> tuple[Account, str]:
    """Log in by a personal link, choosing a password if one is given: then all other sessions and
    links end. Raises as `open_invite`.
    """
    invite = open_invite(connection, token, now, is_personal=True)
    account = find_account(connection, str(invite.account_id))
    if account is None or account.disabled_at is not None:
        raise ApiError(410, "revoked", WHY_CLOSED[InviteState.REVOKED])
    count_use(connection, invite, now)
    if password_hash is not None:
        set_password(connection, account.account_id, password_hash, now)
        _note_password(connection, account, invite)
    return account, start_session(connection, account, now)


def _note_password(connection: sa.Connection, account: Account, invite: Invite) -> None:
    """Who made the link is logged too: it is they who could have taken it."""
    maker = find_account(connection, invite.created_by) if invite.created_by else None
    told = {"link_by": maker.name if maker else COMMAND_LINE}
    entry = AuditEntry(account.name, "account.password", account.name, told, account.account_id)
    insert_audit(connection, entry)


def make_personal_link(
    connection: sa.Connection,
    account: Account,
    now: datetime,
    *,
    lasts: timedelta = PERSONAL_LASTS,
    most_uses: int | None = 1,
    created_by: str | None = None,
    sets_password: bool = False,
) -> tuple[str, datetime]:
    """The token of a link that logs in as `account`, and when it ends.

    `created_by` is the account of whoever makes it, None at the command line; it ends when they are
    shut out. One that `sets_password` is not for people to make for themselves: whoever finds their
    session open could keep the account.
    """
    ends = now + lasts
    invite = Invite(
        account.role,
        account_id=account.account_id,
        created_by=created_by,
        created_at=now,
        expires_at=ends,
        most_uses=most_uses,
        sets_password=sets_password,
    )
    return insert_invite(connection, invite), ends


def check_login(connection: sa.Connection, name: str, password: str) -> Account | None:
    """The account of that name, if the password is its own; as slow where nobody has the name."""
    account = find_account_named(connection, name)
    known = account.password_hash if account and not account.disabled_at else None
    is_right = len(password) <= MOST_PASSWORD and passwords.verify(password, known or _nobody)
    return account if known and is_right else None


def link_to(request: Request, path: str) -> str:
    """The whole address of a path, as whoever asks reaches this server."""
    return f"{request.url.scheme}://{request.url.netloc}{path}"


def qr_svg(address: str) -> str:
    """A QR code of an address, as an SVG for a page or a picture."""
    picture = io.BytesIO()
    code = segno.make(address, error="m")
    code.save(picture, kind="svg", xmldecl=False, nl=False, scale=4, border=2, omitsize=True)
    return picture.getvalue().decode()
