from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from tests.server.lead.conftest import API

from manyhands.store import Study, find_audit


def make(lead: TestClient, **wanted: Any) -> dict[str, Any]:
    answer = lead.post(f"{API}/invites", json=wanted)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def path_of(made: dict[str, Any]) -> str:
    return urlsplit(str(made["url"])).path


def test_a_link_lets_somebody_in_with_its_role_and_is_shown_once(
    lead: TestClient, study: Study
) -> None:
    made = make(lead, role="annotator", note="students", most_uses=2)
    token = path_of(made).removeprefix("/i/")
    guest = TestClient(lead.app)
    entered = guest.post(path_of(made), data={"name": "sam", "consent": "yes"})

    assert entered.status_code == 200 or entered.history
    assert guest.get("/api/v1/me").json()["role"] == "annotator"
    (listed,) = lead.get(f"{API}/invites").json()
    assert (listed["uses"], listed["most_uses"], listed["state"]) == (1, 2, "open")
    assert token not in lead.get(f"{API}/invites").text
    assert token not in (study.folder / "manyhands.db").read_bytes().decode("latin-1")
    assert "<svg" in made["qr_svg"]


def test_a_revoked_link_lets_nobody_in(lead: TestClient) -> None:
    made = make(lead)
    told = lead.post(f"{API}/invites/{made['invite']['invite_id']}/revoke", json={}).json()
    guest = TestClient(lead.app)

    assert told[0]["state"] == "revoked"
    assert guest.get(path_of(made)).status_code == 410
    assert guest.post(path_of(made), data={"name": "sam", "consent": "yes"}).status_code == 410


@pytest.mark.parametrize(
    "wanted",
    [
        {"role": "king"},
        {"most_uses": 0},
        {"expires_in_days": 0},
        {"expires_in_days": 1e9},
        {"note": "x" * 201},
        {"unknown": 1},
    ],
)
def test_an_invitation_that_cannot_be_is_refused(lead: TestClient, wanted: dict[str, Any]) -> None:
    assert lead.post(f"{API}/invites", json=wanted).status_code == 422
    assert lead.get(f"{API}/invites").json() == []


def test_an_invitation_that_is_not_there_is_404(lead: TestClient) -> None:
    assert lead.post(f"{API}/invites/nope/revoke", json={}).status_code == 404


def test_without_a_note_the_log_calls_an_invitation_by_its_role(lead: TestClient) -> None:
    made = make(lead, role="reviewer")
    lead.post(f"{API}/invites/{made['invite']['invite_id']}/revoke", json={})

    entries = lead.get(f"{API}/audit").json()
    assert [e["subject"] for e in entries] == ["reviewer", "reviewer"]
    assert {e["details"]["invite_id"] for e in entries} == {made["invite"]["invite_id"]}


def test_all_of_it_is_in_the_log_without_any_token(lead: TestClient, study: Study) -> None:
    made = make(lead, note="students")
    lead.post(f"{API}/invites/{made['invite']['invite_id']}/revoke", json={})

    entries = lead.get(f"{API}/audit").json()
    assert [(e["who"], e["action"], e["subject"]) for e in entries] == [
        ("lead1", "invite.revoke", "students"),
        ("lead1", "invite.create", "students"),
    ]
    assert path_of(made).removeprefix("/i/") not in str(entries)
    with study.reading() as connection:
        assert len(find_audit(connection)) == 2
