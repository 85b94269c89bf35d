from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Call = Callable[..., Result]
QUICK = ("--on", "one", "--people", 2, "--strides", "1,3", "--rehearsals", 1)


def test_plan_gives_a_table_a_picture_and_a_file(call: Call, study: Path) -> None:
    result = call("plan", study, *QUICK)

    lines = result.stdout.splitlines()
    assert "minutes/volume" in lines[0]
    assert sum(line.startswith(">") for line in lines[1:7]) == 1
    assert lines[-1] == str(study / "results" / "plan.svg")
    assert (study / "results" / "plan.svg").is_file()
    assert "people as in the published study" in result.stderr
    assert "3.29 s for each slice and structure" in result.stderr
    assert "masks by" not in result.stderr


def test_help_tells_strides_as_one_types_them(call: Call) -> None:
    assert "[default: 1,2,4]" in " ".join(call("plan", "--help").stdout.split())


def test_plan_gives_json_to_programs(call: Call, study: Path) -> None:
    content = json.loads(call("plan", study, *QUICK, "--json").stdout)

    assert len(content["ways"]) == 6
    assert content["ways"][content["chosen"]]["dice"] > 0
    assert content["crowd"]["profiles"] == {}


def test_own_people_are_named(call: Call, study: Path) -> None:
    call("simulate", study, "--profile", "careful")
    result = call("plan", study, *QUICK)

    assert "people like careful-1, as measured" in result.stderr


def test_a_network_is_not_claimed_to_have_been_rehearsed(call: Call, study: Path) -> None:
    config = study / "manyhands.toml"
    text = config.read_text(encoding="utf-8")
    assert 'model = "intensity"' in text
    config.write_text(text.replace('model = "intensity"', 'model = "sam-vit-b"'), encoding="utf-8")
    result = call("plan", study, *QUICK, "--json")

    assert "masks by 'intensity': the network of 'sam-vit-b'" in " ".join(result.stderr.split())
    content = json.loads(result.stdout)
    assert (content["model"], content["study_model"]) == ("intensity", "sam-vit-b")


def test_a_target_out_of_reach_is_said(call: Call, study: Path) -> None:
    config = study / "manyhands.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("target_dice = 0.0", "target_dice = 1.0"), encoding="utf-8")
    result = call("plan", study, *QUICK)

    assert "no way reaches a Dice of 1; the best is " in " ".join(result.stderr.split())
    assert not any(line.startswith(">") for line in result.stdout.splitlines())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--strides", "1,x"), "'1,x': expected whole numbers, such as 1,2,4"),
        (("--people", 0), "0 is not in the range"),
    ],
)
def test_wrong_use_is_said(
    call: Call, study: Path, words: tuple[object, ...], complaint: str
) -> None:
    assert complaint in call("plan", study, *words, expect=2).stderr
