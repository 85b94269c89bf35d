"""Ways in: invitations, personal links, passwords, sessions."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.server.conftest import PASSWORD, SETTINGS, Person

from manyhands.server import ServerSettings, make_app
from manyhands.server.run import make_link_for
from manyhands.store import (
    Invite,
    Role,
    Study,
    disable_account,
    find_account_named,
    find_accounts,
    find_annotators,
    find_audit,
    find_invite,
    find_session,
    insert_invite,
    revoke_invite,
)
from manyhands.store.schema import sessions

FORM = {"name": "Ann", "consent": "yes"}
HOUR = timedelta(hours=1)


def now() -> datetime:
    return datetime.now(UTC)


def invited(study: Study, invite: Invite | None = None) -> str:
    with study.writing() as connection:
        return insert_invite(connection, invite or Invite(Role.ANNOTATOR))


def uses(study: Study, token: str) -> int:
    with study.reading() as connection:
        invite = find_invite(connection, token)
    assert invite is not None
    return invite.uses


def test_a_link_shows_what_is_asked_and_makes_an_account_once_it_is_taken(
    visitor: TestClient, study: Study
) -> None:
    token = invited(study)
    page = visitor.get(f"/i/{token}")
    assert page.status_code == 200
    assert "liver, spleen" in page.text
    assert study.config.page.consent in page.text
    assert uses(study, token) == 0  # previews of links look, too

    taken = visitor.post(f"/i/{token}", data={**FORM, "name": "  Ann  Lee "})

    assert (taken.status_code, taken.headers["location"]) == (303, "/annotate")
    me = visitor.get("/api/v1/me").json()
    assert (me["name"], me["role"], me["practised"]) == ("Ann Lee", "annotator", False)
    assert uses(study, token) == 1
    with study.reading() as connection:
        assert [a.name for a in find_annotators(connection)] == ["Ann Lee"]


@pytest.mark.parametrize(
    ("invite", "words"),
    [
        (Invite(Role.ANNOTATOR, expires_at=now() - HOUR), "has expired"),
        (Invite(Role.ANNOTATOR, most_uses=1, uses=1), "as often as it may"),
        (Invite(Role.ANNOTATOR, revoked_at=now()), "has been withdrawn"),
    ],
)
def test_links_that_are_over_say_so_and_let_nobody_in(
    visitor: TestClient, study: Study, invite: Invite, words: str
) -> None:
    token = invited(study, invite)
    for answer in (visitor.get(f"/i/{token}"), visitor.post(f"/i/{token}", data=FORM)):
        assert answer.status_code == 410
        assert words in answer.text
    with study.reading() as connection:
        assert find_accounts(connection) == ()


@pytest.mark.parametrize("token", ["forged", "x" * 5000, "%00", "ä"])
def test_a_forged_link_is_none(visitor: TestClient, token: str) -> None:
    for path in (f"/i/{token}", f"/p/{token}"):
        assert visitor.get(path).status_code == 404
        assert visitor.post(path, data=FORM).status_code == 404


def test_a_link_withdrawn_between_looking_and_taking_is_not_taken(
    visitor: TestClient, study: Study
) -> None:
    token = invited(study)
    visitor.get(f"/i/{token}")
    with study.writing() as connection:
        invite = find_invite(connection, token)
        assert invite is not None
        revoke_invite(connection, invite.invite_id, now())
    assert visitor.post(f"/i/{token}", data=FORM).status_code == 410


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"name": "Ann"}, 422, "tick that you agree"),
        ({"name": " ", "consent": "yes"}, 422, "Choose a name"),
        ({"name": "../etc", "consent": "yes"}, 422, "cannot be used"),
        ({"name": "<script>", "consent": "yes"}, 422, "&lt;script&gt;"),
        ({"name": "x" * 65, "consent": "yes"}, 422, "cannot be used"),
        ({"name": "x" * 5000, "consent": "yes"}, 422, "not understood"),
        ({"name": "BOB", "consent": "yes"}, 409, "Somebody here has this name"),
    ],
)
def test_a_form_that_is_not_right_uses_nothing_up(
    visitor: TestClient,
    study: Study,
    person: Person,
    form: dict[str, str],
    status: int,
    words: str,
) -> None:
    person("Bob")
    token = invited(study)
    answer = visitor.post(f"/i/{token}", data=form)

    assert answer.status_code == status
    assert words in answer.text
    assert status == 422 or "required checked" in answer.text  # nobody agrees twice
    assert uses(study, token) == 0
    assert "set-cookie" not in answer.headers


def test_leads_and_reviewers_choose_a_password_and_come_back_with_it(
    visitor: TestClient, study: Study, person: Person
) -> None:
    token = invited(study, Invite(Role.LEAD))
    short = visitor.post(f"/i/{token}", data={"name": "Lea", "password": "short"})
    assert short.status_code == 422
    assert "10 to 200 characters" in short.text

    person("Lea", Role.LEAD)
    assert visitor.post("/login", data={"name": "lea", "password": "wrong"}).status_code == 403
    entered = visitor.post("/login", data={"name": "lea", "password": PASSWORD})

    assert entered.headers["location"] == "/lead"
    assert visitor.get("/api/v1/me").json()["role"] == "lead"
    with study.reading() as connection:
        account = find_account_named(connection, "Lea")
    assert account is not None
    assert str(account.password_hash).startswith("$argon2id$")


def test_annotators_have_no_password_to_guess(visitor: TestClient, person: Person) -> None:
    person("Ann")
    for password in ("", PASSWORD, "None"):
        answer = visitor.post("/login", data={"name": "Ann", "password": password})
        assert answer.status_code in (403, 422)


def test_guessing_is_slowed_down(visitor: TestClient) -> None:
    form = {"name": "Lea", "password": "guess"}
    answers = [visitor.post("/login", data=form) for _ in range(7)]

    assert [a.status_code for a in answers] == [403] * 5 + [429] * 2
    assert 0 < int(answers[-1].headers["retry-after"]) <= 13


def test_a_class_of_thirty_comes_in_at_once_from_one_address(app: FastAPI, study: Study) -> None:
    """Each opens the link twice, and chooses a name that is taken first."""
    token = invited(study)
    entered = []
    for number in range(30):
        student = TestClient(app, follow_redirects=False)
        pages = [student.get(f"/i/{token}").status_code for _ in range(2)]
        refused = student.post(f"/i/{token}", data={**FORM, "name": "-"}).status_code
        taken = student.post(f"/i/{token}", data={**FORM, "name": f"student {number}"})
        entered.append((*pages, refused, taken.status_code))
    assert set(entered) == {(200, 200, 422, 303)}
    assert uses(study, token) == 30


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", ["i", "p"])
def test_trying_tokens_is_slowed_down(
    visitor: TestClient, study: Study, method: str, kind: str
) -> None:
    """Also a right one is not told apart from a wrong one then."""
    wrong = [visitor.request(method, f"/{kind}/{n}", data=FORM).status_code for n in range(12)]
    right = visitor.request(method, f"/i/{invited(study)}", data=FORM)

    assert wrong == [404] * 10 + [429] * 2
    assert right.status_code == 429
    assert 0 < int(right.headers["retry-after"]) <= 6


def test_whoever_has_a_link_cannot_make_accounts_without_end(
    visitor: TestClient, study: Study
) -> None:
    token = invited(study)
    form = {**FORM, "name": "-"}
    tried = [visitor.post(f"/i/{token}", data=form).status_code for _ in range(70)]

    assert tried[:60] == [422] * 60
    assert 429 in tried[60:]


def test_a_personal_link_goes_on_as_the_same_person_once(
    ann: TestClient, visitor: TestClient
) -> None:
    link = ann.post("/api/v1/me/link").json()
    assert link["qr_svg"].startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    path = "/p/" + link["url"].rsplit("/", 1)[1]
    assert datetime.fromisoformat(link["expires_at"]) - now() < timedelta(minutes=11)

    assert visitor.get(path).status_code == 200
    assert visitor.post(path).headers["location"] == "/annotate"
    assert visitor.get("/api/v1/me").json()["name"] == "Ann"
    assert visitor.post(path).status_code == 410
    assert visitor.get(path.replace("/p/", "/i/")).status_code == 404


def test_a_lead_who_forgot_the_password_chooses_a_new_one_by_the_command_line(
    person: Person, visitor: TestClient, study: Study
) -> None:
    before = person("Anna", Role.LEAD)
    path = urlsplit(make_link_for(study, "http://here", "Anna")).path

    assert "A password to come back with" in visitor.get(path).text
    assert visitor.post(path).status_code == 422  # nobody gets in without choosing one
    assert visitor.post(path, data={"password": "another long one"}).status_code == 303
    assert before.get("/api/v1/me").status_code == 401
    old, new = (
        visitor.post("/login", data={"name": "Anna", "password": password}).status_code
        for password in (PASSWORD, "another long one")
    )
    assert (old, new) == (403, 303)
    with study.reading() as connection:
        told = [(e.who, e.action, dict(e.details)) for e in find_audit(connection)]
    assert told == [
        ("Anna", "account.password", {"link_by": "command line"}),
        ("command line", "account.link", {}),
    ]


def test_a_link_for_ones_own_other_device_changes_no_password(
    person: Person, visitor: TestClient
) -> None:
    """Whoever finds a lead's page open could keep the account otherwise."""
    lead = person("Anna", Role.LEAD)
    path = urlsplit(lead.post("/api/v1/me/link").json()["url"]).path

    assert "password" not in visitor.get(path).text
    assert visitor.post(path, data={"password": "another long one"}).status_code == 303
    assert lead.get("/api/v1/me").status_code == 200
    login = visitor.post("/login", data={"name": "Anna", "password": "another long one"})
    assert login.status_code == 403


