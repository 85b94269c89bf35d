"""What stands around every request."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from tests.server.conftest import Person

from manyhands.server.errors import ApiError
from manyhands.server.limits import RATES, Limits
from manyhands.server.middleware import MOST_BYTES
from manyhands.store import Role


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://testserver"}, True),
        ({"origin": "http://testserver"}, False),
        ({"origin": "http://evil.example"}, True),
        ({"origin": "null"}, True),
        ({}, False),
    ],
)
def test_what_another_site_made_a_browser_send_is_refused(
    ann: TestClient, headers: dict[str, str], is_refused: bool
) -> None:
    answer = ann.post("/api/v1/practice/done", headers=headers)

    assert answer.status_code == (403 if is_refused else 204)
    if is_refused:
        assert answer.json()["error"]["code"] == "other-site"


def test_looking_is_open_to_links_on_other_sites(ann: TestClient) -> None:
    assert ann.get("/", headers={"sec-fetch-site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_json_must_say_that_it_is_json(ann: TestClient, content_type: str) -> None:
    """A form of another site can send any text, but cannot call it JSON."""
    content = json.dumps({"boxes": []})
    answer = ann.post(
        "/api/v1/practice/1-0", content=content, headers={"content-type": content_type}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/", "/login", "/i/forged", "/api/v1/me", "/nowhere", "/healthz"])
def test_every_answer_carries_the_headers_that_keep_others_out(
    visitor: TestClient, path: str
) -> None:
    headers = visitor.get(path).headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_a_body_that_is_too_large_is_refused_before_it_is_read(ann: TestClient) -> None:
    answer = ann.post("/api/v1/practice/1-0", content=b" " * (MOST_BYTES + 1))

    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too-large"


def test_a_body_that_does_not_say_how_large_it_is_is_refused_while_it_arrives(
    ann: TestClient,
) -> None:
    pieces = (b" " * 100_000 for _ in range(MOST_BYTES // 100_000 + 1))
    answer = ann.post(
        "/api/v1/practice/1-0", content=pieces, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413


def test_the_log_says_the_route_and_no_token_and_no_name(
    ann: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="manyhands.server"):
        ann.get("/p/this-is-secret")
        answer = ann.get("/api/v1/me")
    lines = [json.loads(message) for message in caplog.messages if message.startswith("{")]

    assert [line["route"] for line in lines] == ["/p/{token}", "/api/v1/me"]
    assert lines[1]["status"] == 200
    assert lines[1]["request"] == answer.headers["x-request-id"]
    assert "this-is-secret" not in str(lines)
    assert "Ann" not in str(lines)


def test_a_bucket_fills_again_with_time() -> None:
    clock = [0.0]
    limits = Limits(lambda: clock[0])
    for _ in range(int(RATES["login"].burst)):
        limits.check("login", "here")
    with pytest.raises(ApiError, match="too often") as refused:
        limits.check("login", "here")
    assert refused.value.headers == {"Retry-After": "13"}
    limits.check("login", "elsewhere")

    clock[0] = 12.1  # five a minute: one after twelve seconds
    limits.check("login", "here")
    with pytest.raises(ApiError, match="too often"):
        limits.check("login", "here")


def test_unknown_addresses_are_told_in_the_form_that_suits(visitor: TestClient) -> None:
    assert visitor.get("/api/v1/nowhere").json()["error"]["code"] == "not-found"
    assert "<h1>There is nothing here.</h1>" in visitor.get("/nowhere").text
    assert visitor.delete("/api/v1/me").status_code == 405


@pytest.mark.parametrize("role", [None, Role.ANNOTATOR, Role.REVIEWER])
def test_only_leads_may_send_large_bodies(
    visitor: TestClient, person: Person, role: Role | None
) -> None:
    """Others' are not even read: a form is spooled to the disk before any route sees it."""
    client = visitor if role is None else person("Ann", role)
    read = 0

    def parts() -> Iterator[bytes]:
        nonlocal read
        yield b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.nii"\r\n\r\n'
        for _ in range(40):
            read += 1
            yield b" " * 100_000

    answer = client.post(
        "/api/v1/lead/volumes",
        content=parts(),
        headers={"content-type": "multipart/form-data; boundary=x"},
    )

    assert answer.status_code == (401 if role is None else 403)
    assert read <= 1


def test_methods_that_nobody_knows_do_not_pile_up_in_the_counters(
    visitor: TestClient, person: Person
) -> None:
    for number in range(20):
        visitor.request(f"X{number}", "/healthz")
    text = person("Lea", Role.LEAD).get("/metrics").text
    assert "X7" not in text
    assert 'method="other"' in text
