"""Pages for people: where to go on, and the built page with its files."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from manyhands.server.errors import ApiError
from manyhands.server.links import HOME
from manyhands.server.render import TEMPLATES, render_page
from manyhands.server.state import Here, Server, Visitor

router = APIRouter(include_in_schema=False)

FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
NOT_BUILT = (
    "The page is not built here yet: run `make web` in the folder of the program, or install its "
    "wheel, which has it."
)


@router.get("/")
def home(here: Here, visitor: Visitor) -> HTMLResponse:
    """Where to go on."""
    account = visitor and {"name": visitor.name, "home": HOME[visitor.role], "role": visitor.role}
    return render_page("home.html", title=here.study.config.page.title, account=account)


@router.get("/pages.css")
def styles() -> FileResponse:
    """How the pages without script look."""
    return FileResponse(TEMPLATES / "pages.css", headers={"Cache-Control": ASK_AGAIN})


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
