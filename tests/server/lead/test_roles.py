"""Who may do what on the lead's routes: all of them, with every role, on the real app."""

from __future__ import annotations

import re

import pytest
from tests.server.lead.conftest import Login

from manyhands.server.access import REVIEWERS, check_complete
from manyhands.server.lead import ACCESS, ROUTERS
from manyhands.store import Role

NOBODY = "00000000-0000-4000-8000-000000000000"


def test_every_route_is_in_the_table() -> None:
    check_complete(ROUTERS, ACCESS)


def filled(path: str) -> str:
    """An address of things that are not there: who may ask is decided before."""
    path = path.replace("{plane}", "axial").replace("{index}", "0").replace("{structure_id}", "99")
    return re.sub(r"\{\w+\}", NOBODY, path)


@pytest.mark.parametrize("role", [None, *Role])
def test_each_role_gets_what_the_table_says_and_nothing_else(
    login: Login, role: Role | None
) -> None:
    client = login(role) if role else login(Role.LEAD)
    if role is None:
        client.cookies.clear()
    for (method, path), roles in ACCESS.items():
        status = client.request(method, filled(path), json={}).status_code
        if role is None:
            assert status == 401, (method, path)
        elif role in roles:
            assert status not in (401, 403), (method, path)
        else:
            assert status == 403, (method, path)


def test_reviewers_see_progress_and_review_alone() -> None:
    theirs = {path for (_, path), roles in ACCESS.items() if roles == REVIEWERS}
    assert all("/review" in path or path.endswith("/progress") for path in theirs)
    assert len(theirs) >= 6
