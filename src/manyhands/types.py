"""The words every room speaks in: frozen dataclasses, and names of arrays with their shapes.

Three frames exist and no more. *Voxels* (i, j, k) of a volume in RAS+ order; *pictures*, in which a
volume is a stack of slices (k, row, column) as people see them; and *world*, mm in RAS+.
`manyhands.geometry` turns one into another.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

# Volumes, indexed (i, j, k) in RAS+ order.
VolumeArray = npt.NDArray[np.float32]
LabelArray = npt.NDArray[np.uint8]  # 0 is background, else the structure's id
MaskArray = npt.NDArray[np.bool_]

# The same as pictures, indexed (k, row, column): patient's right on the left, anterior up.
StackArray = npt.NDArray[np.float32]
LabelStack = npt.NDArray[np.uint8]
MaskStack = npt.NDArray[np.bool_]
LogOddsStack = npt.NDArray[np.float32]  # ln P(structure) / P(not), one structure

# (n, 4): row0, column0, row1, column1 per line; half-open, continuous, in voxel units.
BoxArray = npt.NDArray[np.float64]
Affine = npt.NDArray[np.float64]  # (4, 4), voxel index of a centre to mm in RAS+
Shape3 = tuple[int, int, int]
Spacing = tuple[float, float, float]

IGNORE_LABEL = 255
"""In a label volume: nobody looked here, so it is neither structure nor background."""


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


class Modality(StrEnum):
    CT = "CT"
    MR = "MR"


class Split(StrEnum):
    TRAIN = "train"
    TEST = "test"


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
class SourceGrid:
    """How a file's voxels lay before they became RAS+: all that is needed to write a result back.

    `permutation[a]` is the RAS+ axis that source axis `a` became, `flips[a]` says whether it was
    turned round. `header` is whatever the format must repeat bit by bit, opaque to other rooms.
    """

    shape: tuple[int, ...]
    permutation: tuple[int, int, int]
    flips: tuple[bool, bool, bool]
    header: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Grid:
    """Shape (i, j, k) and affine of a volume in RAS+ order, with the grid of its file."""

    shape: Shape3
    affine: Affine
    source: SourceGrid

    @property
    def spacing_mm(self) -> Spacing:
        """Length of a voxel along i, j and k."""
        i, j, k = np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0))
        return (float(i), float(j), float(k))

    @property
    def stack_spacing_mm(self) -> Spacing:
        """Length of a voxel along slice, row and column."""
        i, j, k = self.spacing_mm
        return (k, j, i)

    @property
    def stack_shape(self) -> Shape3:
        """Slices, rows, columns."""
        i, j, k = self.shape
        return (k, j, i)


@dataclass(frozen=True)
class Volume:
    """One 3D image: `data` (i, j, k) float32 in RAS+ order, CT in HU."""

    data: VolumeArray
    grid: Grid
    modality: Modality = Modality.CT


@dataclass(frozen=True)
class Labels:
    """One label volume: `data` (i, j, k) uint8 in RAS+ order."""

    data: LabelArray
    grid: Grid


@dataclass(frozen=True)
class Window:
    """Intensities `centre - width / 2 .. centre + width / 2` are shown from black to white."""

    centre: float
    width: float

    @property
    def low(self) -> float:
        return self.centre - self.width / 2

    @property
    def high(self) -> float:
        return self.centre + self.width / 2


@dataclass(frozen=True)
class Track:
    """The boxes of one connected piece of a structure over consecutive slices.

    `slice_indices` (n,) strictly increasing; `boxes` (n, 4); `is_drawn` (n,) is False where the box
    was interpolated; `spread_px` (n, 4) is the standard deviation expected of each edge, 0 if it is
    taken as exact.
    """

    slice_indices: npt.NDArray[np.int64]
    boxes: BoxArray
    is_drawn: MaskArray
    spread_px: npt.NDArray[np.float64]

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
class Interval:
    """A number with what is known of it: `low` to `high` hold the true one with 95 %."""

    estimate: float
    low: float
    high: float


EdgeIntervals = tuple[Interval, Interval, Interval, Interval]
"""One per edge of a box: row0, column0, row1, column1."""


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


@dataclass(frozen=True)
class Segmentation:
    """Label volume of one volume with what is known of its trust.

    `labels` (i, j, k), `probability` (i, j, k) of the label given (of background where 0), and per
    structure id the `confidence` of each slice, (slices,), NaN where the structure is not.
    """

    labels: Labels
    probability: VolumeArray
    confidence: Mapping[int, npt.NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Score:
    """How well one structure of one volume was met. `manyhands.evaluation` says what each is.

    Dice and NSD are 0 to 1, best 1; HD95 is in mm, best 0. All five are None, *not applicable*,
    where reference and prediction agree that the structure is not there.
    """

    volume: str
    structure: str
    volume_dice: float | None
    slice_dice: float | None
    slice_dice_paper: float | None
    nsd: float | None
    hd95_mm: float | None
    nsd_tolerance_mm: float
    reference_voxels: int
    predicted_voxels: int
    unseen_voxels: int  # of the reference's, those where the prediction says that nobody looked


@dataclass(frozen=True, slots=True)
class Summary:
    """One metric, named as in `Score`, of one structure over `n` volumes.

    `structure` None: of all structures. `mean` is None for n = 0, `sd` (n - 1 in its denominator)
    for n < 2. `not_applicable` volumes are not among the n.
    """

    structure: str | None
    metric: str
    mean: float | None
    sd: float | None
    n: int
    not_applicable: int = 0


@dataclass(frozen=True, slots=True)
class ArmScore:
    """What one arm of a study (one way to train) reached on one structure of one patient.

    The mean of `n_replicates` trainings that differ in seed or fold alone; None where nothing is
    known or applicable.
    """

    arm: str
    patient: str
    structure: str
    volume_dice: float | None
    nsd: float | None = None
    hd95_mm: float | None = None
    n_replicates: int = 1


@dataclass(frozen=True, slots=True)
class PatientMean:
    """A mean over `n` patients. `half_width` is 1.96 SD / sqrt(n) with n in the SD's denominator;
    `interval` a bootstrap over patients. Both are None for n = 1.
    """

    mean: float
    n: int
    half_width: float | None = None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class LabelMean:
    """A metric of a `Score` over patients: of one structure, or (None) of each patient's mean."""

    structure: str | None
    metric: str
    mean: PatientMean


