"""What a report is made of. Whoever has walked a study fills it; the page only shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from manyhands.config import Config
from manyhands.types import (
    Agreement,
    AnsweringTime,
    Comparison,
    Consensus,
    Finding,
    LabelMean,
    Labels,
    LearningCurve,
    MaskArray,
    PredictedDice,
    Provenance,
    Reliability,
    Score,
    Structure,
    Summary,
    Volume,
    VolumeAgreement,
    Window,
)


@dataclass(frozen=True)
class Case:
    """One volume to be looked at, all on one grid. Without a window the modality's own is taken."""

    volume: Volume
    prediction: Labels
    reference: Labels | None = None
    window: Window | None = None


@dataclass(frozen=True)
class Coverage:
    """What was looked at of one structure of one volume; three masks of its slices, (slices,).

    `has_box` is where the structure has a box, `is_drawn` those boxes that somebody drew and that
    were not interpolated, `is_seen` where anything is known: box or certainly none.
    """

    volume: str
    structure: str
    is_seen: MaskArray
    has_box: MaskArray
    is_drawn: MaskArray

    @property
    def seen_share(self) -> float:
        """1 where there is no slice at all."""
        return float(self.is_seen.mean()) if self.is_seen.size else 1.0

    @property
    def is_complete(self) -> bool:
        return bool(self.is_seen.all())


def coverage_of(volume: str, structure: str, consensus: Consensus) -> Coverage:
    """The coverage that a consensus tells of."""
    has_box = np.zeros(len(consensus.is_seen), dtype=bool)
    is_drawn = np.zeros_like(has_box)
    for track in consensus.tracks:
        has_box[track.slice_indices] = True
        is_drawn[track.slice_indices[track.is_drawn]] = True
    return Coverage(volume, structure, consensus.is_seen | has_box, has_box, is_drawn)


@dataclass(frozen=True)
class ComparedMethod:
    """A row of the comparison: another way to label volumes, scored against the same reference."""

    name: str
    summaries: tuple[Summary, ...]
    is_ours: bool = False  # the method whose scores fill the rest of the report


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one annotator gave on one structure: on how many volumes and slices, how many boxes.

    `is_simulated` where no person drew them.
    """

    annotator: str
    structure: str
    n_volumes: int
    n_slices: int
    n_boxes: int
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class LearnedBias:
    """How far outside boxes lie, learned from gold: each edge, and the ends of the structure, mm.

    `annotator` None: of all together.
    """

    structure: str
    annotator: str | None
    edges_mm: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Making:
    """One step that made results: what was called how, with what, on how many units."""

    step: str
    command: str
    version: str
    config_hash: str
    seed: int | None
    n_units: int
    finished_at: datetime
    took_s: float


@dataclass(frozen=True)
class ReportContent:
    """Everything that one page says. Whatever is empty is left out of the page.

    `volumes` are those with a label volume, by the study's names, never those of files or patients.
    `load_case` is called with one of them at a time, for at most three, when their pictures are
    drawn, so that no more than one volume is in memory. `summaries` are those of `scores` (see
    `evaluation.summarise`). `findings` come with those to look at first, `predicted` with the worst
    structure first. `left_out` says of a volume, or of whatever else is missing, why.
    One slice in `widest_stride` was asked for of whom fewest slices were asked.
    `load_models` gives, of a volume, the predictions of the arms of `models` by their names.
    `facts` are a few words each on how it was done, as {"Annotators": "4", "Model": "intensity"}.
    """

    title: str
    structures: tuple[Structure, ...]
    volumes: tuple[str, ...]
    load_case: Callable[[str], Case]
    provenance: Provenance
    coverage: tuple[Coverage, ...] = ()
    scores: tuple[Score, ...] = ()
    summaries: tuple[Summary, ...] = ()
    comparison: tuple[ComparedMethod, ...] = ()
    label_means: tuple[LabelMean, ...] = ()
    models: Comparison | None = None
    load_models: Callable[[str], Mapping[str, Case]] | None = None
    volumes_ml: tuple[VolumeAgreement, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    widest_stride: int = 1
    reliability: Mapping[str, tuple[Reliability, ...]] = field(default_factory=dict)
    gold: tuple[LearnedBias, ...] = ()
    makings: tuple[Making, ...] = ()
    software: Mapping[str, str] = field(default_factory=dict)
    config: Config | None = None
    findings: tuple[Finding, ...] = ()
    predicted: tuple[PredictedDice, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    times: tuple[AnsweringTime, ...] = ()
    learning: tuple[LearningCurve, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
