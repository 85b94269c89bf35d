"""The study's arms compared: models trained on the crowd's labels against those on references."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from manyhands.errors import MethodError, StudyError
from manyhands.evaluation import average_replicates, check_printed, compare_arms
from manyhands.files import write_text
from manyhands.pipeline.arms import (
    PREFIX,
    Prediction,
    check_unseen,
    find_predictions,
    read_arm,
    scoring,
    why_not,
)
from manyhands.pipeline.compared import COMPARISON_PATH
from manyhands.pipeline.comparisons import patients_csv, tests_csv
from manyhands.pipeline.declared import said_of_margin
from manyhands.pipeline.places import write_json
from manyhands.pipeline.trained_alike import (
    check_trained_alike,
    older_trainings,
    said_of_trainings,
)
from manyhands.pipeline.work import Outcome, Unit, Watch, unwatched, work_through
from manyhands.store import Study, find_volumes, sha256_of
from manyhands.types import ArmScore, Progress, Provenance, Split

TESTS_PATH = "results/comparison.csv"
PATIENTS_PATH = "results/comparison-patients.csv"


def compare_study(
    study: Study, *, printed: Path | None = None, command: str, watch: Watch = unwatched
) -> Outcome:
    """Score every arm's predictions, then compare the arms patient by patient.

    Writes `results/comparison.json`, `comparison.csv` (the tests) and `comparison-patients.csv`
    (what they are made of). `printed` is a file of p values to hold beside (`check_printed`).
    Predictions of unknown volumes or without reference are `left_out`, and so are trainings on
    other labels than the newest of their arm; one on another grid is `failed`, and its patient in
    no pair. Raises `StudyError` where there are no predictions, or some of volumes of the training
    set or of trainings that are not alike within an arm.
    """
    with study.working("compare"):
        with study.reading() as connection:
            volumes = {volume.name: volume for volume in find_volumes(connection)}
        predictions = find_predictions(study)
        _check_there(study, predictions)
        check_unseen(predictions, volumes)
        check_trained_alike(study, predictions)
        older = older_trainings(study, predictions)
        predictions = tuple(p for p in predictions if p.training not in older)
        left_out = {
            **older,
            **{p.name: reason for p in predictions if (reason := why_not(p, volumes))},
        }
        usable = [p for p in predictions if p.name not in left_out]
        scored = work_through(
            study,
            "score arms",
            [scoring(study, volumes[p.volume], p) for p in usable],
            command=command,
            watch=watch,
            left_out=left_out,
        )
        usable = [p for p in usable if p.name not in scored.failed]
        missing = {
            **{v.name: "no prediction of any arm" for v in volumes.values()
               if v.split is Split.TEST and v.name not in {p.volume for p in predictions}},
            **left_out,
            **scored.failed,
        }  # fmt: skip
        unit = _comparing(study, usable, missing, printed)
        compared = work_through(study, "compare", [unit], command=command)
    return dataclasses.replace(
        compared, failed={**scored.failed, **compared.failed}, left_out=left_out
    )


def _check_there(study: Study, predictions: Sequence[Prediction]) -> None:
    if not predictions:
        raise StudyError(
            f"{study.results_folder}: no predictions to compare; `manyhands train` makes them, or "
            f"lay your own into {PREFIX}ARM/VOLUME.nii.gz, one folder for each arm"
        )


def _comparing(
    study: Study,
    predictions: Sequence[Prediction],
    missing: Mapping[str, str],
    printed: Path | None,
) -> Unit:
    paths = [path for p in predictions for path in (p.path, p.scores_path)]
    inputs = {path: sha256_of(study.path(path)) for path in paths}
    if printed is not None:
        inputs[printed.name] = sha256_of(printed)
    notes = (
        *said_of_margin(study),
        *said_of_trainings(study, predictions),
        *_uneven(predictions),
    )
    return Unit(
        name="comparison",
        inputs=inputs,
        settings={
            "comparison": dataclasses.asdict(study.config.comparison),
            "missing": dict(missing),
            "notes": notes,
        },
        make=partial(_make, study, predictions, missing, notes, printed),
    )


def _make(
    study: Study,
    predictions: Sequence[Prediction],
    missing: Mapping[str, str],
    notes: Sequence[str],
    printed: Path | None,
    _progress: Progress,
    made: Provenance,
) -> tuple[str, ...]:
    comparison = compare_arms(
        _scores(study, predictions),
        settings=study.config.comparison,
        structures=[s.name for s in study.config.structures],
        left_out=missing,
        notes=notes,
    )
    if printed is not None:
        checks = check_printed(printed, comparison.tests)
        comparison = dataclasses.replace(comparison, printed=checks)
    write_text(study.path(TESTS_PATH), tests_csv(comparison))
    write_text(study.path(PATIENTS_PATH), patients_csv(comparison))
    write_json(study, COMPARISON_PATH, dataclasses.asdict(comparison), made)
    return (COMPARISON_PATH, TESTS_PATH, PATIENTS_PATH)


def _scores(study: Study, predictions: Sequence[Prediction]) -> list[ArmScore]:
    arms = dict.fromkeys(prediction.arm for prediction in predictions)
    scores = [
        score
        for arm in arms
        for score in average_replicates(arm, read_arm(study, predictions, arm))
    ]
    if not scores:
        raise MethodError("no reference has any structure of the study: nothing can be compared")
    return scores


def _uneven(predictions: Sequence[Prediction]) -> Iterator[str]:
    """Arms that were not all trained equally often."""
    counts = {
        arm: len({p.replicate for p in predictions if p.arm == arm})
        for arm in dict.fromkeys(p.arm for p in predictions)
    }
    if len(set(counts.values())) > 1:
        words = ", ".join(f"{arm} {count}" for arm, count in counts.items())
        yield f"The arms were not trained equally often (times trained: {words})."
    elif set(counts.values()) == {1}:
        yield (
            "Each arm was trained once: chance in training (the seed) is part of every difference."
        )
