"""Three planes through a volume, prediction and reference as outlines over the grey picture.

A plane is measured in mm and everything on it in its pixels, so that thick slices look thick.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from matplotlib.image import imsave

from manyhands.geometry import to_stack
from manyhands.report.content import Case
from manyhands.report.outline import outline_path
from manyhands.types import IGNORE_LABEL, LabelStack, Structure, Window
from manyhands.volumes import apply_window, default_window

Picture = npt.NDArray[np.uint8]
Voxel = TypeVar("Voxel", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Shape:
    """A structure on a plane: an SVG path in pixels."""

    name: str
    colour: str
    path: str


@dataclass(frozen=True, slots=True)
class Plane:
    """One plane ready to be drawn; `left` and `right` say where the patient's sides are."""

    name: str
    index: int
    left: str
    right: str
    rows: int
    columns: int
    row_mm: float
    column_mm: float
    picture: str  # PNG as a data URI
    prediction: tuple[Shape, ...]
    reference: tuple[Shape, ...]
    unseen: str  # path of where the prediction says that nobody looked

    @property
    def width_mm(self) -> float:
        return self.columns * self.column_mm

    @property
    def height_mm(self) -> float:
        return self.rows * self.row_mm

    @property
    def place(self) -> str:
        return f"{self.name}, {'slice' if self.name == 'axial' else 'plane'} {self.index}"

    @property
    def alt(self) -> str:
        """What is to be seen, for those who cannot."""
        return f"{self.place}: predicted {_names(self.prediction)}" + (
            f"; reference {_names(self.reference)}" if self.reference else ""
        )


def _names(shapes: Sequence[Shape]) -> str:
    return ", ".join(shape.name for shape in shapes) or "nothing"


@dataclass(frozen=True, slots=True)
class View:
    """A direction to look in: across `axis` of a stack (k, row, column)."""

    name: str
    axis: int
    left: str
    right: str


# A row of a picture runs across the patient from front to back, a column from right to left.
VIEWS = (View("axial", 0, "R", "L"), View("coronal", 1, "R", "L"), View("sagittal", 2, "A", "P"))


def draw_planes(case: Case, structures: Sequence[Structure]) -> tuple[Plane, ...]:
    """The axial, coronal and sagittal plane of a case that show most.

    That is where most structures are, and of such planes the one with most of them: of the
    reference, so that what was missed shows, or of the prediction where there is none. Without any
    structure it is the middle. A volume of one slice has only its axial plane.
    """
    guide = to_stack((case.reference or case.prediction).data)
    window = case.window or default_window(case.volume)
    return tuple(
        _draw(case, window, view, _busiest(guide, view.axis, structures), structures)
        for view in (VIEWS if len(guide) > 1 else VIEWS[:1])
    )


def _busiest(labels: LabelStack, axis: int, structures: Sequence[Structure]) -> int:
    others = tuple(other for other in range(3) if other != axis)
    counts = np.array(
        [np.count_nonzero(labels == s.structure_id, axis=others) for s in structures]
    ).reshape(len(structures), labels.shape[axis])
    if not counts.any():
        return int(labels.shape[axis]) // 2
    # Structures first; their share of all voxels, never above 1, decides between equals.
    shown = (counts > 0).sum(axis=0) + counts.sum(axis=0) / counts.sum()
    return int(np.argmax(shown))


def _draw(
    case: Case, window: Window, view: View, index: int, structures: Sequence[Structure]
) -> Plane:
    picture = apply_window(_cut(case.volume.data, view, index), window)
    prediction = _cut(case.prediction.data, view, index)
    reference = None if case.reference is None else _cut(case.reference.data, view, index)
    spacing_mm = case.volume.grid.stack_spacing_mm
    row_mm, column_mm = (mm for axis, mm in enumerate(spacing_mm) if axis != view.axis)
    return Plane(
        name=view.name,
        index=index,
        left=view.left,
        right=view.right,
        rows=picture.shape[0],
        columns=picture.shape[1],
        row_mm=row_mm,
        column_mm=column_mm,
        picture=_png_uri(picture),
        prediction=_shapes(prediction, structures),
        reference=() if reference is None else _shapes(reference, structures),
        unseen=outline_path(prediction == IGNORE_LABEL),
    )


def _cut(volume: npt.NDArray[Voxel], view: View, index: int) -> npt.NDArray[Voxel]:
    """A plane (row, column) of a volume (i, j, k), head up where it shows."""
    plane = np.asarray(np.moveaxis(to_stack(volume), view.axis, 0)[index])
    return plane if view.name == "axial" else plane[::-1]


def _shapes(labels: Picture, structures: Sequence[Structure]) -> tuple[Shape, ...]:
    shapes = (Shape(s.name, s.colour, outline_path(labels == s.structure_id)) for s in structures)
    return tuple(shape for shape in shapes if shape.path)


def _png_uri(picture: Picture) -> str:
    file = io.BytesIO()
    imsave(file, picture, format="png", cmap="gray", vmin=0, vmax=255)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
