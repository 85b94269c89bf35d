"""The labelling of one volume, in whichever process: no study, no files but the image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from manyhands.evidence import Savings, Sight, load_sight
from manyhands.masks import segment, segment_slices
from manyhands.pipeline.networks import PRESETS, Recipe, boxes_as_drawn, own_boxes
from manyhands.types import (
    Answer,
    Consensus,
    Labels,
    Modality,
    Progress,
    Segmentation,
)
from manyhands.volumes import read_volume

PROBABILITY_STEPS = 250
"""Probabilities are kept in this many steps: 0.004 is finer than they are true, and the files are a
tenth of the size."""


@dataclass(frozen=True)
class SegmentJob:
    """All that is needed to label one volume; `answers` only if a network is asked."""

    image: Path
    modality: Modality
    structures: Mapping[int, Consensus]
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Told:
    """What a network said of itself, in sentences, what its cache saved on one volume, and which
    device, engine and precision answered.
    """

    said: tuple[str, ...] = ()
    savings: Savings | None = None
    ran_on: str = ""


@dataclass(frozen=True)
class Segmented:
    """What is kept of a `Segmentation`; probabilities in steps, as the files have them."""

    labels: Labels
    probability: npt.NDArray[np.uint8]
    confidence: Mapping[int, npt.NDArray[np.float64]]
    told: Told = Told()


def start_segmenting(recipe: Recipe) -> Callable[[SegmentJob, Progress], Segmented]:
    """What labels one volume after another, its network, if it has one, loaded once."""
    if not recipe.has_network:
        return partial(_segment, recipe)
    said: list[str] = []
    sight = load_sight(recipe.model, recipe.options, rules=recipe.rules, say=said.append)
    return partial(_segment_seeing, recipe, sight, said)


def _segment(recipe: Recipe, job: SegmentJob, progress: Progress) -> Segmented:
    volume = read_volume(job.image, modality=job.modality)
    found = segment(volume, job.structures, model=recipe.model, progress=progress)
    return _kept(found, Told())


def _segment_seeing(
    recipe: Recipe, sight: Sight, said: list[str], job: SegmentJob, progress: Progress
) -> Segmented:
    volume = read_volume(job.image, modality=job.modality)
    sight.network.savings = Savings()
    if recipe.preset is None:
        shown = replace(sight, own_boxes=own_boxes(job.answers, job.structures))
        found = segment(volume, job.structures, model=recipe.model, sight=shown, progress=progress)
    else:
        found = segment_slices(
            volume,
            job.structures,
            boxes_as_drawn(job.answers, job.structures),
            sight,
            with_edges=PRESETS[recipe.preset].with_edges[recipe.model],
            progress=progress,
        )
    return _kept(found, Told(tuple(said), sight.network.savings, sight.ran_on))


def _kept(found: Segmentation, told: Told) -> Segmented:
    steps = np.rint(found.probability * PROBABILITY_STEPS).astype(np.uint8)
    return Segmented(found.labels, steps, found.confidence, told)
