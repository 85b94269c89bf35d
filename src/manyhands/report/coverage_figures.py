"""The chart of what was looked at, slice by slice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from manyhands.report.charts import Style, legend, name_rows
from manyhands.report.content import Coverage, ReportContent
from manyhands.types import MaskArray

MAX_STRIPS = 60
"""More rows of coverage than a page can show; the least complete are kept."""

NOT_SEEN, KNOWN_ABSENT, INTERPOLATED, DRAWN = "#D55E00", "#B8C0C6", "#56B4E9", "#0072B2"


def draw_coverage(content: ReportContent, style: Style) -> Figure:
    """A strip for each structure of each volume, from the feet on the left to the head."""
    strips = _strips(content)
    figure = Figure((style.width, 0.2 * len(strips) + 1.0), layout="constrained")
    panel = figure.subplots()
    for row, strip in enumerate(strips):
        for label, colour, mask in (
            ("box drawn", DRAWN, strip.is_drawn),
            ("box interpolated", INTERPOLATED, strip.has_box & ~strip.is_drawn),
            ("known to be absent", KNOWN_ABSENT, strip.is_seen & ~strip.has_box),
            ("nobody looked", NOT_SEEN, ~strip.is_seen),
        ):
            panel.broken_barh(_runs(mask), (row - 0.36, 0.72), color=colour, label=label)
    name_rows(panel, [f"{strip.volume}  {strip.structure}" for strip in strips], style)
    panel.set_xlabel("slice, counted from 0 at the feet", color=style.muted, fontsize=9)
    panel.set_xlim(0, max((1, *(len(strip.is_seen) for strip in strips))))
    legend(figure, panel, style)
    return figure


def _strips(content: ReportContent) -> Sequence[Coverage]:
    if len(content.coverage) <= MAX_STRIPS:
        return content.coverage
    shares = [coverage.seen_share for coverage in content.coverage]
    worst = np.argsort(shares, kind="stable")[:MAX_STRIPS]
    return [content.coverage[index] for index in sorted(worst)]


def _runs(mask: MaskArray) -> list[tuple[int, int]]:
    """Start and length of each run of true."""
    edges = np.flatnonzero(np.diff(np.pad(mask, 1).astype(np.int8))).reshape(-1, 2)
    return [(int(start), int(stop - start)) for start, stop in edges]


def coverage_caption(content: ReportContent) -> str:
    rows = len(content.coverage)
    return f"The {MAX_STRIPS} least complete of {rows} rows." if rows > MAX_STRIPS else ""


def coverage_in_words(content: ReportContent) -> str:
    complete = sum(coverage.is_complete for coverage in content.coverage)
    return f"{complete} of {len(content.coverage)} structures of a volume were looked at completely"