@dataclass(frozen=True, slots=True)
class VolumeAgreement:
    """Volumes of one structure by two measurements: the reference's and those of `labels`.

    `reference_ml` and `measured_ml` are by `volumes`; `bias_ml` is the mean of measured minus
    reference, and 95 % of the differences lie between `low_ml` and `high_ml`, None for one volume.
    """

    labels: str
    structure: str
    volumes: tuple[str, ...]
    reference_ml: tuple[float, ...]
    measured_ml: tuple[float, ...]
    bias_ml: float
    low_ml: float | None
    high_ml: float | None


@dataclass(frozen=True, slots=True)
class PairedTest:
    """One metric of one structure (None: the mean of a patient's structures), an arm against the
    baseline, patient by patient. Differences are arm minus baseline.

    `p` is of the two-sided Wilcoxon signed-rank test by `method`, `p_holm` the same adjusted over
    the structures (None for their mean, which is one test); `shift` is Hodges and Lehmann's, its
    interval None where so few patients have none; `rank_biserial` is -1 to 1, 0 for no effect.
    `p_noninferior` is one-sided against a loss of `margin`, `verdict` what follows from it.
    """

    arm: str
    baseline: str
    metric: str
    structure: str | None
    arm_mean: PatientMean
    baseline_mean: PatientMean
    difference: PatientMean
    sd_difference: float | None
    n_equal: int
    p: float
    p_holm: float | None
    method: str
    shift: float
    shift_interval: Interval | None
    rank_biserial: float
    margin: float
    p_noninferior: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Power:
    """What `n` patients can show at level `alpha`, for normal differences.

    `by_effect` is the power by standardised effect (mean over SD of the differences), and
    `detectable` the effect found with 80 %. `noninferior` is the chance to show non-inferiority
    where both arms are equal and differences spread as here, `n_needed` the patients that make it
    80 %; None where no spread is known.
    """

    arm: str
    n: int
    alpha: float
    by_effect: Mapping[float, float]
    detectable: float | None
    noninferior: float | None = None
    n_needed: int | None = None


