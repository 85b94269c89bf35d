"""All steps that turn answers into results, in their order; each skips what is up to date."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from manyhands.pipeline.consensus import find_agreement
from manyhands.pipeline.evaluate import evaluate_volumes
from manyhands.pipeline.quality import judge_study
from manyhands.pipeline.report import report_study
from manyhands.pipeline.segment import segment_volumes
from manyhands.pipeline.work import Outcome, Watch, check_ready, unwatched
from manyhands.store import Study


class Step(Protocol):
    """One step on a whole study."""

    def __call__(self, study: Study, *, command: str, watch: Watch = ...) -> Outcome: ...


STEPS: dict[str, Step] = {
    "consensus": find_agreement,
    "segment": segment_volumes,
    "quality": judge_study,
    "evaluate": evaluate_volumes,
    "report": report_study,
}

Watching = Callable[[str], AbstractContextManager[Watch]]
"""Given a step's name, somebody who watches it."""


def nobody_watching(step: str) -> AbstractContextManager[Watch]:
    """For callers who do not want to know."""
    return nullcontext(unwatched)


def run_study(
    study: Study, *, command: str, watching: Watching = nobody_watching
) -> tuple[Outcome, ...]:
    """Do every step of `STEPS`, one outcome each. What fails for one volume stops no other.

    Raises `StudyError` where there are no volumes or no answers yet.
    """
    check_ready(study)
    outcomes = []
    with study.working("run"):
        for name, step in STEPS.items():
            with watching(name) as watch:
                outcomes.append(step(study, command=command, watch=watch))
    return tuple(outcomes)
