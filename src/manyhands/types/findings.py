"""What is doubtful, and what the crowd did, as the report tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from manyhands.types.interval import Interval


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
