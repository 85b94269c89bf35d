"""A picture of one slice: what was asked, and what a model made of it, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from contourpy import contour_generator
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from manyhands.files import replacing
from manyhands.types import MaskArray

Edges = tuple[float, float, float, float]
HEIGHT_IN = 5.0
DPI = 110
OPACITY = 0.45
NAMES_SHOWN = 12  # a slice of which everything is shown has hundreds


@dataclass(frozen=True)
class Shown:
    """One thing on the slice: its `mask` (rows, columns) and what it was asked with.

    A mask may be of a part of the slice, that begins at `corner` (row, column).
    `boxes` are half-open edges, `points` (row, column) and whether they lie on it; `score` is the
    IoU that a network expects of its mask, 0 to 1.
    """

    name: str
    colour: str
    mask: MaskArray
    boxes: tuple[Edges, ...] = ()
    points: tuple[tuple[float, float, bool], ...] = ()
    score: float | None = None
    corner: tuple[int, int] = (0, 0)


def draw_look(
    greys: npt.NDArray[np.uint8], shown: Sequence[Shown], *, title: str, row_per_column: float
) -> Figure:
    """The slice (rows, columns) twice: with the prompts on it, and with the masks.

    `row_per_column` is how much higher than wide a voxel is.
    """
    rows, columns = greys.shape
    width = HEIGHT_IN * columns / max(rows * row_per_column, 1e-6)
    figure = Figure((2 * min(max(width, 2.0), 12.0), HEIGHT_IN + 0.8), layout="constrained")
    asked, found = figure.subplots(1, 2)
    for panel, words in ((asked, "asked"), (found, "found")):
        panel.imshow(greys, cmap="gray", vmin=0, vmax=255, aspect=row_per_column)
        panel.set_title(words, fontsize="medium")
        panel.set_axis_off()
    overlay = np.zeros((rows, columns, 4), dtype=np.uint8)
    for thing in shown:
        _draw_prompts(asked, thing)
        _lay_over(overlay, thing)
    found.imshow(overlay, aspect=row_per_column, interpolation="nearest")
    for thing in shown:
        _draw_outline(found, thing)
    figure.suptitle(title, fontsize="medium")
    named = [Patch(color=s.colour, label=s.name) for s in shown if s.name][:NAMES_SHOWN]
    if named:
        figure.legend(handles=named, loc="outside lower center", ncols=4, fontsize="small")
    return figure


def _draw_prompts(panel: Axes, thing: Shown) -> None:
    for row0, column0, row1, column1 in thing.boxes:
        # A pixel's centre is at a whole number here, its edge half a pixel before.
        corner, size = (column0 - 0.5, row0 - 0.5), (column1 - column0, row1 - row0)
        panel.add_patch(Rectangle(corner, *size, fill=False, edgecolor=thing.colour, linewidth=1.5))
    for row, column, is_inside in thing.points:
        marker = "+" if is_inside else "x"
        panel.plot(column - 0.5, row - 0.5, marker, color=thing.colour, markersize=10)


def _lay_over(overlay: npt.NDArray[np.uint8], thing: Shown) -> None:
    """Paint a mask over what is there, which shows through: one picture for all masks, as hundreds
    of them would not fit into memory.
    """
    row, column = thing.corner
    rows, columns = thing.mask.shape
    part = overlay[row : row + rows, column : column + columns]
    below = part[thing.mask] / 255
    through = below[:, 3:] * (1 - OPACITY)
    opacity = OPACITY + through
    colour = (OPACITY * np.array(to_rgb(thing.colour)) + through * below[:, :3]) / opacity
    part[thing.mask] = np.rint(255 * np.concatenate([colour, opacity], axis=1))


def _draw_outline(panel: Axes, thing: Shown) -> None:
    # Matplotlib's own contours hold on to three copies of a mask.
    padded = np.pad(thing.mask, 1).astype(float)
    lines = contour_generator(z=padded).lines(0.5)
    row, column = thing.corner
    begins = np.array([column - 1, row - 1])
    shifted = [np.asarray(line) + begins for line in lines]
    panel.add_collection(LineCollection(shifted, colors=thing.colour, linewidths=1))


def write_look(figure: Figure, path: Path) -> None:
    """Write the picture as PNG, whole or not at all."""
    with replacing(path) as part:
        figure.savefig(part, format="png", dpi=DPI)
