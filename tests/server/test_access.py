"""Who may do what: every route, by everybody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from tests.server.conftest import Person

from manyhands.server.access import ANYONE, MACHINE, as_table, check_complete
from manyhands.server.app import ROUTERS, WHO_MAY
from manyhands.store import Role

WHO = ("nobody", *(role.value for role in Role))
STAND_INS = {"k": "0", "structure_id": "1", "practice_id": "1-0", "index": "0", "plane": "axial"}


def concrete(path: str) -> str:
    """The path of a route with something in place of each parameter, that mostly is not there."""
    return re.sub(r"\{(\w+)(:path)?\}", lambda m: STAND_INS.get(m[1], "no-such-thing"), path)


@pytest.fixture
def everybody(visitor: TestClient, person: Person) -> dict[str, TestClient]:
    return {"nobody": visitor, **{role.value: person(f"x{role}", role) for role in Role}}


def test_every_route_lets_in_whom_the_table_names_and_nobody_else(
    app: FastAPI, everybody: dict[str, TestClient]
) -> None:
    wrong = []
    app.state.server.limits.check = lambda what, who, count=1: None
    # Logging out first would end the sessions of those who come after.
    for (method, path), allowed in sorted(WHO_MAY.items(), key=lambda i: "logout" in i[0][1]):
        for who in WHO:
            status = everybody[who].request(method, concrete(path)).status_code
            is_in = allowed == ANYONE or who in allowed
            is_refused = status == (401 if who == "nobody" else 403)
            if path == "/login" and method == "POST":
                continue  # refuses by itself what has no name and password
            if is_refused == is_in or status == 405 or (status >= 500 and status != 503):
                wrong.append((method, path, who, status))
    assert wrong == []


def test_a_route_without_a_line_stops_the_start() -> None:
    router = APIRouter()
    router.add_api_route("/forgotten", lambda: None, methods=["GET"])

    with pytest.raises(ValueError, match=r"not in the access table: \[\('GET', '/forgotten'\)\]"):
        check_complete([*ROUTERS, router], WHO_MAY)


def test_a_line_without_a_route_stops_the_start() -> None:
    with pytest.raises(ValueError, match=r"lines without a route: \[\('GET', '/gone'\)\]"):
        check_complete(ROUTERS, {**WHO_MAY, ("GET", "/gone"): ANYONE})


def test_the_table_is_in_the_documentation(repository: Path) -> None:
    page = (repository / "docs" / "look-up" / "server.md").read_text(encoding="utf-8")
    assert as_table(WHO_MAY) in page, "write it anew: make docs"


def test_only_pages_and_health_are_open_to_anyone() -> None:
    """Whoever opens a route of the API to the world does it here too, on purpose."""
    open_paths = {path for (_, path), allowed in WHO_MAY.items() if allowed == ANYONE}
    assert not [path for path in open_paths if path.startswith("/api/")]


def test_metrics_are_for_leads_and_for_the_machine_itself(
    app: FastAPI, everybody: dict[str, TestClient]
) -> None:
    local = TestClient(app, client=("127.0.0.1", 50000))
    assert MACHINE in WHO_MAY["GET", "/metrics"]
    assert "manyhands_request_seconds" in local.get("/metrics").text
    assert local.get("/metrics", headers={"x-forwarded-for": "8.8.8.8"}).status_code == 401
    assert everybody["lead"].get("/metrics").status_code == 200
    assert everybody["reviewer"].get("/metrics").status_code == 403
