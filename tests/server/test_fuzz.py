"""Whatever anybody sends to whichever route, the answer is one that the API describes."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tests.server.conftest import PASSWORD, SETTINGS

from manyhands.server import make_app
from manyhands.server.openapi import describe_api
from manyhands.store import Invite, Role, find_accounts, find_volumes, insert_invite, open_study

schemathesis = pytest.importorskip("schemathesis", reason="the extra dev has schemathesis")
generation = pytest.importorskip("schemathesis.generation")
Mode = generation.GenerationMode
general = pytest.importorskip("schemathesis.checks")
requests = pytest.importorskip("requests")
conformance = pytest.importorskip("schemathesis.specs.openapi.checks")

FEW = 12
EXAMPLES = int(os.environ.get("MANYHANDS_FUZZ_EXAMPLES", FEW))  # of each operation and person
WHO = ("annotator", "lead", "nobody")
LEFT_OUT = {
    "POST /api/v1/logout": "ends the session that all other requests are made with",
    "GET /api/v1/lead/downloads/{name}": "packs the whole study; tests/server/lead has it",
}
"""Operations that are not fuzzed, and why."""

# A strange value need not be refused where it does no harm, and a right one may name what is not
# there; what must hold of every answer is this. That contents are as described is FastAPI's doing.
CHECKS = [
    general.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
]
OPERATIONS = {
    found.ok().label: found.ok()
    for found in schemathesis.openapi.from_dict(json.loads(describe_api())).get_all_operations()
}


def find_whole_numbers() -> list[tuple[str, str]]:
    """Operation and name of each parameter that takes one, or none."""
    return [
        (label, parameter.name)
        for label, operation in sorted(OPERATIONS.items())
        for parameter in (*operation.query, *operation.path_parameters)
        for schema in [parameter.definition["schema"]]
        if "integer" in (kind.get("type") for kind in schema.get("anyOf", [schema]))
    ]


WHOLE_NUMBERS = find_whole_numbers()


@dataclass(frozen=True)
class House:
    """A served study, those who ask, and what paths may name that is really there."""

    clients: dict[str, TestClient]
    there: dict[str, list[Any]]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, finished_study: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("fuzzed") / "study"
    shutil.copytree(finished_study, folder)
    with open_study(folder) as study:
        app = make_app(study, settings=SETTINGS)
        app.state.server.limits.check = lambda what, who, count=1: (
            None
        )  # or it would only say: too often
        with study.writing() as connection:
            links = {role: insert_invite(connection, Invite(role)) for role in Role}
        clients = {str(role): enter(app, str(role), token) for role, token in links.items()}
        task = clients["annotator"].post("/api/v1/tasks/next").json()
        with study.reading() as connection:
            volumes = [volume.volume_id for volume in find_volumes(connection)]
            (victim,) = (
                account.account_id
                for account in find_accounts(connection)
                if account.role is Role.REVIEWER
            )
        clients["nobody"] = TestClient(app, raise_server_exceptions=False)
        there = {
            "task_id": [task["task_id"]],
            "volume_id": volumes,
            "structure_id": [1, 2],
            "practice_id": ["1-0"],
            "account_id": [victim],
            "plane": ["axial", "coronal", "sagittal"],
            "k": [0, 13],
            "index": [0, 13],
        }
        yield House(clients, there)
        app.state.server.close()


def enter(app: FastAPI, name: str, token: str) -> TestClient:
    client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
    form = {"name": name, "password": PASSWORD, "consent": "yes"}
    assert client.post(f"/i/{token}", data=form).status_code == 303
    return client


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("label", sorted(OPERATIONS.keys() - LEFT_OUT.keys()))
def test_every_answer_is_one_that_is_described(house: House, label: str, who: str) -> None:
    """Data as the description has it, and data that is wrong; of things that are there, or not."""
    operation = OPERATIONS[label]
    cases = operation.as_strategy(Mode.POSITIVE)
    if can_be_wrong(operation):
        cases |= operation.as_strategy(Mode.NEGATIVE)

    @examples(
        max_examples=EXAMPLES,
        derandomize=EXAMPLES == FEW,  # more are a search, and each time another
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, data=st.data())
    def ask(case: Any, data: st.DataObject) -> None:
        for name in case.path_parameters.keys() & house.there.keys():
            if data.draw(st.booleans(), label=f"{name} is there"):
                case.path_parameters[name] = data.draw(st.sampled_from(house.there[name]))
        case.validate_response(send(house.clients[who], case), checks=CHECKS)

    ask()


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
@pytest.mark.parametrize(("label", "name"), WHOLE_NUMBERS)
def test_no_whole_number_is_too_large(house: House, label: str, name: str, number: int) -> None:
    """For a database, which holds 64 bits; whoever fuzzes seldom draws such numbers."""
    operation = OPERATIONS[label]
    values = {p.name: house.there[p.name][0] for p in operation.path_parameters} | {name: number}
    query = {name: number} if name in {p.name for p in operation.query} else {}
    for client in house.clients.values():
        path = operation.path.format(**values)
        answer = client.request(operation.method, path, params=query)
        assert answer.status_code < 500, answer.text


def can_be_wrong(operation: Any) -> bool:
    """Whatever stands in a path is some text."""
    given = [*operation.query, *operation.path_parameters]
    types = {parameter.definition.get("schema", {}).get("type") for parameter in given}
    return bool(operation.body) or bool(types - {"string"})


def send(client: TestClient, case: Any) -> Any:
    """As the library would send it over a network, but by the client, whose cookies it has."""
    described = case.as_transport_kwargs(base_url=str(client.base_url))
    sent = requests.Request(**described).prepare()
    answer = client.request(sent.method, sent.url, headers=sent.headers, content=sent.body)
    answer.request.read()  # the library shows it where something is wrong
    return answer


def test_what_is_left_out_is_there() -> None:
    assert LEFT_OUT.keys() < OPERATIONS.keys()
