"""What a model is asked: boxes, points and earlier logits of one slice, checked at the door.

Boxes and points are ours: (row, column), continuous, voxel units, edges half-open. The networks
want (x, y) as pixel *indices* of their own input; that order exists only in `to_network`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from manyhands.errors import PromptError
from manyhands.types import BoxArray

FloatArray = npt.NDArray[np.float64]
LowLogits = npt.NDArray[np.float32]

INSIDE, OUTSIDE = 1, 0
FIRST_CORNER, LAST_CORNER = 2, 3
"""The networks' labels of points: on the object, beside it, and the two corners of a box."""


@dataclass(frozen=True)
class Prompt:
    """One question: what is the object in `box`, at `points`?

    `box` is (row0, column0, row1, column1) or None. `points` (n, 2) are (row, column), a voxel's
    centre at + 0.5; `is_inside` (n,) says which are on the object. `logits` (side, side) are an
    earlier answer's `low_logits` to go on from. A box, a point or logits must be there.
    """

    box: tuple[float, float, float, float] | None = None
    points: tuple[tuple[float, float], ...] = ()
    is_inside: tuple[bool, ...] = ()
    logits: LowLogits | None = None

    def __post_init__(self) -> None:
        if len(self.points) != len(self.is_inside):
            raise PromptError(
                f"{len(self.points)} points came with {len(self.is_inside)} times inside or "
                "outside: each point needs one"
            )
        if self.box is None and not self.points and self.logits is None:
            raise PromptError("nothing to ask: give a box, a point or earlier logits")


def box_prompts(boxes: BoxArray) -> tuple[Prompt, ...]:
    """One prompt for each line of boxes (n, 4)."""
    rows = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    return tuple(Prompt(box=(float(a), float(b), float(c), float(d))) for a, b, c, d in rows)


def check_prompts(
    prompts: Sequence[Prompt], shape: tuple[int, int], low_side: int
) -> tuple[Prompt, ...]:
    """The same prompts, boxes clipped to a slice of `shape` (rows, columns).

    Raises `PromptError` for what is no number, a box without area or wholly beside the slice, a
    point beside it, and logits that are not (low_side, low_side).
    """
    for number, prompt in enumerate(prompts):
        if prompt.logits is not None and prompt.logits.shape != (low_side, low_side):
            raise PromptError(
                f"prompt {number}: earlier logits must be {low_side} x {low_side}, as the "
                f"decoder's own (`low_logits`); found {prompt.logits.shape}"
            )
    return tuple(_checked(number, prompt, shape) for number, prompt in enumerate(prompts))


def _checked(number: int, prompt: Prompt, shape: tuple[int, int]) -> Prompt:
    rows, columns = shape
    for row, column in prompt.points:
        if not (0 <= row <= rows and 0 <= column <= columns):  # also false for NaN
            raise PromptError(
                f"prompt {number}: point ({row:g}, {column:g}) is not on the slice of "
                f"{rows} rows and {columns} columns"
            )
    if prompt.box is None:
        return prompt
    box = _checked_box(number, prompt.box, shape)
    return Prompt(box, prompt.points, prompt.is_inside, prompt.logits)


def _checked_box(
    number: int, box: tuple[float, float, float, float], shape: tuple[int, int]
) -> tuple[float, float, float, float]:
    rows, columns = shape
    said = f"prompt {number}: box ({', '.join(f'{edge:g}' for edge in box)})"
    if not np.isfinite(box).all():
        raise PromptError(f"{said} holds something that is no number")
    row0, column0, row1, column1 = box
    if not (row0 < row1 and column0 < column1):
        raise PromptError(f"{said} has no area: expected row0 < row1 and column0 < column1")
    clipped = (
        max(row0, 0.0),
        max(column0, 0.0),
        min(row1, float(rows)),
        min(column1, float(columns)),
    )
    if not (clipped[0] < clipped[2] and clipped[1] < clipped[3]):
        raise PromptError(f"{said} lies beside the slice of {rows} rows and {columns} columns")
    return clipped


@dataclass(frozen=True)
class NetworkPrompt:
    """A prompt as the networks take it: `coordinates` (n, 2) as x, y, and `labels` (n,)."""

    coordinates: FloatArray
    labels: npt.NDArray[np.int64]
    logits: LowLogits | None


def to_network(
    prompt: Prompt, scale: tuple[float, float], *, edges_are_indices: bool = False
) -> NetworkPrompt:
    """Corners and points in pixels of the input; `scale` is input px per voxel, (rows, columns).

    An edge is a position, the networks want the index of the pixel whose centre lies there: half a
    pixel less. `edges_are_indices` leaves that out, for boxes that already are such indices, as the
    published study's were. Corners of a box come first, points after them.
    """
    positions = [] if prompt.box is None else [prompt.box[:2], prompt.box[2:]]
    labels = [] if prompt.box is None else [FIRST_CORNER, LAST_CORNER]
    positions += list(prompt.points)
    labels += [INSIDE if inside else OUTSIDE for inside in prompt.is_inside]
    place = np.array(positions, dtype=np.float64).reshape(-1, 2) * scale
    if not edges_are_indices:
        place -= 0.5
    return NetworkPrompt(
        np.ascontiguousarray(place[:, ::-1]), np.array(labels, dtype=np.int64), prompt.logits
    )
