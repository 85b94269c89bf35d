from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from manyhands.cli.status import SubjectStatus, status_table
from manyhands.store import Request, find_volumes, insert_request, open_study

Call = Callable[..., Result]


def test_of_a_new_study_everything_is_open(call: Call, study: Path) -> None:
    heading, *lines = call("status", study).stdout.splitlines()
    assert heading.split() == ["volume", "structure", "finished", "by", "more", "why"]
    assert len(lines) == 5
    assert all(line.endswith("0 of the first 2 people have answered") for line in lines)


def test_who_has_finished_is_told_by_name_and_what_is_settled_can_be_hidden(
    call: Call, study: Path
) -> None:
    call("simulate", study, "--profile", "careful", "--annotators", "2", "--complete")
    assert call("status", study, "--open").stdout == ""
    assert "nobody else is asked" in call("status", study, "--open").stderr
    told = json.loads(call("status", study, "--json").stdout)
    assert {(tuple(one["finished_by"]), one["more"]) for one in told} == {
        (("careful-complete-1", "careful-complete-2"), 0)
    }


def test_what_a_reviewer_sent_back_is_asked_again(call: Call, study: Path) -> None:
    call("simulate", study, "--profile", "careful", "--annotators", "2", "--complete")
    with open_study(study) as opened, opened.writing() as connection:
        (volume,) = find_volumes(connection)
        insert_request(connection, Request(volume.volume_id, 3, 3))
    (asked,) = json.loads(call("status", study, "--open", "--json").stdout)
    assert (asked["structure"], asked["more"]) == ("kidney_left", 1)
    assert asked["why"] == "one more was asked for"


def test_only_what_people_are_given_is_listed(call: Call, study: Path) -> None:
    """Gold is no task of its own, nobody is asked about what they practise on."""
    with open_study(study) as opened, opened.reading() as connection:
        (volume,) = find_volumes(connection)
    settings = study / "manyhands.toml"
    before = settings.read_text()
    for key in ("gold = []", 'practice = ""'):
        name = f'["{volume.name}"]' if key.startswith("gold") else f'"{volume.name}"'
        assert key in before
        change = before.replace(key, f"{key.split()[0]} = {name}")
        settings.write_text(change)
        assert json.loads(call("status", study, "--json").stdout) == []


def test_a_study_without_volumes_says_what_comes_first(call: Call, tmp_path: Path) -> None:
    call("init", tmp_path / "new", "--structures", "liver")
    assert "manyhands add" in call("status", tmp_path / "new").stderr


def test_columns_are_in_line() -> None:
    one = SubjectStatus("case01", "liver", ("anna", "ben"), 1, "they differ")
    other = SubjectStatus("b", "kidney_left", (), 2, "nobody was asked")
    assert status_table([one, other]).splitlines() == [
        "volume  structure    finished by  more  why",
        "case01  liver        anna, ben       1  they differ",
        "b       kidney_left  -               2  nobody was asked",
    ]