@dataclass(frozen=True, slots=True)
class PrintedCheck:
    """What a publication printed of one test, beside the same test done exactly."""

    arm: str
    structure: str | None
    metric: str
    printed: str
    found: str
    agrees: bool
    source: str = ""


@dataclass(frozen=True)
class Comparison:
    """Arms against a baseline on the same patients. `left_out` says of a patient or a structure why
    it is in no test, `notes` what a reader must know before the numbers.
    """

    baseline: str
    arms: tuple[str, ...]
    scores: tuple[ArmScore, ...]
    tests: tuple[PairedTest, ...]
    powers: tuple[Power, ...] = ()
    printed: tuple[PrintedCheck, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is; what is None is not said. `str()` puts it in words, "" for nowhere.

    `file` is a file's name, perhaps with a line; `slices` the first and the last of a run.
    """

    volume: str | None = None
    structure: str | None = None
    slices: tuple[int, int] | None = None
    annotator: str | None = None
    file: str | None = None

    def __str__(self) -> str:
        parts = (self.volume, self.structure, self._slices_in_words(), self.annotator, self.file)
        return ", ".join(part for part in parts if part)

    def _slices_in_words(self) -> str:
        if self.slices is None:
            return ""
        first, last = self.slices
        return f"slice {first}" if first == last else f"slices {first} to {last}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something doubtful: stable code, one sentence, what to do, place.

    `priority`, 0 to 1, is the share of a structure of a volume that is in doubt: what to look at
    first.
    """

    code: str
    severity: Severity
    message: str
    suggestion: str = ""
    place: Place = field(default_factory=Place)
    priority: float = 0.0

    @property
    def rank(self) -> tuple[bool, float, int]:
        """To sort by: what is most at stake first, of equals errors first, information last."""
        is_information = self.severity is Severity.INFO
        return (is_information, -self.priority, list(Severity).index(self.severity))


@dataclass(frozen=True, slots=True)
class PredictedDice:
    """The volume Dice to be expected of one structure of one volume, without a reference."""

    volume: str
    structure: str
    dice: Interval


@dataclass(frozen=True, slots=True)
class Agreement:
    """How much people agree on a structure: all of them (`annotator` None), or one with the others.

    `median_iou` is of pairs of boxes on the same slice. `alpha` is Krippendorff's, of all together;
    None where it is not known. `n_slices` are the slices looked at, or the pairs of boxes.
    """

    structure: str
    annotator: str | None
    median_iou: float
    alpha: float | None
    n_slices: int


@dataclass(frozen=True, slots=True)
class AnsweringTime:
    """How long one annotator took for the answers on one structure."""

    annotator: str
    structure: str
    median_s: float
    total_s: float
    n_answers: int


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """One annotator's median overlap (IoU) with what all agree on, by boxes drawn so far."""

    annotator: str
    n_boxes: tuple[int, ...]
    median_iou: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a result: enough to make it again."""

    version: str
    command: str
    created_at: datetime
    seed: int | None = None
    config_hash: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)  # name -> SHA-256


class Reader(Protocol):
    """Reads one file of a format: the image's voxels and their grid."""

    def __call__(self, path: Path) -> Volume: ...


Progress = Callable[[float], None]
"""Called with the share done, 0 to 1."""


Job = TypeVar("Job")
Result = TypeVar("Result")


class Executor(Protocol):
    """Where heavy work is done: in this process, in several, on several machines."""

    def map(
        self,
        start: Callable[[], Callable[[Job, Progress], Result]],
        jobs: Sequence[Job],
        *,
        watch: Callable[[int, float], None],
    ) -> Iterator[tuple[int, Result | Exception]]:
        """Give each job's number with its result, as they come.

        `start` is called once wherever work is done and gives what does it, with a model loaded
        perhaps; it, the jobs and the results must be picklable. `watch` is told a job's number and
        the share of it that is done. A `ManyhandsError` of a job is given in place of its result,
        any other exception is raised. Whoever stops iterating cancels what is still running.
        """
        ...
