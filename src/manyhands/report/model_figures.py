"""Charts of trained models: patients as pairs, and differences with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from manyhands.report.charts import MARKERS, Style, legend, name_rows
from manyhands.report.content import ReportContent
from manyhands.report.model_tables import TITLES, between, signed
from manyhands.types import Comparison, PairedTest

BETTER, WORSE, EQUAL = "#0072B2", "#D55E00", "#7f7f7f"
MEAN = "mean of\nstructures"
LONGEST_IN_A_LINE = 16
"""Characters of two names below a panel; longer ones stand one below the other."""
ARM_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")


def compared(content: ReportContent) -> Comparison:
    """The comparison, which the chart's `applies` has made sure of."""
    if content.models is None:
        raise ValueError("this chart is of compared models, and there are none")
    return content.models


def draw_pairs(content: ReportContent, style: Style) -> Figure:
    """A line for each patient from baseline to arm: a panel a structure, a row an arm."""
    models = compared(content)
    names = _structures(models)
    arms = models.arms[1:]
    columns = min(len(names) + 1, 3 if style.is_narrow else 6)
    panels_of_arm = -(-(len(names) + 1) // columns)
    figure = Figure((style.width, 2.5 * panels_of_arm * len(arms) + 0.5), layout="constrained")
    panels = figure.subplots(panels_of_arm * len(arms), columns, sharey=True, squeeze=False)
    low = min((s.volume_dice for s in models.scores if s.volume_dice is not None), default=0.0)
    for number, arm in enumerate(arms):
        of_arm = panels[number * panels_of_arm : (number + 1) * panels_of_arm].ravel()
        for panel, name in zip(of_arm, (*names, None), strict=False):
            _pairs(panel, models, arm, name, style)
        for panel in of_arm[len(names) + 1 :]:
            panel.set_axis_off()
    panels[0, 0].set_ylim(max(np.floor(10 * low - 0.2) / 10, -0.02), 1.02)
    figure.legend(
        handles=[
            Line2D([], [], color=WORSE, linestyle="--", marker="o", label="lower than baseline"),
            Line2D([], [], color=BETTER, marker="o", label="higher, or equal"),
            Line2D([], [], color=style.ink, marker="D", linewidth=2.4, label="mean"),
        ],
        loc="outside lower left",
        ncols=2 if style.is_narrow else 3,
        frameon=False,
        labelcolor=style.ink,
        fontsize=9,
    )
    return figure


def _structures(models: Comparison) -> list[str]:
    return [name for name in dict.fromkeys(t.structure for t in models.tests) if name is not None]


def _pairs(panel: Axes, models: Comparison, arm: str, structure: str | None, style: Style) -> None:
    pairs = paired_dice(models, arm, structure)
    for ours, theirs in pairs:
        is_worse = ours < theirs
        panel.plot(
            (0, 1),
            (theirs, ours),
            color=WORSE if is_worse else BETTER,
            linestyle="--" if is_worse else "-",
            marker="o",
            markersize=4,
            linewidth=1,
            alpha=0.75,
        )
    if pairs:
        means = np.mean(pairs, axis=0)[::-1]
        panel.plot((0, 1), means, color=style.ink, marker="D", markersize=5, linewidth=2.4)
    panel.set_title(structure or MEAN, color=style.ink, fontsize=9.5, parse_math=False)
    panel.set_xlim(-0.3, 1.3)
    is_long = len(models.baseline) + len(arm) > LONGEST_IN_A_LINE
    panel.set_xticks((0, 1), (models.baseline, f"\n{arm}" if is_long else arm), parse_math=False)
    panel.tick_params(length=0, labelcolor=style.muted, labelsize=8.5)
    panel.grid(axis="y", color=style.grid, linewidth=0.8)
    panel.set_axisbelow(True)
    panel.spines[:].set_visible(False)


def paired_dice(
    models: Comparison, arm: str, structure: str | None
) -> Sequence[tuple[float, float]]:
    """Volume Dice of arm and baseline, a pair a patient; None: of each patient's mean."""
    dice = {(s.arm, s.patient, s.structure): s.volume_dice for s in models.scores}
    found: dict[str, list[tuple[float, float]]] = {}
    for own, patient, name in dice:
        if own != arm or structure not in (None, name):
            continue
        ours, theirs = dice[own, patient, name], dice.get((models.baseline, patient, name))
        if ours is not None and theirs is not None:
            found.setdefault(patient, []).append((ours, theirs))
    return [tuple(np.mean(values, axis=0).tolist()) for values in found.values()]


def draw_differences(content: ReportContent, style: Style) -> Figure:
    """A panel a metric: mean differences with their intervals, the margin as a line."""
    models = compared(content)
    metrics = [m for m in TITLES if any(t.metric == m for t in models.tests)]
    names = [*_structures(models), None]
    height = (0.3 + 0.14 * len(models.arms[1:])) * len(names) + 0.8
    grid = (len(metrics), 1) if style.is_narrow else (1, len(metrics))
    figure = Figure((style.width, height * grid[0] + 0.4), layout="constrained")
    panels = figure.subplots(*grid, squeeze=False).ravel()
    for panel, metric in zip(panels, metrics, strict=True):
        tests = [test for test in models.tests if test.metric == metric]
        _differences(panel, tests, names, style)
        shown = style.is_narrow or panel is panels[0]
        name_rows(panel, [name or "mean of structures" for name in names], style, shown=shown)
        panel.set_title(TITLES[metric], loc="left", color=style.ink, fontsize=10)
    legend(figure, panels[0], style)
    return figure


def _differences(
    panel: Axes, tests: Sequence[PairedTest], names: Sequence[str | None], style: Style
) -> None:
    arms = list(dict.fromkeys(test.arm for test in tests))
    offsets = np.linspace(-0.2, 0.2, len(arms)) if len(arms) > 1 else [0.0]
    looks = zip(arms, offsets, cycle(ARM_COLOURS), cycle(MARKERS))
    panel.axvline(0, color=style.muted, linewidth=1)
    margin = tests[0].margin if tests[0].metric == "hd95_mm" else -tests[0].margin
    panel.axvline(margin, color=style.ink, linewidth=1.2, linestyle=":", label="margin")
    for arm, offset, colour, marker in looks:
        for test in tests:
            if test.arm != arm:
                continue
            row = names.index(test.structure) + offset
            if test.difference.interval is not None:
                ends = (test.difference.interval.low, test.difference.interval.high)
                panel.hlines(row, *ends, color=colour, linewidth=2.2)
            panel.scatter(test.difference.mean, row, s=34, marker=marker, color=colour, zorder=3,
                          edgecolor=style.ink, linewidth=0.5,
                          label=f"{arm} − {test.baseline}")  # fmt: skip


def pairs_in_words(content: ReportContent) -> str:
    models = compared(content)
    parts = []
    for arm in models.arms[1:]:
        for structure in (*_structures(models), None):
            pairs = paired_dice(models, arm, structure)
            worse = sum(ours < theirs for ours, theirs in pairs)
            parts.append(f"{structure or 'mean of structures'} {worse} of {len(pairs)}")
        parts[-1] += f" ({arm})"
    return f"Patients with a lower Dice than with {models.baseline}: " + ", ".join(parts)


def differences_in_words(content: ReportContent) -> str:
    tests = [t for t in compared(content).tests if t.metric == "volume_dice"]
    return "Mean difference of volume Dice: " + ", ".join(
        f"{t.arm} {t.structure or 'mean of structures'} {signed(t.difference.mean, 3)}"
        f"{between(t.difference.interval, 3)}"
        for t in tests
    )
