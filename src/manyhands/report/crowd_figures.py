"""Charts of the people's work: seconds of a slice and minutes of an organ."""

from __future__ import annotations

from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from manyhands.report.charts import MARKERS, Style, legend, name_rows
from manyhands.report.content import ReportContent

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


def draw_effort(content: ReportContent, style: Style) -> Figure:
    """Structures down: mean seconds of a slice of each annotator, and minutes of all, stacked."""
    structures = [
        s.name for s in content.structures if s.name in {t.structure for t in content.times}
    ]
    people = sorted({t.annotator for t in content.times})
    height = 0.36 * len(structures) + 0.9
    grid = (2, 1) if style.is_narrow else (1, 2)
    figure = Figure((style.width, height * grid[0] + 0.3), layout="constrained")
    left, right = figure.subplots(*grid, squeeze=False).ravel()
    looks = dict(zip(people, zip(cycle(COLOURS), cycle(MARKERS)), strict=False))
    _seconds(left, content, structures, looks, style)
    _minutes(right, content, structures, looks, style)
    name_rows(left, structures, style)
    name_rows(right, structures, style, shown=style.is_narrow)
    left.set_title("Seconds for a slice, mean", loc="left", color=style.ink, fontsize=10)
    right.set_title("Minutes for a structure", loc="left", color=style.ink, fontsize=10)
    for panel in (left, right):
        panel.set_xlim(left=0)
    legend(figure, left, style)
    return figure


def _seconds(
    panel: Axes,
    content: ReportContent,
    structures: list[str],
    looks: dict[str, tuple[str, str]],
    style: Style,
) -> None:
    for time in content.times:
        colour, marker = looks[time.annotator]
        panel.scatter(
            time.total_s / time.n_answers,
            structures.index(time.structure),
            s=32,
            marker=marker,
            color=colour,
            edgecolor=style.ink,
            linewidth=0.5,
            zorder=3,
            label=time.annotator,
        )
    for row, structure in enumerate(structures):
        own = [t for t in content.times if t.structure == structure]
        mean_s = sum(t.total_s for t in own) / sum(t.n_answers for t in own)
        panel.vlines(mean_s, row - 0.36, row + 0.36, color=style.ink, linewidth=1.8, label="mean")


def _minutes(
    panel: Axes,
    content: ReportContent,
    structures: list[str],
    looks: dict[str, tuple[str, str]],
    style: Style,
) -> None:
    reached = np.zeros(len(structures))
    for name, (colour, _) in looks.items():
        own = {t.structure: t.total_s / 60 for t in content.times if t.annotator == name}
        minutes = np.array([own.get(structure, 0.0) for structure in structures])
        # A thin edge parts people whose colours look alike.
        panel.barh(range(len(structures)), minutes, left=reached, height=0.6, color=colour,
                   edgecolor=style.ink, linewidth=0.5)  # fmt: skip
        reached += minutes


def effort_in_words(content: ReportContent) -> str:
    parts = []
    for structure in dict.fromkeys(t.structure for t in content.times):
        own = [t for t in content.times if t.structure == structure]
        total_s, answers = sum(t.total_s for t in own), sum(t.n_answers for t in own)
        parts.append(f"{structure} {total_s / answers:.1f} s a slice, {total_s / 60:.0f} minutes")
    return "Time: " + "; ".join(parts)
