from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from manyhands.cli.terminal import Commands, bar, command_line, give, give_json, say, tell
from manyhands.errors import VolumeError
from manyhands.pipeline import Outcome


def raising(error: BaseException) -> click.Group:
    """A program whose only command raises."""
    group = Commands()

    @group.command()
    def go() -> None:
        raise error

    return group


def with_note(error: BaseException, note: str) -> BaseException:
    error.add_note(note)
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (VolumeError("x.nii: not a volume"), "manyhands: x.nii: not a volume\n"),
        (
            OSError(28, "No space left on device", "/study/results/labels/one.nii.gz"),
            "manyhands: /study/results/labels/one.nii.gz: No space left on device\n",
        ),
        (OSError("odd"), "manyhands: odd\n"),
        (
            with_note(KeyboardInterrupt(), "segment: stopped at two; 1 of 3 are done"),
            "segment: stopped at two; 1 of 3 are done\nmanyhands: stopped. What is finished is "
            "kept; the same command goes on from there\n",
        ),
    ],
)
def test_what_goes_wrong_outside_is_a_message_and_exit_code_1(
    error: BaseException, words: str
) -> None:
    result = CliRunner().invoke(raising(error), ["go"])

    assert result.exit_code == 1
    assert result.stderr == words
    assert result.stdout == ""


def test_our_own_mistakes_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        CliRunner().invoke(raising(ZeroDivisionError()), ["go"], catch_exceptions=False)


def test_results_and_words_go_their_own_ways(capsys: pytest.CaptureFixture[str]) -> None:
    say("words")
    give("result")
    give_json({"outcome": Outcome("add", done=("a",))})
    shown = capsys.readouterr()

    assert shown.err == "words\n"
    assert shown.out.startswith("result\n")
    assert json.loads(shown.out.removeprefix("result\n"))["outcome"]["done"] == ["a"]


def test_outcomes_are_told_with_their_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    good = Outcome("add", done=("a", "b"), skipped=("c",), left_out={"d": "no boxes"})
    bad = Outcome("segment", failed={"e": "no memory"})

    with pytest.raises(SystemExit) as stop:
        tell([good, bad, Outcome("report")])

    assert stop.value.code == 1
    assert capsys.readouterr().err.splitlines() == [
        "add: 2 done, 1 up to date, 1 left out",
        "  left out d: no boxes",
        "segment: 1 failed",
        "  failed e: no memory",
        "report: nothing to do",
    ]


def test_nothing_failed_goes_on() -> None:
    tell([Outcome("add", done=("a",))])


def test_the_command_line_can_be_typed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/somewhere/bin/manyhands", "run", "my study"])

    assert command_line() == "manyhands run 'my study'"


def test_the_command_line_does_not_tell_where_things_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["manyhands", "export", "/data/smith_john/study/", "--to=../smith_john/out", "--x=a"]
    monkeypatch.setattr("sys.argv", words)

    assert command_line() == "manyhands export study/ --to=out --x=a"


def test_no_command_waits_for_what_only_the_report_needs() -> None:
    """matplotlib takes half a second to come up."""
    program = "import sys, manyhands.cli; print('matplotlib' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (shown.stdout, shown.stderr) == ("False\n", "")


def test_a_quick_step_shows_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with bar("segment") as watch:
        watch(0.0, "one")
        watch(1.0, "one")

    assert capsys.readouterr() == ("", "")
