"""The charts of scores: volume by volume, and method by method."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from manyhands.report.charts import MARKERS, Style, legend, limit, name_rows
from manyhands.report.content import ReportContent
from manyhands.report.tables import ALL_STRUCTURES, METRICS, find_summary, metric_headings

Numbers = npt.NDArray[np.float64]


def draw_cases(content: ReportContent, style: Style) -> Figure:
    """A dot for each volume: structures down, one panel for each of three metrics."""
    names = ("volume_dice", "nsd", "hd95_mm")
    headings = dict(zip(METRICS, metric_headings(content.scores), strict=True))
    structures = [s for s in content.structures if s.name in {c.structure for c in content.scores}]
    height = 0.36 * len(structures) + 0.75
    grid = (len(names), 1) if style.is_narrow else (1, len(names))
    figure = Figure(
        (style.width, height * grid[0]), layout=ConstrainedLayoutEngine(wspace=0.08, hspace=0.08)
    )
    panels = figure.subplots(*grid, squeeze=False).ravel()
    for panel, name in zip(panels, names, strict=True):
        is_first = panel is panels[0]
        for row, structure in enumerate(structures):
            values = _values(content, structure.name, name)
            _dots(panel, values, row, structure.colour, style)
        name_rows(panel, [s.name for s in structures], style, shown=style.is_narrow or is_first)
        panel.set_title(headings[name], loc="left", color=style.ink, fontsize=10)
        limit(panel, is_share=name != "hd95_mm")
    return figure


def _values(content: ReportContent, structure: str, metric: str) -> Sequence[float | None]:
    """By volume, in the order of the study; None where there is none."""
    by_volume = {s.volume: getattr(s, metric) for s in content.scores if s.structure == structure}
    return [by_volume.get(volume) for volume in dict.fromkeys(s.volume for s in content.scores)]


def _dots(panel: Axes, values: Sequence[float | None], row: int, colour: str, style: Style) -> None:
    """A dot for each volume, in every row at its own height, and a bar for the mean."""
    offsets = np.linspace(-0.24, 0.24, len(values)) if len(values) > 1 else [0.0]
    known = [(v, row + y) for v, y in zip(values, offsets, strict=True) if v is not None]
    if not known:
        return
    x, y = zip(*known, strict=True)
    panel.scatter(
        x, y, s=22, color=colour, edgecolor=style.ink, linewidth=0.5, alpha=0.85, zorder=3
    )
    if len(known) > 1:
        panel.vlines(np.mean(x), row - 0.36, row + 0.36, color=style.ink, linewidth=1.8, zorder=4)


def cases_in_words(content: ReportContent) -> str:
    means = [s for s in content.summaries if s.metric == "volume_dice" and s.mean is not None]
    return "Mean volume Dice: " + ", ".join(
        f"{s.structure or ALL_STRUCTURES} {s.mean:.2f}" for s in means
    )


def draw_comparison(content: ReportContent, style: Style) -> Figure:
    """A row for each method: its mean volume Dice of each structure, and of all as a bar."""
    figure = Figure((style.width, 0.42 * len(content.comparison) + 1.1), layout="constrained")
    panel = figure.subplots()
    for structure, marker in zip(content.structures, cycle(MARKERS)):
        dice, rows = _means_by_method(content, structure.name)
        dots = panel.scatter(dice, rows, s=34, marker=marker, color=structure.colour, zorder=3)
        dots.set(edgecolor=style.ink, linewidth=0.5, alpha=0.9, label=structure.name)
    dice, rows = _means_by_method(content, None)
    bars = panel.vlines(dice, rows - 0.34, rows + 0.34, color=style.ink, linewidth=2.2, zorder=4)
    bars.set_label(ALL_STRUCTURES)
    name_rows(panel, [method.name for method in content.comparison], style)
    limit(panel, is_share=True)
    legend(figure, panel, style)
    return figure


def _means_by_method(content: ReportContent, structure: str | None) -> tuple[Numbers, Numbers]:
    """Mean volume Dice and row of the methods that have one."""
    found = [find_summary(m.summaries, structure, "volume_dice") for m in content.comparison]
    means = [(s.mean, row) for row, s in enumerate(found) if s and s.mean is not None]
    dice, rows = np.array(means, dtype=np.float64).reshape(-1, 2).T
    return dice, rows


def comparison_in_words(content: ReportContent) -> str:
    means = [(m, find_summary(m.summaries, None, "volume_dice")) for m in content.comparison]
    return "Mean volume Dice of all structures: " + ", ".join(
        f"{method.name} {summary.mean:.2f}" for method, summary in means if summary and summary.mean
    )
