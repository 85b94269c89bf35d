from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from manyhands.errors import MethodError, StudyBusyError
from manyhands.files import write_text
from manyhands.pipeline.work import Outcome, Unit, work_through
from manyhands.store import Study, find_runs, open_study
from manyhands.types import Progress, Provenance


def unit_writing(
    study: Study, name: str, text: str = "result", made: list[str] | None = None
) -> Unit:
    """A unit that writes `text` into `results/<name>`, and its name into `made`."""

    def make(_progress: Progress, _made: Provenance) -> tuple[str, ...]:
        write_text(study.path(f"results/{name}"), text)
        if made is not None:
            made.append(name)
        return (f"results/{name}",)

    return Unit(name, inputs={"text": text}, settings={}, make=make)


def unit_raising(name: str, error: BaseException) -> Unit:
    def make(_progress: Progress, _made: Provenance) -> tuple[str, ...]:
        raise error

    return Unit(name, inputs={}, settings={}, make=make)


def test_finished_units_are_not_done_again(empty_study: Study) -> None:
    made: list[str] = []
    units = [unit_writing(empty_study, name, made=made) for name in "ab"]

    first = work_through(empty_study, "step", units, command="")
    again = work_through(empty_study, "step", units, command="")

    assert first == Outcome("step", done=("a", "b"))
    assert again == Outcome("step", skipped=("a", "b"))
    assert made == ["a", "b"]


def test_a_unit_is_done_again_when_what_it_is_made_of_has_changed(empty_study: Study) -> None:
    work_through(empty_study, "step", [unit_writing(empty_study, "a", "old")], command="")

    outcome = work_through(empty_study, "step", [unit_writing(empty_study, "a", "new")], command="")

    assert outcome.done == ("a",)
    assert empty_study.path("results/a").read_text() == "new"


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("edited")])
def test_a_unit_is_done_again_when_its_file_is_gone_or_changed(
    empty_study: Study, spoil: Callable[[Path], object]
) -> None:
    units = [unit_writing(empty_study, "a")]
    work_through(empty_study, "step", units, command="")
    spoil(empty_study.path("results/a"))

    assert work_through(empty_study, "step", units, command="").done == ("a",)
    assert empty_study.path("results/a").read_text() == "result"


def test_one_that_fails_is_reported_and_the_others_go_on(empty_study: Study) -> None:
    units = [unit_raising("a", MethodError("no answer")), unit_writing(empty_study, "b")]

    outcome = work_through(empty_study, "step", units, command="", left_out={"c": "no boxes"})

    assert outcome == Outcome(
        "step", done=("b",), failed={"a": "no answer"}, left_out={"c": "no boxes"}
    )


def test_the_older_result_of_one_that_fails_is_taken_away(empty_study: Study) -> None:
    """It no longer belongs to its inputs; a later step must not take it for up to date."""
    work_through(empty_study, "step", [unit_writing(empty_study, "a")], command="")
    work_through(empty_study, "step", [unit_raising("a", MethodError("x"))], command="")

    assert not empty_study.path("results/a").exists()


def test_a_stop_says_how_far_it_came_and_keeps_what_is_finished(empty_study: Study) -> None:
    finished, last = unit_writing(empty_study, "a"), unit_writing(empty_study, "c")

    with pytest.raises(KeyboardInterrupt) as stop:
        work_through(
            empty_study,
            "step",
            [finished, unit_raising("b", KeyboardInterrupt()), last],
            command="",
        )
    outcome = work_through(empty_study, "step", [finished, last], command="")

    assert stop.value.__notes__ == ["step: stopped at b; 1 of 3 are done"]
    assert outcome == Outcome("step", done=("c",), skipped=("a",))


def test_progress_goes_from_nothing_to_all_over_the_units_that_are_open(empty_study: Study) -> None:
    units = [unit_writing(empty_study, name) for name in "ab"]
    work_through(empty_study, "step", units[:1], command="")
    seen: list[tuple[float, str]] = []

    work_through(
        empty_study, "step", units, command="", watch=lambda share, unit: seen.append((share, unit))
    )

    assert seen == [(0.0, "b"), (1.0, "b")]


def test_a_run_knows_what_made_it(empty_study: Study) -> None:
    unit = unit_writing(empty_study, "a")
    work_through(empty_study, "step", [unit], command="manyhands step STUDY")
    with empty_study.reading() as connection:
        (run,) = find_runs(connection)

    assert (run.step, run.unit, run.fingerprint) == ("step", "a", unit.fingerprint)
    assert run.provenance.command == "manyhands step STUDY"
    assert run.provenance.inputs == {"text": "result"}
    assert run.provenance.config_hash == empty_study.config.fingerprint


def test_no_step_works_while_another_process_does(empty_study: Study) -> None:
    with (
        open_study(empty_study.folder) as other,
        other.working("segment"),
        pytest.raises(StudyBusyError, match="'segment' is at work"),
    ):
        work_through(empty_study, "step", [], command="")
