"""Was the margin fixed before training? What the study's own records say of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from functools import partial

from manyhands.config import Comparing
from manyhands.pipeline.places import read_json, write_json
from manyhands.pipeline.work import Unit, work_through
from manyhands.store import Run, Study, find_runs
from manyhands.types import Progress, Provenance

DECLARED = "declare comparison"
DECLARED_PATH = "results/comparison-declared.json"
TRAINING = "train"
"""Steps whose names begin so have trained something."""


def declare_comparison(study: Study, *, command: str) -> None:
    """Put on record what `[comparison]` says now. To be called before anything is trained.

    The first record stays as it is, whatever the configuration says later.
    """
    if study.path(DECLARED_PATH).is_file():
        return
    settings = dataclasses.asdict(study.config.comparison)
    unit = Unit(DECLARED, {}, settings, partial(_declare, study))
    work_through(study, DECLARED, [unit], command=command)


def _declare(study: Study, _progress: Progress, made: Provenance) -> tuple[str, ...]:
    content = {"comparison": dataclasses.asdict(study.config.comparison)}
    write_json(study, DECLARED_PATH, content, made)
    return (DECLARED_PATH,)


def said_of_margin(study: Study) -> Iterator[str]:
    """What a reader must know of when the margin was fixed; nothing where it was before training.

    Where nothing was put on record before it, a training that was made with the very same
    configuration proves as much.
    """
    runs = _declared_and_trained(study)
    trained = next((run for run in runs if run.step != DECLARED), None)
    if _is_declared_first(study, runs):
        before = Comparing(**read_json(study, DECLARED_PATH)["comparison"])
        yield from _changed(before, study.config.comparison)
    elif trained is None:
        yield (
            "Nothing in this study was trained by manyhands, so it is not known whether the margin "
            "was fixed beforehand."
        )
    elif trained.provenance.config_hash != study.config.fingerprint:
        yield (
            "The configuration was changed after training "
            f"({trained.provenance.created_at:%Y-%m-%d}); it is not known whether the margin was."
        )


def _changed(before: Comparing, now: Comparing) -> Iterator[str]:
    for key, value in dataclasses.asdict(now).items():
        old = getattr(before, key)
        if old != value:
            yield (
                f"{key} was {old} when training began and is {value} now: what depends on it was "
                "not fixed beforehand."
            )


def _declared_and_trained(study: Study) -> list[Run]:
    """The runs of both kinds, oldest first."""
    with study.reading() as connection:
        runs = find_runs(connection)
    return [run for run in runs if run.step == DECLARED or run.step.startswith(TRAINING)]


def _is_declared_first(study: Study, runs: Sequence[Run]) -> bool:
    """A record made or made anew after a training says nothing of what was fixed before it."""
    are_declared = [run.step == DECLARED for run in runs]
    in_order = sorted(are_declared, reverse=True)
    return study.path(DECLARED_PATH).is_file() and any(are_declared) and are_declared == in_order
