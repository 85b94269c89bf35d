"""Who is here: kept out, let in again, given another role, sent a link to come back by."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from tests.server.lead.conftest import API, Login

from manyhands.store import Role

PASSWORD = "quite a long one"


def id_of(client: TestClient) -> str:
    account_id: str = client.get("/api/v1/me").json()["account_id"]
    return account_id


def do(lead: TestClient, account_id: str, deed: str, **body: Any) -> Any:
    """What becomes of a deed that is done: all accounts, or a link."""
    answer = lead.post(f"{API}/accounts/{account_id}/{deed}", json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def account(accounts: list[dict[str, Any]], account_id: str) -> dict[str, Any]:
    return next(a for a in accounts if a["account_id"] == account_id)


def status(client: TestClient) -> int:
    return client.get("/api/v1/me").status_code


def logged(lead: TestClient) -> list[tuple[str, str]]:
    return [(e["action"], e["subject"]) for e in lead.get(f"{API}/audit").json()]


def enter(lead: TestClient, link: dict[str, Any], **form: str) -> TestClient:
    """Somebody who opens a personal link and presses its button."""
    guest = TestClient(lead.app, follow_redirects=False)
    guest.post(urlsplit(link["url"]).path, data=form)
    return guest


def log_in(lead: TestClient, name: str, password: str) -> TestClient:
    guest = TestClient(lead.app, follow_redirects=False)
    guest.post("/login", data={"name": name, "password": password})
    return guest


def test_who_is_shut_out_is_out_at_once(lead: TestClient, login: Login) -> None:
    annotator = login(Role.ANNOTATOR)
    account_id = id_of(annotator)
    told = do(lead, account_id, "disable")

    assert account(told, account_id)["disabled_at"]
    assert status(annotator) == 401


@pytest.mark.parametrize("deed", ["disable", "role"])
def test_nobody_does_that_to_themselves(lead: TestClient, deed: str) -> None:
    """So there is always a lead left."""
    body = {"role": "annotator"} if deed == "role" else {}
    answer = lead.post(f"{API}/accounts/{id_of(lead)}/{deed}", json=body)

    assert answer.status_code == 409
    assert "another lead" in answer.json()["error"]["message"]


def test_who_is_let_in_again_comes_back_as_the_same_person_by_a_link(
    lead: TestClient, login: Login
) -> None:
    annotator = login(Role.ANNOTATOR, "sam")
    account_id = id_of(annotator)
    do(lead, account_id, "disable")
    refused = lead.post(f"{API}/accounts/{account_id}/link", json={})
    told = do(lead, account_id, "enable")

    assert refused.status_code == 409
    assert "let them in again first" in refused.json()["error"]["message"]
    assert account(told, account_id)["disabled_at"] is None
    assert status(annotator) == 401  # the session from before stays ended
    guest = enter(lead, do(lead, account_id, "link"))
    assert guest.get("/api/v1/me").json()["name"] == "sam"
    assert logged(lead) == [
        ("account.link", "sam"),
        ("account.enable", "sam"),
        ("account.disable", "sam"),
    ]


def test_who_has_a_password_comes_back_with_it_only_when_let_in_again(
    lead: TestClient, login: Login
) -> None:
    account_id = id_of(login(Role.REVIEWER, "Rita"))
    enter(lead, do(lead, account_id, "link"), password=PASSWORD)
    do(lead, account_id, "disable")
    assert status(log_in(lead, "Rita", PASSWORD)) == 401

    do(lead, account_id, "enable")
    assert log_in(lead, "Rita", PASSWORD).get("/api/v1/me").json()["role"] == "reviewer"


def test_who_gets_another_role_stays_the_same_annotator(lead: TestClient, login: Login) -> None:
    """Back among annotators they go on with what they had begun."""
    sam = login(Role.ANNOTATOR, "sam")
    account_id = id_of(sam)
    begun = sam.post("/api/v1/tasks/next").json()["task_id"]
    for role in ("reviewer", "annotator"):
        do(lead, account_id, "role", role=role)
        again = enter(lead, do(lead, account_id, "link"), password=PASSWORD)

        assert again.get("/api/v1/me").json()["role"] == role
        assert again.get(f"/api/v1/tasks/{begun}").status_code == 200


def test_a_link_made_before_somebody_was_shut_out_stays_useless(
    lead: TestClient, login: Login
) -> None:
    account_id = id_of(login(Role.ANNOTATOR))
    link = do(lead, account_id, "link")
    do(lead, account_id, "disable")
    do(lead, account_id, "enable")

    assert status(enter(lead, link)) == 401


def test_what_is_so_already_is_not_logged_again(lead: TestClient, login: Login) -> None:
    annotator = login(Role.ANNOTATOR)
    do(lead, id_of(annotator), "enable")
    do(lead, id_of(annotator), "role", role="annotator")

    assert logged(lead) == []
    assert status(annotator) == 200


def test_a_new_role_holds_at_once_and_is_logged_with_the_old_one(
    lead: TestClient, login: Login
) -> None:
    other = login(Role.LEAD, "Mallory")
    account_id = id_of(other)
    invited = other.post(f"{API}/invites", json={"role": "lead"}).json()["invite"]["invite_id"]
    told = do(lead, account_id, "role", role="annotator")

    assert account(told, account_id)["role"] == "annotator"
    assert status(other) == 401
    guest = enter(lead, do(lead, account_id, "link"))
    assert guest.get("/api/v1/me").json()["role"] == "annotator"
    assert guest.get(f"{API}/progress").status_code == 403
    states = {i["invite_id"]: i["state"] for i in lead.get(f"{API}/invites").json()}
    assert states[invited] == "revoked"
    entries = lead.get(f"{API}/audit").json()
    (changed,) = [e for e in entries if e["action"] == "account.role"]
    assert changed["details"] == {"role": ["lead", "annotator"]}


def test_an_annotator_who_becomes_a_reviewer_chooses_a_password(
    lead: TestClient, login: Login
) -> None:
    account_id = id_of(login(Role.ANNOTATOR, "sam"))
    do(lead, account_id, "role", role="reviewer")
    link = do(lead, account_id, "link")
    path = urlsplit(link["url"]).path
    guest = TestClient(lead.app, follow_redirects=False)

    assert "A password to come back with" in guest.get(path).text
    short = guest.post(path, data={"password": "short"})
    assert (short.status_code, status(guest)) == (422, 401)
    assert "10 to 200 characters" in short.text
    assert guest.post(path, data={"password": PASSWORD}).headers["location"] == "/review"
    assert guest.get(f"{API}/progress").status_code == 200
    again = TestClient(lead.app, follow_redirects=False)
    again.post("/login", data={"name": "sam", "password": PASSWORD})
    assert again.get("/api/v1/me").json()["role"] == "reviewer"


def test_a_reviewer_who_forgot_the_password_chooses_a_new_one_by_a_link(
    lead: TestClient, login: Login
) -> None:
    """With it all ends that somebody else may have; the log tells who could have taken it."""
    before = login(Role.REVIEWER, "Rita")
    account_id = id_of(before)
    enter(lead, do(lead, account_id, "link"), password=PASSWORD)
    elsewhere, own_link = log_in(lead, "Rita", PASSWORD), before.post("/api/v1/me/link")
    assert own_link.status_code == 401  # choosing the first password ended the session before it
    own_link = elsewhere.post("/api/v1/me/link")

    guest = enter(lead, do(lead, account_id, "link"), password=f"{PASSWORD} and new")

    assert (status(guest), status(elsewhere)) == (200, 401)
    assert status(enter(lead, own_link.json(), password=PASSWORD)) == 401
    assert status(log_in(lead, "Rita", PASSWORD)) == 401
    assert status(log_in(lead, "Rita", f"{PASSWORD} and new")) == 200
    (last, *_) = lead.get(f"{API}/audit").json()
    assert (last["who"], last["action"], last["subject"]) == ("Rita", "account.password", "Rita")
    assert last["details"] == {"link_by": "lead1"}


def test_nobody_becomes_another_lead_by_a_link_from_the_page(
    lead: TestClient, login: Login
) -> None:
    account_id = id_of(login(Role.LEAD, "Anna"))
    enter(lead, do(lead, account_id, "link"), password=PASSWORD)
    answer = lead.post(f"{API}/accounts/{account_id}/link", json={})

    assert answer.status_code == 409
    assert 'manyhands invite STUDY --for "Anna"' in answer.json()["error"]["message"]
    told = account(lead.get(f"{API}/accounts").json(), account_id)
    assert (told["has_password"], told["may_be_sent_link"]) == (True, False)


def test_an_annotator_chooses_no_password_also_one_who_has_one(
    lead: TestClient, login: Login
) -> None:
    """Who reviewed before: their password stays what it is."""
    account_id = id_of(login(Role.REVIEWER, "sam"))
    enter(lead, do(lead, account_id, "link"), password=PASSWORD)
    do(lead, account_id, "role", role="annotator")
    guest = enter(lead, do(lead, account_id, "link"), password="another long one")

    assert guest.get("/api/v1/me").json()["role"] == "annotator"
    assert status(log_in(lead, "sam", PASSWORD)) == 200


def test_open_links_are_listed_and_withdrawn_and_let_nobody_in(
    lead: TestClient, login: Login
) -> None:
    annotator = login(Role.ANNOTATOR, "sam")
    account_id = id_of(annotator)
    used = do(lead, account_id, "link")
    assert status(enter(lead, used)) == 200
    by_lead, by_sam = do(lead, account_id, "link"), annotator.post("/api/v1/me/link").json()

    told = account(lead.get(f"{API}/accounts").json(), account_id)["open_links"]
    assert [(link["made_by"], link["expires_at"]) for link in told] == [
        ("sam", by_sam["expires_at"]),
        ("lead1", by_lead["expires_at"]),
    ]
    for _ in range(2):  # the second time there is nothing to withdraw, nor to log
        assert account(do(lead, account_id, "revoke-links"), account_id)["open_links"] == []
    assert status(enter(lead, by_lead)) == status(enter(lead, by_sam)) == 401
    assert status(annotator) == 200  # sessions go on
    assert logged(lead).count(("account.revoke-links", "sam")) == 1


def test_withdrawing_somebodys_links_leaves_those_of_others(lead: TestClient, login: Login) -> None:
    sam, kim = id_of(login(Role.ANNOTATOR, "sam")), id_of(login(Role.ANNOTATOR, "kim"))
    do(lead, sam, "link")
    kept = do(lead, kim, "link")
    do(lead, sam, "revoke-links")

    assert enter(lead, kept).get("/api/v1/me").json()["name"] == "kim"


def test_of_two_links_the_second_ends_where_a_password_is_chosen(
    lead: TestClient, login: Login
) -> None:
    account_id = id_of(login(Role.REVIEWER))
    first, second = do(lead, account_id, "link"), do(lead, account_id, "link")
    enter(lead, first, password=PASSWORD)

    assert status(enter(lead, second)) == 401


@pytest.mark.parametrize("deed", ["disable", "enable", "role", "link", "revoke-links"])
def test_who_is_not_there_is_404(lead: TestClient, deed: str) -> None:
    body = {"role": "annotator"} if deed == "role" else {}
    assert lead.post(f"{API}/accounts/nope/{deed}", json=body).status_code == 404


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


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("deed", "body"), [("disable", {}), ("role", {"role": "annotator"})])
def test_who_may_no_longer_lead_does_not_come_back_as_somebody_else(
    login: Login, lead: TestClient, role: Role, deed: str, body: dict[str, str]
) -> None:
    """By a link for somebody, made before and kept."""
    mallory = login(Role.LEAD, "Mallory")
    kept = do(mallory, id_of(login(role, "sam")), "link")
    do(lead, id_of(mallory), deed, **body)

    assert status(enter(lead, kept, password=PASSWORD)) == 401


def test_of_two_leads_who_shut_each_other_out_at_once_one_stays(
    login: Login, lead: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both were let through before anything was done: so the gate forgets nobody here."""
    other = login(Role.LEAD, "Mallory")
    ids = id_of(lead), id_of(other)
    invited = lead.post(f"{API}/invites", json={"role": "lead"}).json()["invite"]["invite_id"]
    monkeypatch.setattr("manyhands.server.gate.Gate.forget", lambda _gate: None)
    do(lead, ids[1], "disable")

    for path, body in (
        (f"accounts/{ids[0]}/disable", {}),
        (f"accounts/{ids[1]}/enable", {}),
        (f"accounts/{ids[0]}/role", {"role": "annotator"}),
        (f"accounts/{ids[0]}/link", {}),
        (f"accounts/{ids[0]}/revoke-links", {}),
        ("invites", {"role": "lead"}),
        (f"invites/{invited}/revoke", {}),
    ):
        assert other.post(f"{API}/{path}", json=body).status_code == 403, path
    assert lead.get(f"{API}/invites").json()[0]["state"] == "open"
    assert account(lead.get(f"{API}/accounts").json(), ids[0])["disabled_at"] is None
