"""Curves of quality against cost: as a picture, and in letters for a terminal."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from manyhands.config import COLOURS
from manyhands.report.charts import LIGHT, MARKERS

COLUMNS, ROWS = 64, 14  # of the picture in letters
SIZE_INCHES = (7.2, 4.4)


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: `x` and `y` (n,), a word of each point, and the letter it is drawn with in text."""

    title: str
    letter: str
    x: Sequence[float]
    y: Sequence[float]
    words: Sequence[str]


def draw_curves(curves: Sequence[Curve], *, title: str, x_title: str, y_title: str) -> str:
    """An SVG. The same curves give the same text. No curves give empty axes."""
    ink, muted, grid = LIGHT
    figure = Figure(SIZE_INCHES, layout="constrained")
    panel = figure.subplots()
    for number, curve in enumerate(curves):
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        panel.plot(curve.x, curve.y, color=colour, marker=marker, label=curve.title)
        offset = (4, -11) if number % 2 == 0 else (4, 6)  # neighbours' words apart
        for x, y, word in zip(curve.x, curve.y, curve.words, strict=True):
            panel.annotate(word, (x, y), offset, textcoords="offset points", size=8, color=muted)
    panel.set_title(title, loc="left", color=ink, fontsize=11)
    panel.set_xlabel(x_title, color=muted)
    panel.set_ylabel(y_title, color=muted)
    panel.grid(color=grid, linewidth=0.8)
    panel.spines[["top", "right"]].set_visible(False)
    if curves:
        panel.legend(loc="best", frameon=False)
    file = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "manyhands"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def write_curves(curves: Sequence[Curve], *, x_title: str, y_title: str) -> str:
    """The same in letters: each point is its curve's letter, `*` where two fall together.

    No points give no text.
    """
    points = [(x, y, c.letter) for c in curves for x, y in zip(c.x, c.y, strict=True)]
    if not points:
        return ""
    right = max(x for x, _, _ in points) or 1.0
    low, high = min(y for _, y, _ in points), max(y for _, y, _ in points)
    canvas = np.full((ROWS, COLUMNS), " ")
    for x, y, letter in points:
        row = round((ROWS - 1) * (high - y) / (high - low or 1))
        column = round((COLUMNS - 1) * x / right)
        canvas[row, column] = letter if canvas[row, column] in (" ", letter) else "*"
    marks = np.linspace(high, low, ROWS)
    lines = [f"{mark:7.3f} |{''.join(row)}" for mark, row in zip(marks, canvas, strict=True)]
    legend = ", ".join(f"{curve.letter} {curve.title}" for curve in curves)
    axis = f"{'':8}+{'-' * COLUMNS}\n{'':9}0{f'{right:.0f} {x_title}':>{COLUMNS - 1}}"
    return "\n".join([y_title, *(line.rstrip() for line in lines), axis, legend])
