"""The page itself: one HTML file with everything in it, readable without network or script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from manyhands.files import write_text
from manyhands.report.charts import draw_figure
from manyhands.report.choice import Choice, choose_cases
from manyhands.report.content import ReportContent
from manyhands.report.figures import FIGURES
from manyhands.report.overlays import Plane, draw_planes
from manyhands.report.tables import (
    METRICS,
    Table,
    comparison_table,
    coverage_table,
    find_summary,
    gap_table,
    metric_headings,
    score_table,
    volume_table,
)
from manyhands.report.trust_tables import agreement_table, predicted_table, time_table
from manyhands.types import Finding, Severity

TEMPLATE = Path(__file__).parent / "template"
FINDINGS_SHOWN = 20
"""More are behind a fold."""


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A volume with its three planes and, in words, how well it was met."""

    choice: Choice
    planes: tuple[Plane, ...]
    scores: str


def write_report(path: Path, content: ReportContent) -> Path:
    """Write the page to `path` (.html), whole or not at all, and give the path back.

    With neither scores nor reference it shows pictures and coverage alone. Whatever
    `content.load_case` raises goes through, and nothing is written; so does `OSError`.
    """
    write_text(path, render_report(content))
    return path


def render_report(content: ReportContent) -> str:
    """The page as HTML: no script, no address; pictures are SVG and PNG within."""
    rule = choose_cases(content)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        content=content,
        key_figures=_key_figures(content),
        tables=_tables(content),
        figures={
            name: draw_figure(kind, content)
            for name, kind in FIGURES.items()
            if kind.applies(content)
        },
        rule=rule.sentence,
        cases=[_show_case(content, choice) for choice in rule.choices],
        findings=_in_order(content.findings),
        has_trust=bool(content.predicted or content.agreements or content.times),
        findings_shown=FINDINGS_SHOWN,
    )


def _show_case(content: ReportContent, choice: Choice) -> ShownCase:
    scores = (s for s in content.scores if s.volume == choice.volume)
    dice = [f"{s.structure} {s.volume_dice:.2f}" for s in scores if s.volume_dice is not None]
    planes = draw_planes(content.load_case(choice.volume), content.structures)
    return ShownCase(choice, planes, ", ".join(dice))


def _tables(content: ReportContent) -> dict[str, Table]:
    return {
        "scores": score_table(content),
        "volumes": volume_table(content),
        "comparison": comparison_table(content),
        "coverage": coverage_table(content),
        "gaps": gap_table(content),
        "predicted": predicted_table(content),
        "agreement": agreement_table(content),
        "time": time_table(content),
    }


def _key_figures(content: ReportContent) -> list[tuple[str, str]]:
    """The few numbers to remember, each with what it is."""
    shown = [_counted(content.volumes, "volume"), _counted(content.structures, "structure")]
    headings = dict(zip(METRICS, metric_headings(content.scores), strict=True))
    for metric in ("volume_dice", "slice_dice", "nsd", "hd95_mm"):
        summary = find_summary(content.summaries, None, metric)
        if summary and summary.mean is not None:
            shown.append((f"{summary.mean:.{METRICS[metric][1]}f}", headings[metric][:-2]))
    slices = sum(len(coverage.is_seen) for coverage in content.coverage)
    if slices:
        seen = sum(int(coverage.is_seen.sum()) for coverage in content.coverage)
        shown.append((f"{seen / slices:.0%}", "of slices looked at"))
    return shown


def _counted(things: Sequence[object], name: str) -> tuple[str, str]:
    return str(len(things)), name if len(things) == 1 else f"{name}s"


def _in_order(findings: Sequence[Finding]) -> list[Finding]:
    """What is most at stake first, then by severity; what is only for information last."""
    order = list(Severity)
    return sorted(
        findings,
        key=lambda f: (f.severity is Severity.INFO, -f.priority, order.index(f.severity)),
    )
