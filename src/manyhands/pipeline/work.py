"""How every step gets through its work: unit by unit, each one whole or not at all, none twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from manyhands import __version__
from manyhands.errors import ManyhandsError, StudyError
from manyhands.store import (
    Run,
    Study,
    find_volumes,
    fingerprint,
    has_answers,
    insert_run,
    latest_run,
    sha256_of,
)
from manyhands.types import Progress, Provenance


class Watch(Protocol):
    """Told how far a step is: `share` done, 0 to 1, and the unit it is at."""

    def __call__(self, share: float, unit: str) -> None: ...


def unwatched(share: float, unit: str) -> None:
    """For callers who do not want to know."""


def part_of(watch: Watch, begin: float, end: float) -> Watch:
    """For a part of the work, which fills a watch from one share to another."""
    return lambda share, unit: watch(begin + (end - begin) * share, unit)


@dataclass(frozen=True)
class Piece:
    """The smallest piece of a step that is done again after a stop: mostly one volume.

    `inputs` (name -> SHA-256) and `settings` decide whether it is up to date.
    """

    name: str
    inputs: Mapping[str, str]
    settings: Mapping[str, Any]
    seed: int | None = field(default=None, kw_only=True)
    version: str = field(default=__version__, kw_only=True)

    @property
    def fingerprint(self) -> str:
        return fingerprint(
            {
                "version": self.version,
                "inputs": dict(self.inputs),
                "settings": dict(self.settings),
                "seed": self.seed,
            }
        )


@dataclass(frozen=True)
class Unit(Piece):
    """A piece that is made here. `make` does the work, is told what is making it, writes files
    under their final names only when they are whole, and gives their paths from the study's folder
    on.
    """

    make: Callable[[Progress, Provenance], Sequence[str]]


@dataclass(frozen=True)
class Outcome:
    """What a step did: names of units, and why where it did not.

    `done` were made now, `skipped` were up to date; `failed` and `left_out` say why, the first
    because something is wrong, the second because there was nothing to do it with. `remarks` are
    sentences on how it was done.
    """

    step: str
    done: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def check_ready(study: Study, *, needs_answers: bool = True) -> None:
    """Raise `StudyError`, saying what comes first, where there are no volumes or no answers yet."""
    with study.reading() as connection:
        is_empty = not find_volumes(connection)
        is_unanswered = not has_answers(connection)
    if is_empty:
        raise StudyError(f"{study.folder}: has no volumes yet; `manyhands add` comes first")
    if needs_answers and is_unanswered:
        raise StudyError(
            f"{study.folder}: nobody has answered yet; "
            "`manyhands serve` or `manyhands import-boxes` comes first"
        )


def work_through(
    study: Study,
    step: str,
    units: Iterable[Unit],
    *,
    command: str,
    watch: Watch = unwatched,
    left_out: Mapping[str, str] | None = None,
) -> Outcome:
    """Make every unit that is not up to date, and note it in the study as soon as it is whole.

    A unit that raises `ManyhandsError` is reported, its older result (no longer true) taken away,
    and the others go on. Anything else ends the step, with a note of how far it came; what is
    finished stays and is not done again. Raises `StudyBusyError` where somebody else is at work.
    """
    with study.working(step):
        units = tuple(units)
        waiting = [unit for unit in units if not is_up_to_date(study, step, unit)]
        failed: dict[str, str] = {}
        for number, unit in enumerate(waiting):
            try:
                _make(study, step, unit, command, _within(watch, number, len(waiting), unit.name))
            except ManyhandsError as error:
                failed[unit.name] = str(error)
                take_away(study, step, unit)
            except BaseException as stop:
                finished = len(units) - len(waiting) + number - len(failed)
                stop.add_note(
                    f"{step}: stopped at {unit.name}; {finished} of {len(units)} are done"
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


def is_up_to_date(study: Study, step: str, unit: Piece) -> bool:
    """Was the unit last made of the same things, and are its files as they were written?"""
    with study.reading() as connection:
        run = latest_run(connection, step, unit.name)
    if run is None or run.fingerprint != unit.fingerprint:
        return False
    return all(
        study.path(path).is_file() and sha256_of(study.path(path)) == sha256
        for path, sha256 in run.outputs.items()
    )


def _make(study: Study, step: str, unit: Unit, command: str, progress: Progress) -> None:
    began = time.perf_counter()
    progress(0.0)
    made = provenance(study, command, inputs=unit.inputs, seed=unit.seed)
    paths = unit.make(progress, made)
    progress(1.0)
    note_run(study, step, unit, paths, made, took_s=time.perf_counter() - began)


def note_run(
    study: Study, step: str, unit: Piece, paths: Sequence[str], made: Provenance, *, took_s: float
) -> None:
    """Note in the study that a piece is whole, and what its files hold."""
    outputs = {path: sha256_of(study.path(path)) for path in paths}
    with study.writing() as connection:
        insert_run(connection, Run(step, unit.name, unit.fingerprint, outputs, made, took_s))


def provenance(
    study: Study, command: str, *, inputs: Mapping[str, str], seed: int | None = None
) -> Provenance:
    """What is making a result now."""
    return Provenance(
        version=__version__,
        command=command,
        created_at=datetime.now(UTC),
        seed=seed,
        config_hash=study.config.fingerprint,
        inputs=dict(inputs),
    )


def take_away(study: Study, step: str, unit: Piece) -> None:
    """Remove the files that a piece made when it last was whole: they are no longer true."""
    with study.reading() as connection:
        run = latest_run(connection, step, unit.name)
    for path in run.outputs if run else ():
        study.path(path).unlink(missing_ok=True)


def _within(watch: Watch, number: int, count: int, name: str) -> Progress:
    return lambda share: watch((number + share) / count, name)
