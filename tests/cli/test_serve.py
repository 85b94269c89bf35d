"""The server as one starts it, and links as one makes them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result

from manyhands.phantom import make_phantom
from manyhands.server.run import DEMO_PEOPLE, demo_links, lead_link, listen
from manyhands.store import (
    InviteState,
    Role,
    disable_account,
    find_accounts,
    find_invites,
    find_volumes,
    open_study,
    requested_annotators,
)
from manyhands.volumes import write_volume

Call = Callable[..., Result]


@pytest.fixture
def running(study: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`manyhands serve` in a process of its own, and the link it printed."""
    words = [sys.executable, "-m", "manyhands", "serve", str(study), "--port", "0", "--no-jobs"]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )
    assert process.stdout is not None
    link = process.stdout.readline().removeprefix("lead: ").strip()
    yield process, link
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.mark.slow
def test_the_server_starts_lets_a_lead_in_and_stops_when_told(
    running: tuple[subprocess.Popen[str], str],
) -> None:
    process, link = running
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/i/[\w-]{43}", link)
    with urllib.request.urlopen(link, timeout=30) as page:
        assert "invited to lead this study" in page.read().decode()

    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)

    assert process.returncode == 0
    assert "everything that was answered is kept" in said


def test_a_port_that_is_taken_is_named(call: Call, study: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = call("serve", study, "--port", port, expect=1)
    assert f"port {port}" in result.stderr
    assert "--port takes another one" in result.stderr


def test_links_hold_the_address_that_people_use(call: Call, study: Path) -> None:
    result = call("invite", study, "--address", "https://study.example/")
    assert re.fullmatch(r"https://study\.example/i/[\w-]{43}\n", result.stdout)

    place = listen("127.0.0.1", 0, address="https://study.example/")
    place.socket.close()
    assert place.address == "https://study.example"


def test_a_server_for_all_addresses_prints_one_that_others_can_use() -> None:
    place = listen("0.0.0.0", 0)
    place.socket.close()
    assert "0.0.0.0" not in place.address


def test_invitations_are_kept_as_they_were_asked_for(call: Call, study: Path) -> None:
    call("invite", study, "--days", 1, "--uses", 3, "--note", "class A")
    told = json.loads(call("invite", study, "--role", "lead", "--json").stdout)
    with open_study(study) as opened, opened.reading() as connection:
        invites = {invite.note: invite for invite in find_invites(connection)}
    assert invites["class A"].most_uses == 3
    assert invites["class A"].expires_at is not None
    assert (invites["class A"].expires_at - invites["class A"].created_at).days == 1
    assert (invites[""].role, invites[""].most_uses) == (Role.LEAD, 1)
    assert told["invite_id"] == invites[""].invite_id


def test_who_cannot_get_in_any_more_is_sent_a_link(call: Call, study: Path) -> None:
    result = call("invite", study, "--for", "Ann", expect=1)
    assert "no account 'Ann' in the study; it has none" in result.stderr
    with open_study(study) as opened:
        demo_links(opened, "http://here")
    assert "/p/" in call("invite", study, "--for", "lead").stdout
    with open_study(study) as opened, opened.writing() as connection:
        (lead,) = find_accounts(connection, Role.LEAD)
        disable_account(connection, lead.account_id, datetime.now(UTC))
    result = call("invite", study, "--for", "lead", expect=1)
    assert "'Lead' is kept out of this study" in result.stderr


def test_of_several_starts_only_the_last_link_makes_a_lead(study: Path) -> None:
    with open_study(study) as opened:
        links = {lead_link(opened, "http://here") for _ in range(3)}
        with opened.reading() as connection:
            invites = find_invites(connection)
    assert len(links) == 3
    states = [invite.state(invites[0].created_at) for invite in invites]
    assert states == [InviteState.OPEN, InviteState.REVOKED, InviteState.REVOKED]


def test_the_demo_has_a_lead_and_work_for_everybody(
    call: Call, study: Path, tmp_path: Path
) -> None:
    other, _, _ = make_phantom((40, 32, 14), spacing_mm=(9.0, 8.0, 13.0), seed=1)
    write_volume(other.data, other.grid, tmp_path / "two.nii.gz")
    call("add", study, tmp_path / "two.nii.gz")
    with open_study(study) as opened:
        annotate, lead = demo_links(opened, "http://here")
        demo_links(opened, "http://here")  # the second time it is there already
        with opened.reading() as connection:
            assert [a.name for a in find_accounts(connection, Role.LEAD)] == ["Lead"]
            asked_for = requested_annotators(connection)
            subjects = {
                (volume.volume_id, structure.structure_id)
                for volume in find_volumes(connection)
                for structure in opened.config.structures
            }
        assert len(subjects) == 10
        assert asked_for == dict.fromkeys(subjects, DEMO_PEOPLE)
        assert lead_link(opened, "http://here") == "http://here/login"
    assert annotate.startswith("http://here/i/")
    assert lead.startswith("http://here/p/")
