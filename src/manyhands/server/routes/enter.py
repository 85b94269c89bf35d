"""Ways in that need no script: log in, invitations, personal links. And the way out."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from manyhands.server.cookies import drop_session, set_session
from manyhands.server.errors import ApiError
from manyhands.server.links import (
    HOME,
    LEAST_PASSWORD,
    check_login,
    check_password,
    chooses_password,
    needs_password,
    open_invite,
    passwords,
    redeem,
    redeem_personal,
)
from manyhands.server.render import render_page
from manyhands.server.state import Here, Server, Visitor
from manyhands.store import Account, Invite, end_session, start_session

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=500)]


@router.get("/login")
def login_page(here: Here) -> HTMLResponse:
    """Name and password."""
    return _login(here)


@router.post("/login")
def login(here: Here, request: Request, name: Text, password: Text) -> Response:
    """Start a session, or say that name and password do not belong together."""
    here.limits.check("login", _address(request))
    with here.study.reading() as connection:
        account = check_login(connection, name.strip(), password)
    if account is None:
        page = _login(here, wrong="Name and password do not belong together.")
        page.status_code = 403
        return page
    now = datetime.now(UTC)
    token = here.writer.do(lambda connection: start_session(connection, account, now))
    return _enter(here, request, account, token)


@router.post("/logout")
def logout(here: Here, request: Request) -> Response:
    """End the session; the same as the page does by `/api/v1/logout`."""
    if token := request.cookies.get(here.settings.cookie_name):
        here.writer.do(lambda connection: end_session(connection, token))
        here.gate.forget()
    response = RedirectResponse("/", status_code=303)
    drop_session(response, here.settings)
    return response


@router.get("/i/{token}")
def invitation(here: Here, request: Request, visitor: Visitor, token: str) -> HTMLResponse:
    """What will be asked. To look at it (as previews of links do) uses nothing up."""
    invite = _invite_of(here, request, token, is_personal=False)
    return _landing(here, invite, visitor=visitor)


@router.post("/i/{token}")
def take_invitation(
    here: Here,
    request: Request,
    token: str,
    name: Text = "",
    password: Text = "",
    consent: Text = "",
) -> Response:
    """Make an account of a nickname, and go on to the page without the token in the address."""
    invite = _invite_of(here, request, token, is_personal=False)
    here.limits.check("join", _address(request))
    now, name = datetime.now(UTC), " ".join(unicodedata.normalize("NFC", name).split())
    if wrong := _why_not(invite, name, password, consent):
        return _landing(here, invite, name=name, consent=consent, wrong=wrong, status=422)
    password_hash = passwords.hash(password) if needs_password(invite.role) else None
    try:
        account, session = here.writer.do(
            lambda connection: redeem(
                connection, token, name=name, password_hash=password_hash, now=now
            )
        )
    except ApiError as error:
        if error.status not in (409, 422):
            raise
        wrong = f"{error.message} {error.what_to_do}"
        return _landing(here, invite, name=name, consent=consent, wrong=wrong, status=error.status)
    return _enter(here, request, account, session)


@router.get("/p/{token}")
def personal(here: Here, request: Request, token: str) -> HTMLResponse:
    """One button: log in here as the same person. Some have to choose a password first."""
    return _personal(here, _invite_of(here, request, token, is_personal=True))


@router.post("/p/{token}")
def take_personal(here: Here, request: Request, token: str, password: Text = "") -> Response:
    """Start a session on this device."""
    invite = _invite_of(here, request, token, is_personal=True)
    here.limits.check("join", _address(request))
    now, password_hash = datetime.now(UTC), None
    if chooses_password(invite):
        if wrong := check_password(password):
            return _personal(here, invite, wrong=wrong, status=422)
        password_hash = passwords.hash(password)
    account, session = here.writer.do(
        lambda connection: redeem_personal(connection, token, now=now, password_hash=password_hash)
    )
    if password_hash is not None:
        here.gate.forget()
    return _enter(here, request, account, session)


def _invite_of(here: Server, request: Request, token: str, *, is_personal: bool) -> Invite:
    """The invitation of a token. Raises as `open_invite`, and 429 for whoever tries many tokens.

    Only tokens that there are not count: a class may open the same link from one address.
    """
    address = _address(request)
    here.limits.check("guess", address, count=0)
    try:
        with here.study.reading() as connection:
            return open_invite(connection, token, datetime.now(UTC), is_personal=is_personal)
    except ApiError as error:
        if error.status == 404:
            here.limits.check("guess", address)
        raise


def _login(here: Server, *, wrong: str = "") -> HTMLResponse:
    return render_page("login.html", title=here.study.config.page.title, wrong=wrong)


def _landing(
    here: Server,
    invite: Invite,
    *,
    visitor: Account | None = None,
    name: str = "",
    consent: str = "",
    wrong: str = "",
    status: int = 200,
) -> HTMLResponse:
    config = here.study.config
    page = render_page(
        "invite.html",
        title=config.page.title,
        role=invite.role,
        structures=[s.name.replace("_", " ") for s in config.structures],
        consent=config.page.consent,
        asks_password=needs_password(invite.role),
        least_password=LEAST_PASSWORD,
        visitor=visitor and {"name": visitor.name, "home": HOME[visitor.role]},
        name=name,
        has_consented=consent == "yes",
        wrong=wrong,
    )
    page.status_code = status
    return page


def _personal(here: Server, invite: Invite, *, wrong: str = "", status: int = 200) -> HTMLResponse:
    page = render_page(
        "personal.html",
        title=here.study.config.page.title,
        works_once=invite.most_uses == 1,
        asks_password=chooses_password(invite),
        least_password=LEAST_PASSWORD,
        wrong=wrong,
    )
    page.status_code = status
    return page


def _why_not(invite: Invite, name: str, password: str, consent: str) -> str | None:
    if not name:
        return "Choose a name that others will see."
    if needs_password(invite.role):
        return check_password(password)
    return None if consent else "Please tick that you agree."


def _enter(here: Server, request: Request, account: Account, token: str) -> Response:
    """Go to one's page with a session of one's own; the one there was ends."""
    if old := request.cookies.get(here.settings.cookie_name):
        here.writer.do(lambda connection: end_session(connection, old))
        here.gate.forget()
    response = RedirectResponse(HOME[account.role], status_code=303)
    set_session(response, here.settings, token, account.role)
    return response


def _address(request: Request) -> str:
    return request.client.host if request.client else "nowhere"
