"""Heavy pieces of a step, worked at by an executor, while their results are kept by the owner of
the study: whoever computes needs no database, and nobody but the owner writes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from manyhands.errors import ManyhandsError
from manyhands.pipeline.work import (
    Outcome,
    Piece,
    Watch,
    is_up_to_date,
    note_run,
    provenance,
    take_away,
    unwatched,
)
from manyhands.store import Study
from manyhands.types import Executor, Job, Progress, Provenance, Result


@dataclass(frozen=True)
class HeavyUnit(Piece):
    """A piece in two halves: `job`, picklable, is what a worker is given; `keep` takes what the
    worker made of it, writes it whole or not at all, and gives the paths, from the study's folder
    on.
    """

    job: Any
    keep: Callable[[Any, Provenance], Sequence[str]]


Work = Callable[[Any, Progress], Any]


class InThisProcess:
    """The executor that needs no other: one job after the other, here."""

    def map(
        self,
        start: Callable[[], Callable[[Job, Progress], Result]],
        jobs: Sequence[Job],
        *,
        watch: Callable[[int, float], None],
    ) -> Iterator[tuple[int, Result | Exception]]:
        """See `manyhands.types.Executor`."""
        if not jobs:
            return
        work = start()
        for number, job in enumerate(jobs):
            try:
                result: Result | Exception = work(job, partial(watch, number))
            except ManyhandsError as error:
                result = error
            yield number, result


def spread_out(
    study: Study,
    step: str,
    units: Sequence[HeavyUnit],
    start: Callable[[], Work],
    *,
    executor: Executor | None = None,
    command: str,
    watch: Watch = unwatched,
    left_out: Mapping[str, str] | None = None,
) -> Outcome:
    """Like `work_through`, the work done by what `start` gives wherever the executor has it.

    None: in this process. Each unit is kept and noted as soon as it is whole, in whichever order
    they come. Raises `StudyBusyError` where somebody else is at work.
    """
    with study.working(step):
        waiting = [unit for unit in units if not is_up_to_date(study, step, unit)]
        shares = _Shares(waiting, watch)
        failed: dict[str, str] = {}
        kept: list[str] = []
        results = (executor or InThisProcess()).map(
            partial(_start_timed, start), [unit.job for unit in waiting], watch=shares.note
        )
        try:
            for number, result in results:
                unit = waiting[number]
                reason = _keep(study, step, unit, result, command)
                if reason is None:
                    kept.append(unit.name)
                else:
                    failed[unit.name] = reason
                    take_away(study, step, unit)
                shares.note(number, 1.0)
        except BaseException as stop:
            finished = len(units) - len(waiting) + len(kept)
            stop.add_note(
                f"{step}: stopped at {shares.latest}; {finished} of {len(units)} are done"
            )
            raise
    open_names = {unit.name for unit in waiting}
    return Outcome(
        step,
        done=tuple(unit.name for unit in waiting if unit.name not in failed),
        skipped=tuple(unit.name for unit in units if unit.name not in open_names),
        failed=failed,
        left_out=dict(left_out or {}),
    )


def _keep(study: Study, step: str, unit: HeavyUnit, result: Any, command: str) -> str | None:
    """Keep and note what came of a unit; why not, where that is not possible."""
    if isinstance(result, ManyhandsError):
        return str(result)
    value, took_s = result
    made = provenance(study, command, inputs=unit.inputs, seed=unit.seed)
    try:
        paths = unit.keep(value, made)
    except ManyhandsError as error:
        return str(error)
    note_run(study, step, unit, paths, made, took_s=took_s)
    return None


def _start_timed(start: Callable[[], Work]) -> Work:
    return partial(_timed, start())


def _timed(work: Work, job: Any, progress: Progress) -> tuple[Any, float]:
    began = time.perf_counter()
    progress(0.0)
    return work(job, progress), time.perf_counter() - began


class _Shares:
    """How much of each unit is done, told to a watch as the share of all of them."""

    def __init__(self, units: Sequence[HeavyUnit], watch: Watch) -> None:
        self._names = [unit.name for unit in units]
        self._shares = [0.0] * len(units)
        self._watch = watch
        self.latest = self._names[0] if units else "nothing"

    def note(self, number: int, share: float) -> None:
        # A unit that is begun anew, because its process died, has not lost what was told.
        self._shares[number] = max(self._shares[number], share)
        self.latest = self._names[number]
        self._watch(sum(self._shares) / len(self._shares), self.latest)
