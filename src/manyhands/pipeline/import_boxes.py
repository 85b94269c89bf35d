"""Somebody's folder of boxes into the study, as the answers of one annotator."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from manyhands.boxes import FORMATS, ImportedBoxes, Orientation
from manyhands.boxes.arithmetic import from_array
from manyhands.errors import ConfigError, StudyError
from manyhands.pipeline.answering import add_what_is_new
from manyhands.pipeline.places import write_json
from manyhands.pipeline.work import provenance
from manyhands.store import (
    Run,
    Study,
    VolumeRecord,
    check_name,
    current_answers,
    ensure_annotator,
    find_volumes,
    fingerprint,
    insert_answers,
    insert_run,
    sha256_of,
)
from manyhands.types import Answer, BoxArray, Origin, Severity, State

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
    if format_name not in FORMATS:
        raise ConfigError(f"unknown format '{format_name}'; known are {', '.join(FORMATS)}")
    check_name(annotator, "annotator name")
    began = time.perf_counter()
    with study.reading() as connection:
        volumes = {volume.name: volume for volume in find_volumes(connection)}
    if not volumes:
        raise StudyError(f"{study.folder}: has no volumes yet; `manyhands add` comes first")
    ours = {s.name: s.name for s in study.config.structures}
    imported = FORMATS[format_name].read(
        folder,
        classes=classes,
        volumes={name: volume.stack_shape for name, volume in volumes.items()},
        orientation=orientation or Orientation(),
        **{"structures": ours, **(options or {})},
    )
    drafts = list(_drafts(study, imported, volumes, outside_is_absent=outside_is_absent))
    report = ImportReport(annotator, imported, len(drafts))
    if dry_run:
        return report
    with study.working("import-boxes"):
        report = _store(study, report, drafts)
        _note(study, report, folder, command, took_s=time.perf_counter() - began)
    return report


def _drafts(
    study: Study,
    imported: ImportedBoxes,
    volumes: Mapping[str, VolumeRecord],
    *,
    outside_is_absent: bool,
) -> Iterator[Answer]:
    """The answers, with the annotator still to be filled in."""
    for name, by_structure in imported.boxes.items():
        volume = volumes[name]
        for structure, by_slice in by_structure.items():
            structure_id = study.config.structure(structure).structure_id
            for slice_index, boxes in by_slice.items():
                yield _draft(volume, structure_id, slice_index, boxes)
            if outside_is_absent:
                between = range(min(by_slice), max(by_slice) + 1)
                doubtful = imported.doubtful_slices.get(name, ())
                for slice_index in range(volume.slice_count):
                    if slice_index not in between and slice_index not in doubtful:
                        yield _draft(volume, structure_id, slice_index, None)


def _draft(
    volume: VolumeRecord, structure_id: int, slice_index: int, boxes: BoxArray | None
) -> Answer:
    return Answer(
        volume_id=volume.volume_id,
        structure_id=structure_id,
        annotator_id="",
        slice_index=slice_index,
        state=State.ABSENT if boxes is None else State.BOXES,
        boxes=() if boxes is None else from_array(boxes, Origin.IMPORTED),
    )


def _store(study: Study, report: ImportReport, drafts: Sequence[Answer]) -> ImportReport:
    """Add what is new, in one transaction."""
    added = taken_back = 0
    with study.writing() as connection:
        person = ensure_annotator(connection, report.annotator)
        answers = [dataclasses.replace(d, annotator_id=person.annotator_id) for d in drafts]
        for volume in find_volumes(connection, report.imported.boxes):
            of_volume = [answer for answer in answers if answer.volume_id == volume.volume_id]
            gone = list(_gone(connection, report.imported, volume, of_volume))
            added += add_what_is_new(connection, of_volume)
            taken_back += insert_answers(connection, gone)
    return dataclasses.replace(report, added=added, taken_back=taken_back)


def _gone(
    connection: sa.Connection,
    imported: ImportedBoxes,
    volume: VolumeRecord,
    answers: Sequence[Answer],
) -> Iterator[Answer]:
    """*Unsure* wherever an earlier import had boxes and this one has none in its file."""
    if any(finding.severity is Severity.ERROR for finding in imported.findings):
        return
    looked_at = {*imported.empty_slices.get(volume.name, ()), *(a.slice_index for a in answers)}
    structures = {answer.structure_id for answer in answers}
    there = {(answer.structure_id, answer.slice_index) for answer in answers}
    for known in current_answers(
        connection, volume_id=volume.volume_id, annotator_id=answers[0].annotator_id
    ):
        if (
            known.structure_id in structures
            and known.slice_index in looked_at
            and (known.structure_id, known.slice_index) not in there
            and any(box.origin is Origin.IMPORTED for box in known.boxes)
        ):
            yield Answer(
                volume_id=known.volume_id,
                structure_id=known.structure_id,
                annotator_id=known.annotator_id,
                slice_index=known.slice_index,
                state=State.UNSURE,
            )


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
