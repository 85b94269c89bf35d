from __future__ import annotations

import io
import json
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from manyhands.cli.terminal import Commands, bar, command_line, give, give_json, say, tell
from manyhands.errors import VolumeError
from manyhands.pipeline import Outcome


class Terminal(io.StringIO):
    """Takes what is shown, as a terminal of 80 columns would."""

    def isatty(self) -> bool:
        return True

    @classmethod
    def attached(cls, monkeypatch: pytest.MonkeyPatch) -> Terminal:
        terminal = cls()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("COLUMNS", "80")
        return terminal


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
    ("error", "code", "words"),
    [
        (VolumeError("x.nii: not a volume"), 1, "manyhands: x.nii: not a volume\n"),
        (
            OSError(28, "No space left on device", "/study/results/labels/one.nii.gz"),
            1,
            "manyhands: /study/results/labels/one.nii.gz: No space left on device\n",
        ),
        (OSError("odd"), 1, "manyhands: odd\n"),
        (
            with_note(KeyboardInterrupt(), "segment: stopped at two; 1 of 3 are done"),
            130,
            "segment: stopped at two; 1 of 3 are done\nmanyhands: stopped. What is finished is "
            "kept; the same command goes on from there\n",
        ),
    ],
)
def test_what_goes_wrong_outside_is_a_message_and_an_exit_code(
    error: BaseException, code: int, words: str
) -> None:
    result = CliRunner().invoke(raising(error), ["go"])

    assert result.exit_code == code
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
    left_out = {"d": "no boxes", **dict.fromkeys("fghijkl", "no reference")}
    good = Outcome("add", done=("a", "b"), skipped=("c",), left_out=left_out)
    bad = Outcome("segment", failed={"e": "no memory"})

    with pytest.raises(SystemExit) as stop:
        tell([good, bad, Outcome("report")])

    assert stop.value.code == 1
    assert capsys.readouterr().err.splitlines() == [
        "add: 2 done, 1 up to date, 8 left out",
        "  left out d: no boxes",
        "  left out f, g, h, i, j and 2 more: no reference",
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


def test_a_quick_step_fills_no_log(capsys: pytest.CaptureFixture[str]) -> None:
    with bar("segment") as watch:
        watch(0.0, "one")
        watch(1.0, "one")

    assert capsys.readouterr() == ("", "")


def test_a_long_step_tells_a_log_every_minute_where_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 0.0, 59.0, 61.0, 62.0, 119.0, 121.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))

    with bar("segment") as watch:
        for tenth in range(6):
            watch(tenth / 10, f"case{tenth}")

    assert capsys.readouterr().err.splitlines() == [
        "segment case2: 20% after 1 min",
        "segment case5: 50% after 2 min",
    ]


def test_on_a_terminal_the_bar_is_there_at_once_and_names_the_volume(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal.attached(monkeypatch)
    with bar("segment") as watch:
        assert terminal.getvalue() == ""  # perhaps there is nothing to do
        watch(0.0, "one")
        assert terminal.getvalue().startswith("\rsegment one   0% |")


def test_on_a_terminal_words_are_wrapped_and_paths_are_not_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal.attached(monkeypatch)
    path = f"/{'a-very-long-name-' * 5}"
    say(f"  left out one: {'word ' * 20}")
    say(f"see {path}")

    assert terminal.getvalue().splitlines() == [
        "  left out one: word word word word word word word word word word word word word",
        "    word word word word word word word",
        "see",
        f"  {path}",
    ]


def test_elsewhere_a_message_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("word " * 20)

    assert capsys.readouterr().err == "word " * 20 + "\n"
