"""Who said what of which structure, and what the crowd says of it together."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from manyhands.types.arrays import BoxArray, MaskArray
from manyhands.types.interval import EdgeIntervals, Interval


class State(StrEnum):
    """What an annotator said of one structure on one slice. No answer at all means *not seen*.

    `OPEN` takes the answers before it back: the slice is not seen, as it was at first.
    """

    BOXES = "boxes"
    ABSENT = "absent"
    UNSURE = "unsure"
    OPEN = "open"


class Origin(StrEnum):
    """Where a box comes from."""

    DRAWN = "drawn"
    EDITED = "edited"
    ACCEPTED = "accepted"  # a proposal taken as it was
    INTERPOLATED = "interpolated"
    IMPORTED = "imported"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a slice: half-open, continuous, voxel units; `row0 <= row < row1`."""

    row0: float
    column0: float
    row1: float
    column1: float
    origin: Origin = Origin.DRAWN

    def as_row(self) -> tuple[float, float, float, float]:
        return (self.row0, self.column0, self.row1, self.column1)


@dataclass(frozen=True, slots=True)
class Structure:
    """What is annotated. `structure_id` is the voxel value in label volumes, 1 to 254."""

    structure_id: int
    name: str
    colour: str = "#888888"
    partner: str | None = None  # the same organ of the other side
    hint: str | None = None  # one sentence for annotators: how to know it
    example: str | None = None  # a PNG that shows it, as a path from the study's folder on


@dataclass(frozen=True, slots=True)
class Annotator:
    annotator_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One annotator on one structure of one slice. Never changed, only followed by a newer one.

    `active_s` is how long the annotator worked on it, `pause_s` how long they were away meanwhile;
    `task_id` the task it was given for, if it was given on the page.
    """

    volume_id: str
    structure_id: int
    annotator_id: str
    slice_index: int
    state: State
    boxes: tuple[Box, ...] = ()
    answer_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    active_s: float | None = None
    pause_s: float | None = None
    task_id: str | None = None

    def __post_init__(self) -> None:
        if (self.state is State.BOXES) != bool(self.boxes):
            raise ValueError(
                f"an answer '{self.state}' came with {len(self.boxes)} boxes: "
                "'boxes' needs at least one, the other states none"
            )


@dataclass(frozen=True)
class Track:
    """The boxes of one connected piece of a structure over consecutive slices.

    `slice_indices` (n,) strictly increasing; `boxes` (n, 4); `is_drawn` (n,) is False where the box
    was interpolated; `spread_px` (n, 4) is the standard deviation expected of each edge, 0 if it is
    taken as exact. `margin` is how many of these the structure may reach beyond its boxes: 0 where
    people drew around it.
    """

    slice_indices: npt.NDArray[np.int64]
    boxes: BoxArray
    is_drawn: MaskArray
    spread_px: npt.NDArray[np.float64]
    margin: float = 0.0

    def __len__(self) -> int:
        return len(self.slice_indices)


@dataclass(frozen=True)
class Consensus:
    """What the annotators together say of one structure of one volume.

    `presence` (slices,) is the probability that the structure is on the slice; `is_seen` (slices,)
    is False on slices nobody answered and that no answered neighbours vouch for: no mask and no
    training set may take them as background. `weights` is the say of each annotator, by id.
    """

    tracks: tuple[Track, ...]
    presence: npt.NDArray[np.float64]
    is_seen: MaskArray
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return bool(self.is_seen.all())


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far one annotator can be trusted, over all structures or (`structure_id`) with one.

    `sensitivity` is the share of the slices with the structure that got a box, `specificity` the
    share of those without it that were called absent; `agreement` the IoU (0 to 1) with the others'
    track. `bias_mm` is how far each edge lies outside (above 0) or inside the consensus.
    `repeatability` is the IoU with the annotator's own older answer on the same slice;
    `seconds_per_slice` the median time of an answer. What nothing is known of is None. `n_slices`
    is the number of slices the annotator answered.
    """

    annotator_id: str
    structure_id: int | None
    sensitivity: Interval | None
    specificity: Interval | None
    agreement: Interval | None
    bias_mm: EdgeIntervals | None
    repeatability: Interval | None
    seconds_per_slice: Interval | None
    n_slices: int
