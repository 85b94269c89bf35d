"""What a training case may teach of one kind of labels; what nobody knows of it is *ignore*."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from manyhands.errors import StudyError, VolumeError
from manyhands.pipeline.places import EVERYBODY, read_json
from manyhands.pipeline.training_cases import CROWD, REFERENCE, Case, find_source
from manyhands.store import Study, VolumeRecord
from manyhands.training import Band, ignore_background, ignore_doubtful, renumber
from manyhands.types import Consensus, LabelArray, Labels
from manyhands.volumes import check_same_grid, read_labels, read_volume


def training_labels(
    study: Study, case: Case, kind: str, structure_ids: Sequence[int], band: Band
) -> Labels:
    """Labels of a case with nnU-Net's numbers; what nobody looked at and, near surfaces, doubt is
    ignored. Raises `StudyError` where there are none, and `VolumeError` for another grid.
    """
    source = find_source(study, case.record, kind)
    if source is None:
        raise StudyError(f"volume '{case.record.name}' has no labels of the kind '{kind}'")
    labels = read_labels(source)
    _check_grid(study, case.record, kind, labels, source)
    data = labels.data
    if kind == CROWD:
        data = _ignore_unanswered(data, case, structure_ids)
        data = _ignore_doubtful(study, case, data, band)
    elif kind == REFERENCE:
        data = _ignore_unreferenced(data, case, structure_ids)
    return Labels(renumber(data, structure_ids), labels.grid)


def _check_grid(
    study: Study, record: VolumeRecord, kind: str, labels: Labels, source: Path
) -> None:
    """References were checked when they were added, and the crowd's labels were written on their
    image's grid: of these the shape will do, which needs no reading of the image.
    """
    if labels.grid.shape != record.shape:
        raise VolumeError(
            f"{source}: shape {labels.grid.shape} (right, anterior, superior) differs from "
            f"{record.shape} of volume '{record.name}'"
        )
    if kind not in (CROWD, REFERENCE):
        image = study.path(record.image_path)
        check_same_grid(labels, read_volume(image).grid, name=source, image_name=image)


def _ignore_unanswered(data: LabelArray, case: Case, structure_ids: Sequence[int]) -> LabelArray:
    """A structure that nobody looked for may be anywhere that nothing else was found."""
    agreed = [case.agreed.get(s) for s in structure_ids]
    is_open = any(found is None or not found.is_seen.any() for found in agreed)
    return ignore_background(data) if is_open else data


def _ignore_unreferenced(data: LabelArray, case: Case, structure_ids: Sequence[int]) -> LabelArray:
    """A structure the reference has no voxel of was mostly not drawn, unless the crowd says that it
    is not there.
    """
    missing = set(structure_ids) - set(np.unique(data).tolist())
    is_open = any(not _is_absent(case.agreed.get(s)) for s in missing)
    return ignore_background(data) if is_open else data


def _is_absent(found: Consensus | None) -> bool:
    return found is not None and found.is_complete and not any(len(t) for t in found.tracks)


def _ignore_doubtful(study: Study, case: Case, data: LabelArray, band: Band) -> LabelArray:
    if band.width == 0:
        return data
    name = case.record.name
    probability = read_volume(study.path(EVERYBODY.probability_path(name))).data
    told = read_json(study, EVERYBODY.confidence_path(name))["confidence"]
    confidence = {int(key): np.array(slices, dtype=np.float64) for key, slices in told.items()}
    return ignore_doubtful(data, probability, confidence, case.record.spacing_mm, band)
