from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from manyhands.cli import main
from manyhands.phantom import make_phantom
from manyhands.store import open_study
from manyhands.volumes import write_volume

Call = Callable[..., Result]


@pytest.fixture
def answered(call: Call, study: Path) -> Path:
    """The study with the answers of an exact and a careful annotator."""
    call("simulate", study, "--profile", "exact")
    call("simulate", study, "--profile", "careful")
    return study


def test_run_goes_from_answers_to_the_report_and_then_has_nothing_to_do(
    call: Call, answered: Path
) -> None:
    first = call("run", answered)
    again = call("run", answered)

    lines = first.stdout.splitlines()
    assert lines[0].split() == [
        *("volume", "Dice", "liver", "spleen", "kidney_left", "kidney_right", "aorta", "mean")
    ]
    assert lines[1].startswith("consensus + cut")
    assert lines[-1] == str(answered / "results" / "report.html")
    for step in ("consensus", "segment", "quality", "evaluate", "report"):
        assert f"{step}: 1 done\n" in first.stderr
        assert f"{step}: 1 up to date\n" in again.stderr
    assert again.stdout == first.stdout


def test_steps_can_be_called_one_by_one(call: Call, answered: Path) -> None:
    call("consensus", answered)
    call("segment", answered)
    scores = json.loads(call("evaluate", answered, "--json").stdout)
    report = call("report", answered).stdout.strip()

    assert [score["structure"] for score in scores][:2] == ["liver", "spleen"]
    assert Path(report).is_file()


def test_one_annotator_and_the_vote_can_be_compared(call: Call, answered: Path) -> None:
    voted = call("segment", answered, "--vote")
    alone = call("evaluate", answered, "--annotator", "exact-1")
    together = call("evaluate", answered, "--vote")

    assert "segment-by-careful-1: 1 done" in voted.stderr
    assert "segment-voted: 1 done" in voted.stderr
    assert "exact-1 alone" in alone.stdout
    assert "masks voted" in together.stdout


@pytest.mark.parametrize("command", ["segment", "evaluate"])
def test_a_vote_of_one_is_wrong_use(call: Call, answered: Path, command: str) -> None:
    result = call(command, answered, "--vote", "--annotator", "exact-1", expect=2)

    assert "--vote is of all annotators" in result.stderr


@pytest.mark.parametrize("command", ["consensus", "segment", "evaluate", "report", "run"])
def test_without_volumes_or_answers_what_is_missing_is_said(
    call: Call, study: Path, tmp_path: Path, command: str
) -> None:
    call("init", tmp_path / "empty", "--structures", "liver")

    no_volumes = call(command, tmp_path / "empty", expect=1)
    no_answers = call(command, study, expect=1)

    assert no_volumes.stdout == no_answers.stdout == ""
    assert no_volumes.stderr == (
        f"manyhands: {tmp_path / 'empty'}: has no volumes yet; `manyhands add` comes first\n"
    )
    assert no_answers.stderr == (
        f"manyhands: {study}: nobody has answered yet; "
        "`manyhands serve` or `manyhands import-boxes` comes first\n"
    )


def test_a_volume_nobody_answered_on_is_left_out_beside_others(
    call: Call, answered: Path, files: tuple[Path, Path], tmp_path: Path
) -> None:
    volume, _, _ = make_phantom((40, 32, 14), spacing_mm=(9.0, 8.0, 13.0), seed=1)
    write_volume(volume.data, volume.grid, tmp_path / "two.nii.gz")
    call("add", answered, tmp_path / "two.nii.gz")

    result = call("run", answered)

    assert "left out two: nobody answered on it" in result.stderr


def test_export_writes_label_volumes_and_boxes(call: Call, answered: Path, tmp_path: Path) -> None:
    call("run", answered)
    labels = call("export", answered, "--to", tmp_path / "labels")
    boxes = call("export", answered, "--format", "yolo", "--to", tmp_path / "boxes")

    assert labels.stdout == f"{tmp_path / 'labels' / 'one.nii.gz'}\n"
    assert boxes.stdout.splitlines() == [
        str(tmp_path / "boxes" / name) for name in ("careful-1", "exact-1")
    ]


def test_an_unknown_model_is_named_and_the_study_stays_whole(call: Call, answered: Path) -> None:
    result = call("segment", answered, "--model", "crystal-ball", expect=1)

    assert "crystal-ball" in result.stderr
    call("run", answered)


def test_who_else_is_at_work_is_said(call: Call, answered: Path) -> None:
    with open_study(answered) as other, other.working("segment"):
        result = call("run", answered, expect=1)

    assert "'segment' is at work (process" in result.stderr


def test_every_command_has_a_help_and_the_order_is_that_of_the_work(call: Call) -> None:
    context = click.Context(main)
    names = main.list_commands(context)

    assert names == [
        *("demo", "init", "add", "invite", "serve", "import-boxes", "simulate", "plan"),
        *("status", "consensus", "segment", "quality", "evaluate", "train", "predict", "compare"),
        *("report", "export", "run", "models", "worker"),
    ]
    for name in names:
        command = main.get_command(context, name)
        assert command is not None
        assert command.help
        assert command.name == name
        assert "Usage" in call(name, "--help").stdout
