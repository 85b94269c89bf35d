"""Volumes in ml: Bland and Altman's chart of labels against references."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from manyhands.report.charts import MARKERS, Style, legend
from manyhands.report.content import ReportContent
from manyhands.report.model_tables import signed
from manyhands.types import VolumeAgreement

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")


def draw_volumes(content: ReportContent, style: Style) -> Figure:
    """A panel a structure: difference against mean, a dot a volume; bias and limits as lines."""
    structures = list(dict.fromkeys(v.structure for v in content.volumes_ml))
    columns = min(len(structures), 2 if style.is_narrow else 3)
    rows = -(-len(structures) // columns)
    figure = Figure((style.width, 2.5 * rows + 0.5), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False)
    for panel, structure in zip(panels.ravel(), structures, strict=False):
        own = [v for v in content.volumes_ml if v.structure == structure]
        _volumes(panel, own, list(dict.fromkeys(v.labels for v in content.volumes_ml)), style)
        panel.set_title(structure, loc="left", color=style.ink, fontsize=10, parse_math=False)
    for panel in panels.ravel()[len(structures) :]:
        panel.set_axis_off()
    figure.supxlabel("mean of both, ml", color=style.muted, fontsize=9)
    figure.supylabel("labels − reference, ml", color=style.muted, fontsize=9)
    legend(figure, panels[0, 0], style)
    return figure


def _volumes(
    panel: Axes, agreements: Sequence[VolumeAgreement], labels: Sequence[str], style: Style
) -> None:
    looks = dict(zip(labels, zip(cycle(COLOURS), cycle(MARKERS)), strict=False))
    panel.axhline(0, color=style.muted, linewidth=0.8)
    for one in agreements:
        colour, marker = looks[one.labels]
        both = np.array([one.reference_ml, one.measured_ml])
        panel.scatter(
            both.mean(axis=0),
            both[1] - both[0],
            s=24,
            marker=marker,
            color=colour,
            edgecolor=style.ink,
            linewidth=0.4,
            zorder=3,
            label=one.labels,
        )
        panel.axhline(one.bias_ml, color=colour, linewidth=1.4)
        for limit_ml in (one.low_ml, one.high_ml):
            if limit_ml is not None:
                panel.axhline(limit_ml, color=colour, linewidth=1, linestyle=(0, (4, 3)))
    panel.margins(x=0.1, y=0.12)
    panel.tick_params(length=0, labelcolor=style.muted, labelsize=8.5)
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