def test_who_leaves_is_out(ann: TestClient) -> None:
    cookie = ann.cookies["manyhands"]
    assert ann.post("/api/v1/logout").status_code == 204
    ann.cookies.set("manyhands", cookie)
    assert ann.get("/api/v1/me").status_code == 401


def test_who_is_kept_out_is_out(app: FastAPI, ann: TestClient, study: Study) -> None:
    me = ann.get("/api/v1/me").json()
    with study.writing() as connection:
        disable_account(connection, me["account_id"], now())
    app.state.server.gate.forget()
    assert ann.get("/api/v1/me").json()["error"]["code"] == "no-session"


def test_who_is_kept_out_while_their_session_is_looked_up_is_not_remembered(
    app: FastAPI, ann: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, token = app.state.server.gate, ann.cookies["manyhands"]

    def find_and_forget(*given: Any) -> Any:
        found = find_session(*given)
        gate.forget()
        return found

    gate.forget()
    monkeypatch.setattr("manyhands.server.gate.find_session", find_and_forget)

    assert gate.find(token) is not None
    assert gate.recall(token) is None


def test_a_restart_keeps_sessions(ann: TestClient, study: Study) -> None:
    again = make_app(study, settings=SETTINGS)
    client = TestClient(again, cookies=dict(ann.cookies))
    assert client.get("/api/v1/me").json()["name"] == "Ann"
    again.state.server.close()


def test_logging_in_starts_a_session_of_its_own(ann: TestClient, study: Study) -> None:
    """A token that somebody planted before is worth nothing afterwards."""
    old = ann.cookies["manyhands"]
    ann.post(f"/i/{invited(study)}", data={**FORM, "name": "Zoe"})
    new = ann.cookies["manyhands"]
    assert new != old
    ann.cookies.clear()
    ann.cookies.set("manyhands", old)
    assert ann.get("/api/v1/me").status_code == 401


def test_behind_a_proxy_cookies_are_for_https_and_this_host_only(study: Study) -> None:
    app = make_app(study, settings=ServerSettings(is_https=True, run_jobs=False, prepare=False))
    client = TestClient(app, base_url="https://study.example", follow_redirects=False)
    answer = client.post(f"/i/{invited(study)}", data=FORM)
    cookie = answer.headers["set-cookie"]

    assert cookie.startswith("__Host-manyhands=")
    assert re.search("; Secure", cookie)
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert client.get("/api/v1/me").status_code == 200
    app.state.server.close()


def test_a_visit_lets_the_browser_keep_the_session_as_long_as_the_server_does(
    ann: TestClient,
) -> None:
    """Thirty days after the last visit, not after the first: annotators have no password."""
    cookie = ann.get("/api/v1/me").headers.get("set-cookie", "")
    assert ann.cookies["manyhands"] in cookie
    assert f"Max-Age={30 * 24 * 3600}" in cookie
    assert "HttpOnly" in cookie


@pytest.mark.parametrize("typed", ["Émile Öster", "émile öster", "E\u0301mile O\u0308ster"])
def test_names_beyond_ascii_come_back_with_their_password(
    person: Person, visitor: TestClient, typed: str
) -> None:
    person("Émile Öster", Role.LEAD)
    answer = visitor.post("/login", data={"name": typed, "password": PASSWORD})
    assert (answer.status_code, answer.headers.get("location")) == (303, "/lead")


def test_nobody_takes_a_name_that_differs_in_its_case_alone(
    person: Person, visitor: TestClient, study: Study
) -> None:
    person("Émile", Role.LEAD)
    answer = visitor.post(f"/i/{invited(study)}", data={**FORM, "name": "émile"})
    assert answer.status_code == 409


def test_sessions_that_ended_do_not_pile_up(study: Study, person: Person) -> None:
    person("Ann")
    with study.writing() as connection:
        connection.execute(sa.update(sessions).values(expires_at=now() - HOUR))
    person("Ben")
    with study.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(sessions)) == 1
