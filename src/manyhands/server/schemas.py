"""What the page and the server say to each other; `web/openapi.json` is made of these."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from manyhands.store import Role
from manyhands.types import Modality, Origin, State

MOST_ANSWERS = 200
MOST_BOXES = 50

Edges = tuple[float, float, float, float]
"""row0, column0, row1, column1: half-open, continuous, in voxel units of the slice."""

BoxesBySlice = dict[str, list[Edges]]
"""By slice number. A structure may have several pieces on a slice."""

PageOrigin = Literal[Origin.DRAWN, Origin.EDITED, Origin.ACCEPTED, Origin.INTERPOLATED]


class Given(BaseModel):
    """What comes from the page: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """What goes to the page."""

    model_config = ConfigDict(frozen=True)


class WindowOut(Told):
    name: str
    centre: float
    width: float


class StructureOut(Told):
    structure_id: int
    name: str
    colour: str
    hint: str | None
    example_url: str | None


class StudyOut(Told):
    title: str
    consent: str
    stride: int
    live_mask: bool
    data_saver_default: bool


class MeOut(Told):
    account_id: str
    name: str
    role: Role
    study: StudyOut
    structures: list[StructureOut]
    practised: bool
    practised_structures: list[int]


class LinkOut(Told):
    """A personal link for another device: for one use, soon."""

    url: str
    qr_svg: str
    expires_at: datetime


class PictureOut(Told):
    """What is to be known of a volume to show its slices."""

    slice_count: int
    rows: int
    columns: int
    spacing_mm: tuple[float, float, float] = Field(description="slice, row, column")
    modality: Modality
    window: WindowOut
    windows: list[WindowOut]
    value_range: tuple[float, float]


class PracticeItem(Told):
    practice_id: str
    structure_id: int
    words: str
    slice_url: str
    picture: PictureOut


class PracticeOut(Told):
    """`is_made_up`: the pictures are of nobody."""

    items: list[PracticeItem]
    is_made_up: bool


class BoxIn(Given):
    row0: float
    column0: float
    row1: float
    column1: float
    origin: PageOrigin = Origin.DRAWN


class PracticeIn(Given):
    boxes: Annotated[list[BoxIn], Field(max_length=MOST_BOXES)]
    state: Literal[State.BOXES, State.ABSENT, State.UNSURE] = State.BOXES


class PracticeResult(Told):
    iou: float
    reference_boxes: list[Edges]
    verdict: Literal["good", "loose", "tight", "elsewhere", "missed"]
    words: str


class PractisedIn(Given):
    structure_id: int | None = None


class AnswerIn(Given):
    answer_id: UUID
    slice_index: int
    state: State
    boxes: Annotated[list[BoxIn], Field(max_length=MOST_BOXES)] = []
    created_at: AwareDatetime
    active_s: float | None = None
    pause_s: float | None = None


class AnswersIn(Given):
    answers: Annotated[list[AnswerIn], Field(min_length=1, max_length=MOST_ANSWERS)]


class BoxOut(Told):
    row0: float
    column0: float
    row1: float
    column1: float
    origin: Origin


class AnswerOut(Told):
    answer_id: str
    slice_index: int
    state: State
    boxes: list[BoxOut]
    created_at: datetime
    active_s: float | None
    pause_s: float | None


class AnswerResult(Told):
    """`saved` now or `known` before; `late`: kept, but the task had been taken back; `refused`."""

    answer_id: str
    status: Literal["saved", "known", "late", "refused"]
    message: str | None = None


class AnswersOut(Told):
    results: list[AnswerResult]


class TaskOut(Told):
    task_id: str
    structure_id: int
    state: Literal["open", "finished", "revoked"]
    stride: int
    volume: PictureOut
    slices_url: str = Field(description="with {k} where the number of the slice goes")
    strip_url: str
    answers: list[AnswerOut]
    proposals: BoxesBySlice
    lease_expires_at: datetime


class TaskSummary(Told):
    task_id: str
    structure_id: int
    state: Literal["open", "finished", "revoked"]
    slice_count: int
    answered_count: int
    changed_at: datetime


class TasksOut(Told):
    tasks: list[TaskSummary]


class FinishedOut(Told):
    finished: Literal[True] = True


class MaskIn(Given):
    slices: tuple[int, int] = Field(description="first and last slice that are shown")


class RunLengths(Told):
    """A mask on a slice, within `where` (row0, column0, rows, columns), row after row: lengths of
    runs, in turn outside and inside, beginning outside.
    """

    where: tuple[int, int, int, int]
    runs: list[int]


class MaskOut(Told):
    revision: int
    slices: dict[str, RunLengths]
    proposals: BoxesBySlice
    took_s: float


class ErrorBody(Told):
    code: str
    message: str
    what_to_do: str


class ErrorOut(Told):
    error: ErrorBody


class UnfinishedOut(ErrorOut):
    """Slices that are still open."""

    missing: list[int]
