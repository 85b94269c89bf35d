"""Results out of the study, for other programs."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from manyhands.boxes import Boxes, write_openlabeling
from manyhands.boxes.arithmetic import to_array
from manyhands.boxes.pictures import MIN_SIDE_PX
from manyhands.errors import StudyError
from manyhands.files import write_text
from manyhands.pipeline.places import EVERYBODY, as_json
from manyhands.pipeline.simulate import Simulated, simulate_boxes
from manyhands.pipeline.work import Watch, provenance, unwatched
from manyhands.store import (
    Study,
    VolumeRecord,
    copy_file,
    current_answers,
    find_annotators,
    find_volumes,
    sha256_of,
)
from manyhands.types import IGNORE_LABEL, Answer, BoxArray

SMALLEST_PX = MIN_SIDE_PX + 0.01  # files say shares of the picture, and reading rounds them
"""Sides of the smallest box that simulated annotators write into files."""


def export_nifti(study: Study, folder: Path, *, command: str) -> tuple[Path, ...]:
    """Copy the label volumes into `folder` as `VOLUME.nii.gz`; gives their paths.

    Beside them lies `structures.json`, which says what the labels mean and what made them. Raises
    `StudyError` where there is no label volume yet.
    """
    with study.reading() as connection:
        names = [volume.name for volume in find_volumes(connection)]
    sources = {name: study.path(EVERYBODY.labels_path(name)) for name in names}
    sources = {name: path for name, path in sources.items() if path.is_file()}
    if not sources:
        raise StudyError(f"{study.folder}: no label volumes yet; `manyhands run` makes them")
    targets = {name: folder / f"{name}.nii.gz" for name in sources}
    for name, source in sources.items():
        copy_file(source, targets[name])
    content = {
        "structures": [dataclasses.asdict(s) for s in study.config.structures],
        "ignore_label": IGNORE_LABEL,
    }
    made = provenance(
        study, command, inputs={name: sha256_of(path) for name, path in sources.items()}
    )
    write_text(folder / "structures.json", as_json(content, made))
    return tuple(targets.values())


def export_yolo(study: Study, folder: Path) -> tuple[Path, ...]:
    """Write everybody's boxes as OpenLabeling would; gives the annotators' folders.

    An empty file says nothing about whether a structure is absent or was not looked at: this format
    has no word for either. Raises `StudyError` where there are no answers yet.
    """
    with study.reading() as connection:
        volumes = {volume.volume_id: volume for volume in find_volumes(connection)}
        said = {
            annotator.name: current_answers(connection, annotator_id=annotator.annotator_id)
            for annotator in find_annotators(connection)
        }
    said = {name: answers for name, answers in said.items() if answers}
    if not said:
        raise StudyError(f"{study.folder}: no answers yet to export")
    for name, answers in said.items():
        _write_yolo(study, folder / name, _boxes(study, answers, volumes), volumes.values())
    return tuple(folder / name for name in said)


def write_simulated(
    study: Study,
    annotators: Sequence[Simulated],
    folder: Path,
    *,
    watch: Watch = unwatched,
) -> tuple[Path, ...]:
    """Write what simulated annotators draw as OpenLabeling would; nothing goes into the study.

    On every volume with a reference; gives the annotators' folders.
    """
    with study.reading() as connection:
        volumes = [v for v in find_volumes(connection) if v.reference_path]
    names = {s.structure_id: s.name for s in study.config.structures}
    for number, annotator in enumerate(annotators):
        watch(number / len(annotators), annotator.name)
        boxes: Boxes = {
            volume.name: {
                names[structure_id]: {
                    index: _clickable(rows, volume) for index, rows in by_slice.items() if len(rows)
                }
                for structure_id, by_slice in simulate_boxes(study, volume, annotator).items()
            }
            for volume in volumes
        }
        _write_yolo(study, folder / annotator.name, boxes, volumes)
    return tuple(folder / annotator.name for annotator in annotators)


def _clickable(boxes: BoxArray, volume: VolumeRecord) -> BoxArray:
    """Boxes (n, 4), the smallest made so large that an import takes none for a slip."""
    rows, columns = volume.stack_shape[1:]
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = np.maximum(boxes[:, 2:] - boxes[:, :2], SMALLEST_PX) / 2
    low = np.clip(middle - half, 0, (rows, columns) - 2 * half)
    return np.hstack([low, low + 2 * half])


def _boxes(
    study: Study, answers: Sequence[Answer], volumes: Mapping[str, VolumeRecord]
) -> dict[str, dict[str, dict[int, BoxArray]]]:
    names = {s.structure_id: s.name for s in study.config.structures}
    boxes: defaultdict[str, defaultdict[str, dict[int, BoxArray]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for answer in answers:
        if answer.boxes:
            of_structure = boxes[volumes[answer.volume_id].name][names[answer.structure_id]]
            of_structure[answer.slice_index] = to_array(answer.boxes)
    return {volume: dict(by_structure) for volume, by_structure in boxes.items()}


def _write_yolo(study: Study, folder: Path, boxes: Boxes, volumes: Iterable[VolumeRecord]) -> None:
    write_openlabeling(
        folder,
        boxes,
        classes={index: s.name for index, s in enumerate(study.config.structures)},
        volumes={volume.name: volume.stack_shape for volume in volumes},
    )
