"""Somebody's folder of boxes into the study, as the answers of one annotator."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manyhands.boxes import FORMATS, BoxReader, ImportedBoxes, Orientation
from manyhands.errors import ConfigError
from manyhands.pipeline.answering import add_what_is_new
from manyhands.pipeline.box_answers import draft_answers, say_absent, taken_back
from manyhands.pipeline.places import write_json
from manyhands.pipeline.work import check_ready, provenance
from manyhands.store import (
    Run,
    Study,
    VolumeRecord,
    check_name,
    ensure_annotator,
    find_volumes,
    fingerprint,
    insert_answers,
    insert_run,
    sha256_of,
)
from manyhands.types import Answer

BOX_SUFFIXES = (".txt", ".xml", ".json")  # pictures may lie beside them


@dataclass(frozen=True)
class ImportReport:
    """What came in: `read` answers, of which `added` say something new; and how many boxes of an
    earlier import are gone from the files and were `taken_back`.
    """

    annotator: str
    imported: ImportedBoxes
    read: int
    added: int = 0
    taken_back: int = 0


def import_boxes(
    study: Study,
    folder: Path,
    *,
    annotator: str,
    classes: Mapping[int, str],
    format_name: str = "openlabeling",
    orientation: Orientation | None = None,
    options: Mapping[str, Any] | None = None,
    outside_is_absent: bool = False,
    dry_run: bool = False,
    command: str,
) -> ImportReport:
    """Take a folder of boxes as what one annotator answered; stored together, or not at all.

    `classes` names the structure of each class id; `options` are the format's own. A slice without
    a box is *not seen*; with `outside_is_absent` the slices before the first and after the last box
    of a structure are *absent*, which is right only for people who went through all slices; never
    those where a file or a box could not be read.
    `dry_run` reads and reports only.

    Bringing the same boxes again adds nothing. A slice whose box was deleted since the last import
    becomes *unsure* for that structure, if the structure has boxes elsewhere in the volume (another
    folder may hold another structure) and no file has an error.

    Findings are kept in `results/imports`. Raises `ConfigError` for an unknown format and a study
    without the volumes, `InputError` for a name or folder that cannot be used.
    """
    began = time.perf_counter()
    check_name(annotator, "annotator name")
    volumes = _volumes(study)
    imported = _reader(format_name)(
        folder,
        classes=classes,
        volumes={name: volume.stack_shape for name, volume in volumes.items()},
        orientation=orientation or Orientation(),
        **{"structures": {s.name: s.name for s in study.config.structures}, **(options or {})},
    )
    drafts = draft_answers(study, imported, volumes, outside_is_absent=outside_is_absent)
    if outside_is_absent:
        imported = say_absent(study, imported, volumes, drafts)
    report = ImportReport(annotator, imported, len(drafts))
    if not dry_run:
        with study.working("import-boxes"):
            report = _store(study, report, drafts)
            _note(study, report, folder, command, took_s=time.perf_counter() - began)
    return report


def _volumes(study: Study) -> dict[str, VolumeRecord]:
    """By name; boxes of nothing are of no use."""
    check_ready(study, needs_answers=False)
    with study.reading() as connection:
        return {volume.name: volume for volume in find_volumes(connection)}


def _reader(format_name: str) -> BoxReader:
    if format_name not in FORMATS:
        raise ConfigError(f"unknown format '{format_name}'; known are {', '.join(FORMATS)}")
    return FORMATS[format_name].read


def _store(study: Study, report: ImportReport, drafts: Sequence[Answer]) -> ImportReport:
    """Add what is new, in one transaction."""
    added = gone_count = 0
    with study.writing() as connection:
        person = ensure_annotator(connection, report.annotator)
        answers = [dataclasses.replace(d, annotator_id=person.annotator_id) for d in drafts]
        for volume in find_volumes(connection, report.imported.boxes):
            of_volume = [answer for answer in answers if answer.volume_id == volume.volume_id]
            gone = list(taken_back(connection, report.imported, volume, of_volume))
            added += add_what_is_new(connection, of_volume)
            gone_count += insert_answers(connection, gone)
    return dataclasses.replace(report, added=added, taken_back=gone_count)


def _note(study: Study, report: ImportReport, folder: Path, command: str, *, took_s: float) -> None:
    """Keep what was found, and of which files; their names and hashes, not where they lay."""
    files = {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in BOX_SUFFIXES
    }
    inputs = {"files": fingerprint(files)}
    made = provenance(study, command, inputs=inputs)
    path = f"results/imports/{report.annotator}.json"
    imported = report.imported
    content = {
        "annotator": report.annotator,
        "answers": report.read,
        "added": report.added,
        "taken_back": report.taken_back,
        "counts": dataclasses.asdict(imported.counts),
        "findings": [dataclasses.asdict(finding) for finding in imported.findings],
        "picture_shapes": imported.picture_shapes,
    }
    write_json(study, path, content, made)
    run = Run(
        "import-boxes",
        report.annotator,
        fingerprint(inputs),
        {path: sha256_of(study.path(path))},
        made,
        took_s,
    )
    with study.writing() as connection:
        insert_run(connection, run)
