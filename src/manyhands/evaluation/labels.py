"""The crowd's labels over patients: means as the published study prints them, and volumes in ml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from manyhands.evaluation.scores import METRICS
from manyhands.evaluation.statistics import limits_of_agreement, patient_mean
from manyhands.types import LabelMean, Score, VolumeAgreement


def mean_over_patients(scores: Iterable[Score]) -> tuple[LabelMean, ...]:
    """Each metric of each structure with its spread, then of each patient's mean of structures.

    What is not applicable is in no mean; a metric without any value has no line. No scores give
    none.
    """
    scores = tuple(scores)
    structures = dict.fromkeys(score.structure for score in scores)
    return tuple(
        LabelMean(structure, metric, patient_mean(values))
        for structure in (*structures, None)
        for metric in METRICS
        if (values := list(_by_patient(scores, structure, metric)))
    )


def _by_patient(scores: Iterable[Score], structure: str | None, metric: str) -> Iterator[float]:
    found: dict[str, list[float]] = {}
    for score in scores:
        value = getattr(score, metric)
        if value is not None and structure in (None, score.structure):
            found.setdefault(score.volume, []).append(value)
    return (float(np.mean(values)) for values in found.values())


def agree_in_volume(
    labels: str, scores: Iterable[Score], voxel_ml: Mapping[str, float]
) -> tuple[VolumeAgreement, ...]:
    """How far the volumes of each structure lie from the reference's: Bland and Altman's limits.

    `voxel_ml` is the volume of a voxel by the names of volumes. Several scores of one volume (of
    several trainings) are averaged.
    """
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for score in scores:
        pair = (score.reference_voxels, score.predicted_voxels)
        by_volume = found.setdefault(score.structure, {})
        volume_ml = voxel_ml[score.volume]
        by_volume.setdefault(score.volume, []).append((pair[0] * volume_ml, pair[1] * volume_ml))
    return tuple(_agreement(labels, name, by_volume) for name, by_volume in found.items())


def _agreement(
    labels: str, structure: str, by_volume: Mapping[str, list[tuple[float, float]]]
) -> VolumeAgreement:
    reference_ml, measured_ml = np.array([np.mean(p, axis=0) for p in by_volume.values()]).T
    limits = limits_of_agreement(measured_ml - reference_ml)
    return VolumeAgreement(
        labels,
        structure,
        tuple(by_volume),
        tuple(reference_ml.tolist()),
        tuple(measured_ml.tolist()),
        limits.bias,
        limits.low,
        limits.high,
    )
