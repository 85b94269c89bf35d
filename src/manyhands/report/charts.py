"""What all charts share. Each is drawn for a wide and a narrow page, on white and on dark."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from manyhands.report.content import ReportContent


@dataclass(frozen=True, slots=True)
class Style:
    """Where a chart is shown: colours of text and lines, width in inches, `media` for the page."""

    media: str
    width: float
    ink: str
    muted: str
    grid: str

    @property
    def is_narrow(self) -> bool:
        return self.width < 6


LIGHT = ("#1b2126", "#5b6670", "#d9dee2")
DARK = ("#e8ecef", "#a3adb5", "#3a434b")
ON_DARK = "screen and (prefers-color-scheme: dark)"
ON_PHONE = "screen and (max-width: 640px)"

# The first that fits is taken by the page; the last fits always.
STYLES = (
    Style(f"{ON_PHONE} and (prefers-color-scheme: dark)", 4.0, *DARK),
    Style(ON_PHONE, 4.0, *LIGHT),
    Style(ON_DARK, 9.6, *DARK),
    Style("", 9.6, *LIGHT),
)

HANDLE_INCH, CHARACTER_INCH = 0.5, 0.075  # of an entry in a legend of 9 points

# Shapes beside colours, so that nobody needs the colours.
MARKERS = "osD^vPX*"


@dataclass(frozen=True)
class FigureKind:
    """A chart: when there is something to show, how it is drawn, and what it shows in words."""

    title: str
    caption: Callable[[ReportContent], str]
    applies: Callable[[ReportContent], bool]
    draw: Callable[[ReportContent, Style], Figure]
    alt: Callable[[ReportContent], str]


@dataclass(frozen=True, slots=True)
class DrawnFigure:
    """SVG as data URIs, by the media it is for; "" is for all others."""

    title: str
    caption: str
    alt: str
    images: Mapping[str, str]


def draw_figure(kind: FigureKind, content: ReportContent) -> DrawnFigure:
    images = {style.media: _svg_uri(kind.draw(content, style)) for style in STYLES}
    return DrawnFigure(kind.title, kind.caption(content), kind.alt(content), images)


def _svg_uri(figure: Figure) -> str:
    file = io.BytesIO()
    # A fixed salt: the same content gives the same bytes.
    with mpl.rc_context({"svg.hashsalt": "manyhands"}):
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(file.getvalue()).decode()


def name_rows(panel: Axes, names: Sequence[str], style: Style, *, shown: bool = True) -> None:
    panel.set_yticks(range(len(names)), names if shown else [""] * len(names), parse_math=False)
    panel.set_ylim(len(names) - 0.5, -0.5)
    panel.tick_params(axis="y", length=0, labelcolor=style.ink, labelsize=9)
    panel.tick_params(axis="x", color=style.grid, labelcolor=style.muted, labelsize=9)
    panel.grid(axis="x", color=style.grid, linewidth=0.8)
    panel.set_axisbelow(True)
    panel.spines[:].set_visible(False)


def limit(panel: Axes, *, is_share: bool) -> None:
    """From the tenth below the lowest to 1, or from 0 mm to a little above the highest."""
    low, high = (panel.dataLim.x0, panel.dataLim.x1) if panel.has_data() else (0.0, 1.0)
    if is_share:
        panel.set_xlim(max(np.floor(min(low, 0.9) * 10 - 0.2) / 10, -0.02), 1.015)
    else:
        panel.set_xlim(0, 1.05 * high or 1)


def legend(figure: Figure, panel: Axes, style: Style) -> None:
    handles = dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True))
    longest_inch = HANDLE_INCH + CHARACTER_INCH * max(map(len, handles), default=0)
    figure.legend(
        handles.values(),
        handles.keys(),
        loc="outside lower left",
        ncols=max(1, min(len(handles), int(style.width / longest_inch))),
        frameon=False,
        labelcolor=style.ink,
        fontsize=9,
        handlelength=1.2,
    )
