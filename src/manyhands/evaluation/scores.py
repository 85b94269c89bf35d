"""A label volume against its reference, structure by structure, and the means over volumes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from manyhands.evaluation.overlap import slice_dice, slice_dice_paper, volume_dice
from manyhands.evaluation.surface import hd95_mm, image_diagonal_mm, nsd, surface_distances
from manyhands.types import (
    IGNORE_LABEL,
    Grid,
    LabelArray,
    Labels,
    MaskArray,
    Score,
    Shape3,
    Structure,
    Summary,
)
from manyhands.volumes import check_same_grid

METRICS = ("volume_dice", "slice_dice", "slice_dice_paper", "nsd", "hd95_mm")
"""The fields of a `Score` that are metrics."""

NSD_TOLERANCE_MM = 2.0

Region = tuple[slice, slice, slice]


def score_volume(
    reference: Labels,
    prediction: Labels,
    structures: Iterable[Structure],
    *,
    volume: str = "",
    nsd_tolerance_mm: float = NSD_TOLERANCE_MM,
    covered: Collection[int] | None = None,
) -> list[Score]:
    """One `Score` for each structure that the reference speaks of, in the order given.

    `covered` are the ids the reference speaks of, whether the volume has them or not; None: those
    it has a voxel of, because a label that is missing is mostly one that nobody drew. Voxels the
    reference marks 255 (ignore) are taken out of both; those the prediction marks so count as not
    predicted.

    Where reference and prediction are both empty, all metrics are None. Where one is, Dice and NSD
    are 0 and HD95 is the diagonal of the image. Raises `VolumeError` for two different grids and
    `ValueError` for a tolerance that is not above 0.
    """
    if not nsd_tolerance_mm > 0:
        raise ValueError(f"nsd_tolerance_mm must be above 0, got {nsd_tolerance_mm}")
    check_same_grid(prediction, reference.grid, name="prediction", image_name="the reference")
    in_reference, in_prediction = _regions(reference.data), _regions(prediction.data)
    scores = []
    for structure in structures:
        structure_id = structure.structure_id
        if structure_id not in (in_reference if covered is None else covered):
            continue
        regions = [where.get(structure_id) for where in (in_reference, in_prediction)]
        region = _around([r for r in regions if r], reference.grid.shape)
        masks = _Masks.of(structure_id, reference.data[region], prediction.data[region])
        scores.append(_score(volume, structure.name, masks, reference.grid, nsd_tolerance_mm))
    return scores


def _regions(labels: LabelArray) -> Mapping[int, Region]:
    """Where each structure is; only those that are."""
    found = ndimage.find_objects(labels, max_label=IGNORE_LABEL - 1)
    return {index: region for index, region in enumerate(found, start=1) if region}


def _around(regions: Sequence[Region], shape: Shape3) -> Region:
    """The smallest region with all of these and one voxel around, so far as the image reaches."""
    first, second, third = (
        slice(
            max(min((r[axis].start for r in regions), default=0) - 1, 0),
            min(max((r[axis].stop for r in regions), default=0) + 1, length),
        )
        for axis, length in enumerate(shape)
    )
    return first, second, third


@dataclass(frozen=True)
class _Masks:
    """One structure, where the reference is known; `unseen` is of the reference."""

    reference: MaskArray
    prediction: MaskArray
    unseen: MaskArray

    @classmethod
    def of(cls, structure_id: int, reference: LabelArray, prediction: LabelArray) -> _Masks:
        mask = reference == structure_id
        is_known = reference != IGNORE_LABEL
        unseen = mask & (prediction == IGNORE_LABEL)
        return cls(mask, (prediction == structure_id) & is_known, unseen)


def _score(volume: str, structure: str, masks: _Masks, grid: Grid, tolerance_mm: float) -> Score:
    pair = masks.reference, masks.prediction
    surface_dice, distance_mm = _surface_metrics(*pair, grid, tolerance_mm)
    return Score(
        volume=volume,
        structure=structure,
        volume_dice=volume_dice(*pair),
        slice_dice=slice_dice(*pair),
        slice_dice_paper=slice_dice_paper(*pair),
        nsd=surface_dice,
        hd95_mm=distance_mm,
        nsd_tolerance_mm=tolerance_mm,
        reference_voxels=int(np.count_nonzero(masks.reference)),
        predicted_voxels=int(np.count_nonzero(masks.prediction)),
        unseen_voxels=int(np.count_nonzero(masks.unseen)),
    )


def _surface_metrics(
    reference: MaskArray, prediction: MaskArray, grid: Grid, tolerance_mm: float
) -> tuple[float | None, float | None]:
    """NSD and HD95, with what stands for them where there is no surface."""
    is_there = bool(reference.any()), bool(prediction.any())
    if is_there == (False, False):
        return None, None
    if False in is_there:
        return 0.0, image_diagonal_mm(grid.shape, grid.spacing_mm)
    distances = surface_distances(reference, prediction, grid.spacing_mm)
    return nsd(distances, tolerance_mm), hd95_mm(distances)


def summarise(scores: Iterable[Score]) -> tuple[Summary, ...]:
    """Each metric of each structure over its volumes, then of all structures together.

    For *all structures* (`structure` None) the structures of a volume are averaged first, so that
    n counts volumes: one patient is one observation. What is None is not in a mean; it is counted
    in `not_applicable`. No scores, no summaries.
    """
    scores = tuple(scores)
    structures = dict.fromkeys(score.structure for score in scores)
    by_structure = [
        _summary(
            structure, metric, [getattr(s, metric) for s in scores if s.structure == structure]
        )
        for structure in structures
        for metric in METRICS
    ]
    of_all = [_summary(None, m, _volume_means(scores, m)) for m in METRICS if scores]
    return (*by_structure, *of_all)


def _volume_means(scores: Sequence[Score], metric: str) -> list[float | None]:
    by_volume: dict[str, list[float]] = {}
    for score in scores:
        values = by_volume.setdefault(score.volume, [])
        if (value := getattr(score, metric)) is not None:
            values.append(value)
    return [float(np.mean(values)) if values else None for values in by_volume.values()]


def _summary(structure: str | None, metric: str, values: Sequence[float | None]) -> Summary:
    known = [value for value in values if value is not None]
    return Summary(
        structure,
        metric,
        mean=float(np.mean(known)) if known else None,
        sd=float(np.std(known, ddof=1)) if len(known) > 1 else None,
        n=len(known),
        not_applicable=len(values) - len(known),
    )
