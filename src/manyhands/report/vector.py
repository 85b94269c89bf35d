"""Figures for print: each chart and each patient's planes as a file of lines, not of pixels."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from manyhands.files import replacing
from manyhands.report.charts import STYLES
from manyhands.report.content import ReportContent
from manyhands.report.figures import FIGURES
from manyhands.report.overlays import Plane
from manyhands.report.page import ShownCase, shown_cases, shown_models

FORMATS = ("pdf", "svg")
REFERENCE = "#1f5eff"
STEP = re.compile(r"([Mhvz])([-\d ]*)")


def write_figures(folder: Path, content: ReportContent, kind: str) -> tuple[Path, ...]:
    """Write every figure that has something to show into `folder` as `NAME.kind`; gives the paths.

    Letters stay letters, so that a journal can set them in its own type.
    """
    figures = {
        name: figure.draw(content, STYLES[-1])
        for name, figure in FIGURES.items()
        if figure.applies(content)
    }
    for title, cases in (("labels", shown_cases(content)), ("models", shown_models(content))):
        for number, case in enumerate(cases, start=1):
            figures[f"{title}-{number}"] = draw_case(case)
    return tuple(
        _write(folder / f"{name}.{kind}", figure, kind) for name, figure in figures.items()
    )


def _write(path: Path, figure: Figure, kind: str) -> Path:
    settings = {"svg.hashsalt": "manyhands", "svg.fonttype": "none", "pdf.fonttype": 42}
    metadata = {"CreationDate": None} if kind == "pdf" else {"Date": None}
    with mpl.rc_context(settings), replacing(path) as part:
        figure.savefig(part, format=kind, metadata=metadata)
    return path


def draw_case(case: ShownCase) -> Figure:
    """A row of planes for each way of labelling, as they lie on the page."""
    first = case.rows[0].planes
    widths = [plane.width_mm for plane in first]
    height = 9.6 / sum(widths) * max(plane.height_mm for plane in first)
    figure = Figure((9.6, (height + 0.3) * len(case.rows)), layout="constrained")
    panels = figure.subplots(
        len(case.rows), len(first), squeeze=False, width_ratios=widths, subplot_kw={"anchor": "N"}
    )
    for row, line in zip(case.rows, panels, strict=True):
        for plane, panel in zip(row.planes, line, strict=True):
            _draw_plane(panel, plane)
        line[0].set_title(
            f"{case.choice.reason}: {case.choice.volume}{f', {row.title}' if row.title else ''}",
            loc="left",
            fontsize=9,
            parse_math=False,
        )
    return figure


def _draw_plane(panel: Axes, plane: Plane) -> None:
    picture = imread(io.BytesIO(base64.b64decode(plane.picture.partition(",")[2])), format="png")
    panel.imshow(
        picture,
        extent=(0, plane.columns, plane.rows, 0),
        aspect=plane.row_mm / plane.column_mm,
        interpolation="bilinear",
    )
    for shape in plane.prediction:
        panel.add_patch(PathPatch(as_outline(shape.path), facecolor=shape.colour, alpha=0.45, lw=0))
    for shape in plane.reference:
        for colour, width in (("white", 1.8), (REFERENCE, 1.0)):
            panel.add_patch(
                PathPatch(as_outline(shape.path), fill=False, edgecolor=colour, lw=width)
            )
    words: dict[str, Any] = {"color": "white", "fontsize": 7, "va": "center"}
    panel.text(0.02, 0.5, plane.left, transform=panel.transAxes, ha="left", **words)
    panel.text(0.98, 0.5, plane.right, transform=panel.transAxes, ha="right", **words)
    panel.set_axis_off()


def as_outline(path: str) -> Outline:
    """The outline of a mask (see `outline_path`) as matplotlib draws it: x, y in pixels."""
    points: list[tuple[float, float]] = []
    codes: list[Any] = []
    place = np.zeros(2)
    for letter, numbers in STEP.findall(path):
        values = [float(number) for number in numbers.split()]
        if letter == "M":
            place = np.array(values)
        elif letter != "z":
            place = place + ((values[0], 0) if letter == "h" else (0, values[0]))
        points.append((float(place[0]), float(place[1])))
        codes.append({"M": Outline.MOVETO, "z": Outline.CLOSEPOLY}.get(letter, Outline.LINETO))
    return Outline(points or [(0.0, 0.0)], codes or [Outline.MOVETO])
