from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from tests.server.lead.conftest import API, Login

from manyhands.store import Role, Study, find_audit


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


def test_who_is_shut_out_is_out_at_once(lead: TestClient, login: Login) -> None:
    annotator = login(Role.ANNOTATOR)
    account_id = annotator.get("/api/v1/me").json()["account_id"]
    told = lead.post(f"{API}/accounts/{account_id}/disable", json={}).json()

    assert next(a for a in told if a["account_id"] == account_id)["disabled_at"]
    assert annotator.get("/api/v1/me").status_code == 401


def test_nobody_shuts_themselves_out(lead: TestClient) -> None:
    account_id = lead.get("/api/v1/me").json()["account_id"]
    answer = lead.post(f"{API}/accounts/{account_id}/disable", json={})

    assert answer.status_code == 409
    assert "another lead" in answer.json()["error"]["message"]


def test_what_is_not_there_is_404(lead: TestClient) -> None:
    assert lead.post(f"{API}/invites/nope/revoke", json={}).status_code == 404
    assert lead.post(f"{API}/accounts/nope/disable", json={}).status_code == 404


def test_all_of_it_is_in_the_log_without_any_token(lead: TestClient, study: Study) -> None:
    made = make(lead, note="students")
    lead.post(f"{API}/invites/{made['invite']['invite_id']}/revoke", json={})

    entries = lead.get(f"{API}/audit").json()
    assert [(e["who"], e["action"]) for e in entries] == [
        ("lead1", "invite.revoke"),
        ("lead1", "invite.create"),
    ]
    assert path_of(made).removeprefix("/i/") not in str(entries)
    with study.reading() as connection:
        assert len(find_audit(connection)) == 2


def test_who_is_shut_out_does_not_come_back_by_an_invitation_of_their_own(
    login: Login, lead: TestClient
) -> None:
    """What they handed out to annotators goes on; what would let them see others' work does not."""
    other = login(Role.LEAD, "Mallory")
    own = {
        role: other.post(f"{API}/invites", json={"role": role}).json()["invite"]["invite_id"]
        for role in ("lead", "reviewer", "annotator")
    }
    kept = lead.post(f"{API}/invites", json={"role": "lead"}).json()["invite"]["invite_id"]
    (mallory,) = [a for a in lead.get(f"{API}/accounts").json() if a["name"] == "Mallory"]

    lead.post(f"{API}/accounts/{mallory['account_id']}/disable")

    states = {i["invite_id"]: i["state"] for i in lead.get(f"{API}/invites").json()}
    assert {role: states[own[role]] for role in own} == {
        "lead": "revoked",
        "reviewer": "revoked",
        "annotator": "open",
    }
    assert states[kept] == "open"
