"""Pages for people: log in, invitations, and the built page with its files."""

from __future__ import annotations

import mimetypes
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from manyhands.server.cookies import drop_session, set_session
from manyhands.server.errors import ApiError
from manyhands.server.links import (
    HOME,
    LEAST_PASSWORD,
    check_login,
    check_password,
    needs_password,
    open_invite,
    passwords,
    redeem,
    redeem_personal,
)
from manyhands.server.render import TEMPLATES, render_page
from manyhands.server.state import Here, Server, Visitor
from manyhands.store import Account, Invite, end_session, start_session

router = APIRouter(include_in_schema=False)

FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
NOT_BUILT = (
    "The page is not built here yet: run `make web` in the folder of the program, or install its "
    "wheel, which has it."
)

Text = Annotated[str, Form(max_length=500)]


@router.get("/")
def home(here: Here, visitor: Visitor) -> HTMLResponse:
    """Where to go on."""
    account = visitor and {"name": visitor.name, "home": HOME[visitor.role], "role": visitor.role}
    return render_page("home.html", title=here.study.config.page.title, account=account)


@router.get("/pages.css")
def styles() -> FileResponse:
    """How the pages without script look."""
    return FileResponse(TEMPLATES / "pages.css", headers={"Cache-Control": ASK_AGAIN})


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
    here.limits.check("invite", _address(request))
    with here.study.reading() as connection:
        invite = open_invite(connection, token, datetime.now(UTC), is_personal=False)
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
    here.limits.check("invite", _address(request))
    now, name = datetime.now(UTC), " ".join(unicodedata.normalize("NFC", name).split())
    with here.study.reading() as connection:
        invite = open_invite(connection, token, now, is_personal=False)
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
    """One button: log in here as the same person."""
    here.limits.check("invite", _address(request))
    with here.study.reading() as connection:
        open_invite(connection, token, datetime.now(UTC), is_personal=True)
    return render_page("personal.html", title=here.study.config.page.title)


@router.post("/p/{token}")
def take_personal(here: Here, request: Request, token: str) -> Response:
    """Start a session on this device."""
    here.limits.check("invite", _address(request))
    now = datetime.now(UTC)
    account, session = here.writer.do(
        lambda connection: redeem_personal(connection, token, now=now)
    )
    return _enter(here, request, account, session)


@router.get("/annotate")
def annotate(here: Here, visitor: Visitor) -> Response:
    """The page to draw boxes on. It is open to anyone: without a session it says what to do, and
    what it has not sent yet stays in the browser.
    """
    return _built(here, "annotate.html")


@router.get("/lead")
def lead(here: Here, visitor: Visitor) -> Response:
    """The page that leads watch a study on."""
    return _built(here, "lead.html") if visitor else RedirectResponse("/login", status_code=303)


@router.get("/review")
def review(here: Here, visitor: Visitor) -> Response:
    """The page to look at what is doubtful."""
    return _built(here, "review.html") if visitor else RedirectResponse("/login", status_code=303)


@router.get("/sw.js")
def service_worker(here: Here) -> Response:
    """Keeps the page working offline."""
    path = here.settings.static_folder / "sw.js"
    if not path.is_file():
        raise ApiError(404, "not-built", NOT_BUILT)
    headers = {"Cache-Control": ASK_AGAIN, "Service-Worker-Allowed": "/"}
    return FileResponse(path, media_type="text/javascript", headers=headers)


@router.get("/static/{path:path}")
def static(here: Here, request: Request, path: str) -> Response:
    """Files of the built page. Their names hold their hash, so they are kept for good."""
    folder = here.settings.static_folder.resolve()
    file = (folder / path).resolve()
    if not file.is_relative_to(folder) or not file.is_file() or path.endswith(".html"):
        raise ApiError(404, "not-found", "There is nothing here.")
    kept = FOR_GOOD if path.startswith("assets/") else ASK_AGAIN
    return _maybe_gzipped(file, request, {"Cache-Control": kept})


def _maybe_gzipped(file: Path, request: Request, headers: Mapping[str, str]) -> Response:
    """The file, or the `.gz` that the build put beside it for those who take it."""
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    zipped = file.with_name(f"{file.name}.gz")
    headers = {**headers, "Vary": "Accept-Encoding"}
    if zipped.is_file() and "gzip" in request.headers.get("accept-encoding", ""):
        return FileResponse(
            zipped, media_type=media_type, headers={**headers, "Content-Encoding": "gzip"}
        )
    return FileResponse(file, media_type=media_type, headers=headers)


def _built(here: Server, name: str) -> Response:
    path = here.settings.static_folder / name
    if not path.is_file():
        raise ApiError(503, "not-built", NOT_BUILT)
    return FileResponse(path, media_type="text/html", headers={"Cache-Control": ASK_AGAIN})


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
