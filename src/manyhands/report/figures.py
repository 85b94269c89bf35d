"""The page's charts: scores, comparison and coverage; and the table of all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from manyhands.report.charts import MARKERS, FigureKind, Style, legend, limit, name_rows
from manyhands.report.content import Coverage, ReportContent
from manyhands.report.crowd_figures import draw_effort, effort_in_words
from manyhands.report.model_figures import (
    differences_in_words,
    draw_differences,
    draw_pairs,
    pairs_in_words,
)
from manyhands.report.tables import ALL_STRUCTURES, METRICS, find_summary, metric_headings
from manyhands.report.trust_figures import (
    agreement_in_words,
    draw_agreement,
    draw_learning,
    draw_predicted,
    learning_in_words,
    predicted_caption,
    predicted_in_words,
)
from manyhands.report.volume_figures import draw_volumes, volumes_in_words
from manyhands.types import MaskArray

Numbers = npt.NDArray[np.float64]


MAX_STRIPS = 60
"""More rows of coverage than a page can show; the least complete are kept."""

NOT_SEEN, KNOWN_ABSENT, INTERPOLATED, DRAWN = "#D55E00", "#B8C0C6", "#56B4E9", "#0072B2"


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


def _means_in_words(content: ReportContent) -> str:
    means = [s for s in content.summaries if s.metric == "volume_dice" and s.mean is not None]
    return "Mean volume Dice: " + ", ".join(
        f"{s.structure or ALL_STRUCTURES} {s.mean:.2f}" for s in means
    )


def _methods_in_words(content: ReportContent) -> str:
    means = [(m, find_summary(m.summaries, None, "volume_dice")) for m in content.comparison]
    return "Mean volume Dice of all structures: " + ", ".join(
        f"{method.name} {summary.mean:.2f}" for method, summary in means if summary and summary.mean
    )


def _coverage_caption(content: ReportContent) -> str:
    rows = len(content.coverage)
    return f"The {MAX_STRIPS} least complete of {rows} rows." if rows > MAX_STRIPS else ""


def _coverage_in_words(content: ReportContent) -> str:
    complete = sum(coverage.is_complete for coverage in content.coverage)
    return f"{complete} of {len(content.coverage)} structures of a volume were looked at completely"


FIGURES: dict[str, FigureKind] = {
    "cases": FigureKind(
        "Volume by volume",
        lambda _: (
            "A dot is a volume, the bar is the mean. A volume has the same height in every row."
        ),
        lambda content: bool(content.scores),
        draw_cases,
        _means_in_words,
    ),
    "comparison": FigureKind(
        "Method by method",
        lambda _: "Volume Dice: a mark is the mean of a structure, the bar is the mean of all.",
        lambda content: bool(content.comparison),
        draw_comparison,
        _methods_in_words,
    ),
    "coverage": FigureKind(
        "Slice by slice",
        _coverage_caption,
        lambda content: bool(content.coverage),
        draw_coverage,
        _coverage_in_words,
    ),
    "predicted": FigureKind(
        "Dice to be expected",
        predicted_caption,
        lambda content: bool(content.predicted),
        draw_predicted,
        predicted_in_words,
    ),
    "agreement": FigureKind(
        "Overlap",
        lambda _: (
            "Median IoU of each annotator's boxes with the others', of all pairs, and "
            "Krippendorff's alpha."
        ),
        lambda content: bool(content.agreements),
        draw_agreement,
        agreement_in_words,
    ),
    "learning": FigureKind(
        "Practice",
        lambda _: (
            "How much the boxes of each annotator overlap with what all agree on (IoU), by the "
            "number of boxes drawn so far."
        ),
        lambda content: bool(content.learning),
        draw_learning,
        learning_in_words,
    ),
    "effort": FigureKind(
        "Time",
        lambda _: "Of answers that were timed, pauses apart.",
        lambda content: bool(content.times),
        draw_effort,
        effort_in_words,
    ),
    "pairs": FigureKind(
        "Patient by patient",
        lambda _: (
            "Volume Dice of the same patient by two models: a line is a patient, a row an arm."
        ),
        lambda content: content.models is not None,
        draw_pairs,
        pairs_in_words,
    ),
    "differences": FigureKind(
        "Differences",
        lambda _: (
            "Mean and 95 % interval. One that lies wholly on the better side of the dotted line, "
            "the margin, is about what non-inferiority asks for; the verdict is that of the exact "
            "test."
        ),
        lambda content: content.models is not None,
        draw_differences,
        differences_in_words,
    ),
    "volumes": FigureKind(
        "Volumes",
        lambda _: (
            "Bland and Altman's chart: each dot is a volume, across its volume in ml (the mean of "
            "both), up how much more the labels have than the reference. The line is the mean "
            "difference; between the dashed ones lie 95 % of the differences."
        ),
        lambda content: bool(content.volumes_ml),
        draw_volumes,
        volumes_in_words,
    ),
}
"""The charts of the page; one function draws each."""
