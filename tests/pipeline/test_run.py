from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from manyhands.pipeline import (
    STEPS,
    Source,
    Watch,
    add_volumes,
    make_annotators,
    run_study,
    simulate_answers,
)
from manyhands.pipeline.work import unwatched
from manyhands.store import Study


def test_all_steps_in_their_order_and_the_second_time_none(study: Study) -> None:
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
    watched: list[str] = []

    @contextmanager
    def watching(step: str) -> Iterator[Watch]:
        watched.append(step)
        yield unwatched

    first = run_study(study, command="", watching=watching)
    again = run_study(study, command="")

    assert watched == list(STEPS) == ["consensus", "segment", "quality", "evaluate", "report"]
    assert [outcome.step for outcome in first] == watched
    assert all(outcome.done and not outcome.failed for outcome in first)
    assert all(outcome.skipped and not outcome.done for outcome in again)


def test_only_what_a_new_answer_concerns_is_done_again(
    study: Study, sources: tuple[Source, Source]
) -> None:
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
    run_study(study, command="")
    add_volumes(study, sources[1:])
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")

    outcomes = {outcome.step: outcome for outcome in run_study(study, command="")}

    for step in ("consensus", "segment", "quality", "evaluate"):
        assert (outcomes[step].done, outcomes[step].skipped) == (("two",), ("one",))
    assert outcomes["report"].done == ("report",)
