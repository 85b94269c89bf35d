"""The few pages that work before any script has arrived: log in, invitations, errors."""

from __future__ import annotations

from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_page(template: str, **values: object) -> HTMLResponse:
    """One of the templates, filled in. Text is escaped."""
    return HTMLResponse(_environment.get_template(template).render(**values))
