"""The masks of a volume in a few numbers, kept as JSON: measured once, judged as often as asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from manyhands.evidence import without_network
from manyhands.geometry import to_stack
from manyhands.masks import segment
from manyhands.pipeline.consensus import consensus_fingerprint, read_consensus
from manyhands.pipeline.places import EVERYBODY, measures_path, read_json, write_json
from manyhands.pipeline.work import Unit
from manyhands.quality import MaskShape, jitter, measure_masks, with_stability
from manyhands.store import Study, VolumeRecord, sha256_of
from manyhands.types import Progress, Provenance
from manyhands.volumes import read_labels, read_volume

ARRAYS = ("area_px", "centres", "edges", "confidence")


def measuring(study: Study, volume: VolumeRecord, *, moves_boxes: bool = True) -> Unit:
    """The unit of work that measures the masks of a volume that has labels.

    With `moves_boxes` the volume is segmented once more by the same model, from boxes moved a
    little, to see what stays: nearly all the time it takes. Where a network made the labels, the
    model without it does so twice, from the boxes as they are and moved.
    """
    trust = _trust(study, volume.name)
    labels_path = study.path(EVERYBODY.labels_path(volume.name))

    def make(progress: Progress, made: Provenance) -> tuple[str, ...]:
        shapes = _measure(study, volume, trust, progress, moves_boxes)
        path = measures_path(volume.name)
        structures = {str(s): _to_json(shape) for s, shape in shapes.items()}
        content = {"volume": volume.name, "moved_with": mover, "structures": structures}
        write_json(study, path, content, made)
        return (path,)

    mover = without_network(trust["model"]) if moves_boxes else None

    return Unit(
        name=volume.name,
        inputs={
            "image": volume.image_sha256,
            "labels": sha256_of(labels_path),
            "consensus": consensus_fingerprint(study, volume.name, EVERYBODY),
        },
        settings={
            "model": trust["model"],
            "modality": volume.modality,
            **({"moved_with": mover} if mover != trust["model"] else {}),
        },
        make=make,
    )


def _measure(
    study: Study,
    record: VolumeRecord,
    trust: Mapping[str, Any],
    progress: Progress,
    moves_boxes: bool,
) -> dict[int, MaskShape]:
    volume = read_volume(study.path(record.image_path), modality=record.modality)
    agreed = read_consensus(study, record.name)
    found = read_labels(study.path(EVERYBODY.labels_path(record.name)))
    confidence = {int(s): _array(values) for s, values in trust["confidence"].items()}
    labels = to_stack(found.data)
    shapes = measure_masks(labels, confidence, to_stack(volume.data), structures=agreed)
    if not moves_boxes:
        return shapes
    mover = without_network(trust["model"])
    if mover != trust["model"]:  # its masks differ from a network's, whether boxes move or not
        labels = to_stack(segment(volume, agreed, model=mover).labels.data)
    moved = {s: jitter(c, record.stack_shape[1:]) for s, c in agreed.items()}
    again = segment(volume, moved, model=mover, progress=progress)
    return with_stability(shapes, labels, to_stack(again.labels.data))


def network_of(study: Study, volume: str) -> str | None:
    """The model whose network made a volume's labels; None where there was no network."""
    model: str = _trust(study, volume)["model"]
    return model if without_network(model) != model else None


def moved_with(study: Study, volume: str) -> str | None:
    """The model with which boxes were moved for a volume's measures; None where none were."""
    model: str | None = read_json(study, measures_path(volume))["moved_with"]
    return model


def _trust(study: Study, volume: str) -> dict[str, Any]:
    """What segmenting a volume left beside its labels: their model, the confidence of slices."""
    content: dict[str, Any] = read_json(study, EVERYBODY.confidence_path(volume))
    return {"model": study.config.model, **content}


def read_measures(study: Study, volume: str) -> dict[int, MaskShape]:
    """The measures of a volume by structure id. Raises `StudyError` where there are none."""
    content = read_json(study, measures_path(volume))
    return {int(s): _from_json(entry) for s, entry in content["structures"].items()}


def _to_json(shape: MaskShape) -> dict[str, Any]:
    """JSON knows no NaN. Numbers are kept to what checks need."""
    content = dataclasses.asdict(shape)
    for name in ARRAYS:
        rounded = np.round(content[name], 4).astype(object)
        rounded[np.isnan(content[name])] = None
        content[name] = rounded.tolist()
    return content


def _from_json(entry: Mapping[str, Any]) -> MaskShape:
    below, above = entry["goes_on"]
    return MaskShape(
        **{name: _array(entry[name]) for name in ARRAYS},
        goes_on=(below, above),
        stability=entry["stability"],
    )


def _array(values: Any) -> npt.NDArray[np.float64]:
    """Lists of numbers, with None for NaN."""
    return np.array(values, dtype=np.float64)
