"""What checks look at: one structure of one volume, and all of them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from manyhands.boxes.margin import find_margin_px
from manyhands.quality.given import Given
from manyhands.quality.mask_shape import MaskShape
from manyhands.types import BoxArray, Consensus, Finding, Place, Spacing, Structure

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Subject:
    """One structure of one volume: what each annotator gave, by name, what they agreed on, and the
    mask that came of it.

    `spacing_mm` is of slice, row and column; `columns` how many the volume's pictures have;
    `stride` the distance between slices that were asked for.
    """

    volume: str
    structure: Structure
    spacing_mm: Spacing
    columns: int
    given: Mapping[str, Given]
    consensus: Consensus
    mask: MaskShape
    stride: int = 1

    @cached_property
    def track_boxes(self) -> BoxArray:
        """(slices, 4): the box around the boxes agreed on, NaN where there is none."""
        boxes = np.full((len(self.consensus.presence), 4), np.nan)
        for track in self.consensus.tracks:
            before = boxes[track.slice_indices]
            low = np.fmin(before[:, :2], track.boxes[:, :2])
            high = np.fmax(before[:, 2:], track.boxes[:, 2:])
            boxes[track.slice_indices] = np.hstack([low, high])
        return boxes

    @property
    def margin_px(self) -> FloatArray:
        """(slices, 4): how far beyond each edge of its boxes the mask may reach."""
        margin = np.zeros((len(self.consensus.presence), 4))
        for track in self.consensus.tracks:
            at = track.slice_indices
            margin[at] = np.maximum(margin[at], find_margin_px(track))
        return margin

    @property
    def n_slices(self) -> int:
        return len(self.consensus.presence)

    def place(
        self, slices: tuple[int, int] | None = None, *, annotator: str | None = None
    ) -> Place:
        return Place(self.volume, self.structure.name, slices, annotator)


@dataclass(frozen=True)
class Cohort:
    """All subjects of a study, or of the part of it that is looked at."""

    subjects: tuple[Subject, ...]

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], Subject]:
        return {(s.volume, s.structure.name): s for s in self.subjects}

    def partner_of(self, subject: Subject) -> Subject | None:
        """The same organ of the other side, if the study has one and it was answered on."""
        return self._by_name.get((subject.volume, subject.structure.partner or ""))

    def of_volumes(self) -> Iterable[tuple[Subject, ...]]:
        """The subjects of each volume, volumes in the order they came."""
        volumes: dict[str, list[Subject]] = {}
        for subject in self.subjects:
            volumes.setdefault(subject.volume, []).append(subject)
        return map(tuple, volumes.values())

    def of_structures(self) -> Mapping[str, tuple[Subject, ...]]:
        """The subjects of each structure by name."""
        structures: dict[str, list[Subject]] = {}
        for subject in self.subjects:
            structures.setdefault(subject.structure.name, []).append(subject)
        return {name: tuple(subjects) for name, subjects in structures.items()}


Check = Callable[[Cohort], Iterator[Finding]]
"""Looks at a cohort for one kind of doubt."""
