"""What the page says in tables: numbers already turned to text, rows already in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from manyhands.report.content import Coverage, ReportContent
from manyhands.types import MaskArray, Score, Summary

MISSING = "–"
ALL_STRUCTURES = "all structures"

METRICS = {
    "volume_dice": ("Volume Dice\N{NO-BREAK SPACE}↑", 3),
    "slice_dice": ("Slice Dice, all slices\N{NO-BREAK SPACE}↑", 3),
    "slice_dice_paper": ("Slice Dice, predicted slices\N{NO-BREAK SPACE}↑", 3),
    "nsd": ("NSD {tolerance}\N{NO-BREAK SPACE}↑", 3),
    "hd95_mm": ("HD95, mm\N{NO-BREAK SPACE}↓", 1),
}
"""Heading and decimals of each metric; the arrow points to the better end."""


@dataclass(frozen=True, slots=True)
class Row:
    """`colour` is a structure's, shown beside the header; a strong row is the one to look at."""

    header: str
    cells: tuple[str, ...]
    colour: str = ""
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`words` columns after the header hold words, the others numbers, set flush right."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    words: int = 0


def score_table(content: ReportContent) -> Table:
    """A row for each structure and one for all: mean ± standard deviation over the volumes."""
    structures = list(dict.fromkeys(summary.structure for summary in content.summaries))
    colours = structure_colours(content)
    unseen = _unseen_shares(content.scores)
    has_unseen = any(unseen.values())
    rows = [
        Row(
            structure or ALL_STRUCTURES,
            _metric_cells(content.summaries, structure)
            + ((_percent(unseen.get(structure, 0.0)),) if has_unseen else ()),
            colour=colours.get(structure or "", ""),
            is_strong=structure is None,
        )
        for structure in structures
    ]
    headings = ("Structure", "Volumes", *metric_headings(content.scores))
    return Table(
        "Mean ± standard deviation over volumes",
        (*headings, "Not looked at") if has_unseen else headings,
        tuple(rows),
    )


def volume_table(content: ReportContent) -> Table:
    """Every score, in the order of the study."""
    colours = structure_colours(content)
    return Table(
        "Every volume",
        ("Structure", "Volume", *metric_headings(content.scores)),
        tuple(
            Row(
                score.structure,
                (
                    score.volume,
                    *(_number(getattr(score, name), METRICS[name][1]) for name in METRICS),
                ),
                colours.get(score.structure, ""),
            )
            for score in content.scores
        ),
        words=1,
    )


def comparison_table(content: ReportContent) -> Table:
    """A row for each method, all structures together."""
    return Table(
        "All structures, mean ± standard deviation over volumes",
        ("Method", "Volumes", *metric_headings(content.scores)),
        tuple(
            Row(method.name, _metric_cells(method.summaries, None), is_strong=method.is_ours)
            for method in content.comparison
        ),
    )


def coverage_table(content: ReportContent) -> Table:
    """A row for each structure: how many of its volumes and slices were looked at."""
    colours = structure_colours(content)
    structures = dict.fromkeys(coverage.structure for coverage in content.coverage)
    return Table(
        "What was looked at",
        (
            "Structure",
            "Complete volumes",
            "Slices looked at",
            "with a drawn box",
            "with an interpolated box",
        ),
        tuple(
            _coverage_row(
                [c for c in content.coverage if c.structure == structure],
                structure,
                colours.get(structure, ""),
            )
            for structure in structures
        ),
    )


def _coverage_row(coverages: Sequence[Coverage], structure: str, colour: str) -> Row:
    slices = sum(len(c.is_seen) for c in coverages)
    seen = sum(int(c.is_seen.sum()) for c in coverages)
    drawn = sum(int(c.is_drawn.sum()) for c in coverages)
    boxed = sum(int(c.has_box.sum()) for c in coverages)
    complete = sum(c.is_complete for c in coverages)
    cells = (f"{complete} of {len(coverages)}", f"{seen} of {slices}", str(drawn))
    return Row(structure, (*cells, str(boxed - drawn)), colour)


def gap_table(content: ReportContent) -> Table:
    """A row for each structure of a volume that was not looked at completely, worst first."""
    gaps = sorted((c for c in content.coverage if not c.is_complete), key=lambda c: c.seen_share)
    colours = structure_colours(content)
    return Table(
        "Slices that nobody looked at",
        ("Structure", "Volume", "Slices", "Share"),
        tuple(
            Row(
                c.structure,
                (c.volume, ranges(~c.is_seen), _percent(1 - c.seen_share)),
                colours.get(c.structure, ""),
            )
            for c in gaps
        ),
        words=2,
    )


def metric_headings(scores: Sequence[Score]) -> tuple[str, ...]:
    tolerances = sorted({score.nsd_tolerance_mm for score in scores})
    tolerance = f"at {' or '.join(f'{mm:g}' for mm in tolerances)} mm" if tolerances else ""
    return tuple(heading.format(tolerance=tolerance) for heading, _ in METRICS.values())


def ranges(mask: MaskArray) -> str:
    """The indices where a mask (n,) is true, runs as `first–last`: "0–12, 40"."""
    edges = np.flatnonzero(np.diff(np.pad(mask, 1).astype(np.int8)))
    runs = edges.reshape(-1, 2) - (0, 1)
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)


def find_summary(
    summaries: Iterable[Summary], structure: str | None, metric: str
) -> Summary | None:
    for summary in summaries:
        if (summary.structure, summary.metric) == (structure, metric):
            return summary
    return None


def _metric_cells(summaries: Sequence[Summary], structure: str | None) -> tuple[str, ...]:
    """How many volumes, then each metric."""
    found = {name: find_summary(summaries, structure, name) for name in METRICS}
    first = found["volume_dice"]
    return (
        _volumes(first) if first else MISSING,
        *(_mean_sd(summary, METRICS[name][1]) for name, summary in found.items()),
    )


def _volumes(summary: Summary) -> str:
    if not summary.not_applicable:
        return str(summary.n)
    return f"{summary.n} (+ {summary.not_applicable} not applicable)"


def _mean_sd(summary: Summary | None, digits: int) -> str:
    if summary is None or summary.mean is None:
        return MISSING
    spread = "" if summary.sd is None else f" ± {summary.sd:.{digits}f}"
    return f"{summary.mean:.{digits}f}{spread}"


def _number(value: float | None, digits: int) -> str:
    return MISSING if value is None else f"{value:.{digits}f}"


def _percent(share: float) -> str:
    """A share above zero is never shown as 0 %."""
    return f"{share:.0%}" if share == 0 or share >= 0.005 else "< 1%"


def _unseen_shares(scores: Sequence[Score]) -> Mapping[str | None, float]:
    """Of the reference's voxels, those that nobody looked at; of each structure and of all."""
    names: list[str | None] = [*dict.fromkeys(score.structure for score in scores), None]
    shares = {}
    for name in names:
        of_name = [s for s in scores if name in (None, s.structure)]
        voxels = sum(s.reference_voxels for s in of_name)
        shares[name] = sum(s.unseen_voxels for s in of_name) / voxels if voxels else 0.0
    return shares


def structure_colours(content: ReportContent) -> Mapping[str, str]:
    """The colour of each structure by name."""
    return {structure.name: structure.colour for structure in content.structures}
