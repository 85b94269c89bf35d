"""Who may do what: one line for each route. A route that is not here stops the server's start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fastapi import APIRouter
from fastapi.routing import APIRoute

from manyhands.store import Role

Roles = frozenset[str]
Access = Mapping[tuple[str, str], Roles]

ANYONE: Roles = frozenset({"anyone"})
MACHINE = "machine"
"""Whoever asks from the server's own machine, not through a proxy."""
LEADS: Roles = frozenset({Role.LEAD})
REVIEWERS: Roles = LEADS | {Role.REVIEWER}
EVERYBODY: Roles = REVIEWERS | {Role.ANNOTATOR}

ACCESS: Access = {
    # Pages that need no script.
    ("GET", "/"): ANYONE,
    ("GET", "/pages.css"): ANYONE,
    ("GET", "/login"): ANYONE,
    ("POST", "/login"): ANYONE,
    ("POST", "/logout"): ANYONE,
    ("GET", "/i/{token}"): ANYONE,
    ("POST", "/i/{token}"): ANYONE,
    ("GET", "/p/{token}"): ANYONE,
    ("POST", "/p/{token}"): ANYONE,
    # The built page. Its files hold nothing of the study.
    ("GET", "/annotate"): ANYONE,
    ("GET", "/lead"): ANYONE,
    ("GET", "/review"): ANYONE,
    ("GET", "/sw.js"): ANYONE,
    ("GET", "/static/{path:path}"): ANYONE,
    # Is it well?
    ("GET", "/healthz"): ANYONE,
    ("GET", "/readyz"): ANYONE,
    ("GET", "/metrics"): LEADS | {MACHINE},
    # Whoever annotates.
    ("GET", "/api/v1/me"): EVERYBODY,
    ("POST", "/api/v1/me/link"): EVERYBODY,
    ("POST", "/api/v1/logout"): EVERYBODY,
    ("GET", "/api/v1/structures/{structure_id}/example"): EVERYBODY,
    ("GET", "/api/v1/practice"): EVERYBODY,
    ("GET", "/api/v1/practice/{practice_id}/slice"): EVERYBODY,
    ("POST", "/api/v1/practice/{practice_id}"): EVERYBODY,
    ("POST", "/api/v1/practice/done"): EVERYBODY,
    ("POST", "/api/v1/tasks/next"): EVERYBODY,
    ("GET", "/api/v1/tasks"): EVERYBODY,
    ("GET", "/api/v1/tasks/{task_id}"): EVERYBODY,
    ("GET", "/api/v1/tasks/{task_id}/slices/{k}"): EVERYBODY,
    ("GET", "/api/v1/tasks/{task_id}/strip"): EVERYBODY,
    ("POST", "/api/v1/tasks/{task_id}/answers"): EVERYBODY,
    ("POST", "/api/v1/tasks/{task_id}/finish"): EVERYBODY,
    ("POST", "/api/v1/tasks/{task_id}/give-back"): EVERYBODY,
    ("POST", "/api/v1/tasks/{task_id}/mask"): EVERYBODY,
}


def check_complete(routers: Iterable[APIRouter], access: Access) -> None:
    """Raise `ValueError` naming routes that the table lacks, and lines that have no route."""
    routes = set(walk(routers))
    if missing := sorted(routes - access.keys()):
        raise ValueError(f"these routes are not in the access table: {missing}")
    if unknown := sorted(access.keys() - routes):
        raise ValueError(f"the access table has lines without a route: {unknown}")


def as_table(access: Access) -> str:
    """The table in Markdown, one line for each route, for docs/look-up/server.md."""
    order = ("anyone", MACHINE, *(role.value for role in Role))
    lines = ["| | route | who may |", "|---|---|---|"]
    for (method, path), roles in access.items():
        who = ", ".join(role for role in order if role in roles)
        lines.append(f"| {method} | `{path}` | {who} |")
    return "\n".join(lines) + "\n"


def walk(routers: Iterable[APIRouter]) -> Iterator[tuple[str, str]]:
    """Method and path of every route."""
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield from ((method, route.path) for method in sorted(route.methods or ()))
