"""Label volumes against their references: a file of scores per volume, and all of them together."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial

from manyhands.errors import InputError
from manyhands.evaluation import read_scores_json, score_volume, summarise, write_scores_csv
from manyhands.pipeline.places import EVERYBODY, VOTED, LabelSet, alone, step_name, write_json
from manyhands.pipeline.work import Outcome, Unit, Watch, provenance, unwatched, work_through
from manyhands.store import (
    Study,
    VolumeRecord,
    find_annotator,
    find_annotators,
    find_volumes,
    sha256_of,
)
from manyhands.types import Progress, Provenance, Score, Structure
from manyhands.volumes import read_labels


def evaluate_volumes(
    study: Study, labels: LabelSet = EVERYBODY, *, command: str, watch: Watch = unwatched
) -> Outcome:
    """Score every label volume that has a reference, then write `scores.csv` and `scores.json`.

    Only structures that the reference has are scored. Volumes without reference or label volume are
    `left_out`. Raises `StudyError` where `labels` are of somebody the study does not know.
    """
    with study.working("evaluate"):
        with study.reading() as connection:
            volumes = find_volumes(connection)
            if labels.annotator:
                find_annotator(connection, labels.annotator)  # a wrong name is not just nothing
        left_out = {
            volume.name: reason for volume in volumes if (reason := _why_not(study, volume, labels))
        }
        units = [_unit(study, v, labels) for v in volumes if v.name not in left_out]
        outcome = work_through(
            study,
            step_name("evaluate", labels),
            units,
            command=command,
            watch=watch,
            left_out=left_out,
        )
        _write_together(study, labels, sorted({*outcome.done, *outcome.skipped}), command)
        return outcome


def _why_not(study: Study, volume: VolumeRecord, labels: LabelSet) -> str | None:
    if volume.reference_path is None:
        return "no reference to compare with"
    if not study.path(labels.labels_path(volume.name)).is_file():
        return "no label volume"
    return None


def _unit(study: Study, volume: VolumeRecord, labels: LabelSet) -> Unit:
    config = study.config
    return Unit(
        name=volume.name,
        inputs={
            "labels": sha256_of(study.path(labels.labels_path(volume.name))),
            "reference": str(volume.reference_sha256),
        },
        settings={
            "nsd_tolerance_mm": config.nsd_tolerance_mm,
            "structures": [[s.structure_id, s.name] for s in config.structures],
        },
        make=partial(_make, study, volume, labels),
    )


def _make(
    study: Study, volume: VolumeRecord, labels: LabelSet, _progress: Progress, made: Provenance
) -> tuple[str, ...]:
    scores = score_volume(
        read_labels(study.path(str(volume.reference_path))),
        read_labels(study.path(labels.labels_path(volume.name))),
        study.config.structures,
        volume=volume.name,
        nsd_tolerance_mm=study.config.nsd_tolerance_mm,
    )
    path = labels.volume_scores_path(volume.name)
    write_json(study, path, {"scores": [dataclasses.asdict(score) for score in scores]}, made)
    return (path,)


def _write_together(study: Study, labels: LabelSet, volumes: Sequence[str], command: str) -> None:
    paths = [labels.volume_scores_path(volume) for volume in volumes]
    scores = [score for path in paths for score in read_scores_json(study.path(path))]
    if _are_written(study, labels, scores):
        return
    content = {
        "scores": [dataclasses.asdict(score) for score in scores],
        "summaries": [dataclasses.asdict(summary) for summary in summarise(scores)],
    }
    made = provenance(study, command, inputs={path: sha256_of(study.path(path)) for path in paths})
    write_json(study, labels.scores_path(".json"), content, made)
    write_scores_csv(study.path(labels.scores_path(".csv")), scores)


def _are_written(study: Study, labels: LabelSet, scores: Sequence[Score]) -> bool:
    try:
        return tuple(scores) == read_scores(study, labels)
    except InputError:
        return False  # damaged, so they are written anew


def read_scores(study: Study, labels: LabelSet = EVERYBODY) -> tuple[Score, ...]:
    """The scores of the last evaluation; none if there was none."""
    path = study.path(labels.scores_path(".json"))
    return read_scores_json(path) if path.is_file() else ()


def scored_label_sets(study: Study) -> tuple[LabelSet, ...]:
    """Those with scores, in the order of every table: each annotator alone, the vote, our way."""
    with study.reading() as connection:
        names = [annotator.name for annotator in find_annotators(connection)]
    every = (*map(alone, names), VOTED, EVERYBODY)
    return tuple(labels for labels in every if read_scores(study, labels))


def dice_table(structures: Sequence[Structure], rows: Sequence[tuple[str, Sequence[Score]]]) -> str:
    """Mean volume Dice per structure as text, a line per (title, scores), and over all structures.

    What was not scored is a dash.
    """
    names = [s.name for s in structures]
    header = ["volume Dice", *names, "mean"]
    lines = [header]
    for title, scores in rows:
        means = {s.structure: s.mean for s in summarise(scores) if s.metric == "volume_dice"}
        cells = [means.get(name) for name in (*names, None)]
        lines.append([title, *("-" if cell is None else f"{cell:.3f}" for cell in cells)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True)),
            ]
        )
        for line in lines
    )
