"""Volumes in ml: Bland and Altman's chart of labels against references."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from manyhands.report.charts import Style
from manyhands.report.content import ReportContent
from manyhands.report.model_tables import signed
from manyhands.types import VolumeAgreement

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")


def draw_volumes(content: ReportContent, style: Style) -> Figure:
    """Rows of panels for each way to label, a panel a structure: difference against mean.

    A dot is a volume, the line is the bias, dashed are the limits. Panels of one structure have
    one scale.
    """
    structures = list(dict.fromkeys(v.structure for v in content.volumes_ml))
    labels = list(dict.fromkeys(v.labels for v in content.volumes_ml))
    columns = min(len(structures), 2 if style.is_narrow else 6)
    rows = -(-len(structures) // columns)
    figure = Figure((style.width, 2.15 * rows * len(labels) + 0.2), layout="constrained")
    blocks = figure.subfigures(len(labels), 1, squeeze=False).ravel()
    reach = {name: _reach([v for v in content.volumes_ml if v.structure == name])
             for name in structures}  # fmt: skip
    for block, name, colour in zip(blocks, labels, cycle(COLOURS)):
        panels = block.subplots(rows, columns, squeeze=False).ravel()
        block.suptitle(
            f"{name}, against the reference, ml", x=0.01, ha="left", color=style.ink, fontsize=10
        )
        found = {v.structure: v for v in content.volumes_ml if v.labels == name}
        for panel, structure in zip(panels, structures, strict=False):
            _panel(panel, found.get(structure), colour, style)
            panel.set_ylim(*reach[structure])
            panel.set_title(structure, color=style.muted, fontsize=9, parse_math=False)
        for panel in panels[len(structures) :]:
            panel.set_axis_off()
    return figure


def _reach(agreements: Sequence[VolumeAgreement]) -> tuple[float, float]:
    """From the lowest to the highest of all that is drawn, and a little more."""
    ends = [0.0]
    for one in agreements:
        ends += [b - a for a, b in zip(one.reference_ml, one.measured_ml, strict=True)]
        ends += [ml for ml in (one.low_ml, one.high_ml) if ml is not None]
    spare = 0.08 * (max(ends) - min(ends)) or 1.0
    return min(ends) - spare, max(ends) + spare


def _panel(panel: Axes, one: VolumeAgreement | None, colour: str, style: Style) -> None:
    panel.axhline(0, color=style.muted, linewidth=0.8)
    if one is not None:
        both = np.array([one.reference_ml, one.measured_ml])
        dots = panel.scatter(both.mean(axis=0), both[1] - both[0], s=22, color=colour, zorder=3)
        dots.set(edgecolor=style.ink, linewidth=0.4)
        panel.axhline(one.bias_ml, color=colour, linewidth=1.6)
        for limit_ml in (one.low_ml, one.high_ml):
            if limit_ml is not None:
                panel.axhline(limit_ml, color=colour, linewidth=1.2, linestyle=(0, (4, 3)))
    panel.margins(x=0.12)
    panel.locator_params(axis="x", nbins=3)
    panel.tick_params(length=0, labelcolor=style.muted, labelsize=8)
    panel.grid(color=style.grid, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.spines[:].set_visible(False)


def volumes_in_words(content: ReportContent) -> str:
    return "Mean difference of volume (95 % limits): " + ", ".join(
        f"{one.labels} {one.structure} {signed(one.bias_ml, 1)} ml{_limits(one)}"
        for one in content.volumes_ml
    )


def _limits(one: VolumeAgreement) -> str:
    if one.low_ml is None or one.high_ml is None:
        return ""
    return f" ({signed(one.low_ml, 1)} to {signed(one.high_ml, 1)})"
