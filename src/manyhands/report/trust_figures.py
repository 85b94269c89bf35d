"""Charts of how far to trust labels and people: Dice to be expected, agreement, and practice."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from manyhands.report.charts import MARKERS, Style, legend, limit, name_rows
from manyhands.report.content import ReportContent
from manyhands.types import Agreement

MAX_PREDICTED = 40
"""More rows than a page can show; the worst are kept."""

# Okabe and Ito's colours that stand out on white and on dark.
LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


def draw_predicted(content: ReportContent, style: Style) -> Figure:
    """A row for each structure of a volume: dot and interval; a cross where the truth is known."""
    shown = content.predicted[:MAX_PREDICTED]
    figure = Figure((style.width, 0.24 * len(shown) + 1.1), layout="constrained")
    panel = figure.subplots()
    colours = {structure.name: structure.colour for structure in content.structures}
    known = _true_dice(content)
    for row, predicted in enumerate(shown):
        dice, colour = predicted.dice, colours.get(predicted.structure, style.muted)
        panel.hlines(
            row, dice.low, dice.high, color=colour, linewidth=3.5, alpha=0.55, label="95 % interval"
        )
        dot = panel.scatter(dice.estimate, row, s=30, color=colour, zorder=3, label="expected")
        dot.set(edgecolor=style.ink, linewidth=0.6)
        true = known.get((predicted.volume, predicted.structure))
        if true is not None:
            panel.scatter(
                true,
                row,
                s=34,
                marker="x",
                color=style.ink,
                zorder=4,
                label="by the reference",
            )
    name_rows(panel, [f"{p.volume}  {p.structure}" for p in shown], style)
    limit(panel, is_share=True)
    legend(figure, panel, style)
    return figure


def _true_dice(content: ReportContent) -> Mapping[tuple[str, str], float | None]:
    return {(score.volume, score.structure): score.volume_dice for score in content.scores}


def predicted_caption(content: ReportContent) -> str:
    rows = len(content.predicted)
    few = f" The {MAX_PREDICTED} worst of {rows}." if rows > MAX_PREDICTED else ""
    return f"Said without a reference; the worst come first.{few}"


def predicted_in_words(content: ReportContent) -> str:
    worst = content.predicted[:3]
    return "Lowest expected Dice: " + ", ".join(
        f"{p.volume} {p.structure} {p.dice.estimate:.2f}" for p in worst
    )


def draw_agreement(content: ReportContent, style: Style) -> Figure:
    """A row for each structure: each annotator's overlap with the others, all pairs, and alpha."""
    structures = list(dict.fromkeys(a.structure for a in content.agreements))
    people = sorted({a.annotator for a in content.agreements if a.annotator is not None})
    looks = dict(zip(people, zip(cycle(LINES), cycle(MARKERS)), strict=False))
    figure = Figure((style.width, 0.36 * len(structures) + 1.2), layout="constrained")
    panel = figure.subplots()
    for found in content.agreements:
        row = structures.index(found.structure)
        if found.annotator is None:
            _mark_all(panel, row, found, style)
            continue
        colour, marker = looks[found.annotator]
        dots = panel.scatter(found.median_iou, row, s=32, marker=marker, color=colour, zorder=3)
        dots.set(edgecolor=style.ink, linewidth=0.5, label=found.annotator, clip_on=False)
    name_rows(panel, structures, style)
    panel.set_xlim(min(0.0, panel.get_xlim()[0]), 1)
    legend(figure, panel, style)
    return figure


def _mark_all(panel: Axes, row: int, found: Agreement, style: Style) -> None:
    ends = (row - 0.36, row + 0.36)
    panel.vlines(found.median_iou, *ends, color=style.ink, linewidth=1.8, label="all pairs")
    if found.alpha is not None:
        panel.vlines(
            found.alpha, *ends, color=style.ink, linewidth=1.8, linestyle=":", label="alpha"
        )


def agreement_in_words(content: ReportContent) -> str:
    together = [a for a in content.agreements if a.annotator is None]
    return "Median overlap of all pairs: " + ", ".join(
        f"{a.structure} {a.median_iou:.2f}" for a in together
    )


def draw_learning(content: ReportContent, style: Style) -> Figure:
    """A line for each annotator."""
    figure = Figure((style.width, 3.0), layout="constrained")
    panel = figure.subplots()
    looks = zip(content.learning, cycle(LINES), cycle(MARKERS))
    for curve, colour, marker in looks:
        panel.plot(
            curve.n_boxes,
            curve.median_iou,
            color=colour,
            marker=marker,
            markersize=5,
            linewidth=1.8,
            label=curve.annotator,
        )
    panel.set_ylim(0, 1)
    panel.set_xlim(left=0)
    panel.set_xlabel("boxes drawn", color=style.muted, fontsize=9)
    panel.tick_params(length=0, labelcolor=style.muted, labelsize=9)
    panel.grid(color=style.grid, linewidth=0.8)
    panel.set_axisbelow(True)
    panel.spines[:].set_visible(False)
    legend(figure, panel, style)
    return figure


def learning_in_words(content: ReportContent) -> str:
    return "Median overlap of the first and of the last boxes: " + ", ".join(
        f"{c.annotator} {c.median_iou[0]:.2f} and {c.median_iou[-1]:.2f}" for c in content.learning
    )
