"""The page itself: one HTML file with everything in it, readable without network or script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from manyhands.files import write_text
from manyhands.report.charts import draw_figure
from manyhands.report.choice import Choice, choose_cases, choose_patients
from manyhands.report.content import ReportContent
from manyhands.report.crowd_tables import (
    annotator_gold_table,
    bias_table,
    effort_table,
    gold_table,
    people_table,
    reliability_table,
    structure_reliability_table,
)
from manyhands.report.figures import FIGURES
from manyhands.report.making_tables import making_table
from manyhands.report.methods import write_methods
from manyhands.report.model_tables import (
    arm_table,
    effect_tables,
    label_table,
    patient_table,
    printed_table,
    tests_tables,
)
from manyhands.report.model_words import answers_in_words, powers_in_words
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
class PlaneRow:
    """One way of labelling a volume (`title` "" where there is only one), and how well it did: a
    mean over `trainings`, of which the first is in the picture.
    """

    title: str
    planes: tuple[Plane, ...]
    scores: str
    trainings: int = 1


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A volume with its three planes, a row for each way of labelling."""

    choice: Choice
    rows: tuple[PlaneRow, ...]


def write_report(path: Path, content: ReportContent) -> Path:
    """Write the page to `path` (.html), whole or not at all, and give the path back.

    With neither scores nor reference it shows pictures and coverage alone. Whatever
    `content.load_case` raises goes through, and nothing is written; so does `OSError`.
    """
    write_text(path, render_report(content))
    return path


def render_report(content: ReportContent) -> str:
    """The page as HTML: no script, no address; pictures are SVG and PNG within."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    methods, references = write_methods(content)
    return environment.get_template("page.html").render(
        content=content,
        key_figures=_key_figures(content),
        tables=_tables(content),
        model_tables=tests_tables(content),
        effects=effect_tables(content),
        answers=answers_in_words(content.models) if content.models else (),
        powers=powers_in_words(content.models.powers) if content.models else (),
        figures={
            name: draw_figure(kind, content)
            for name, kind in FIGURES.items()
            if kind.applies(content)
        },
        rule=choose_cases(content).sentence,
        cases=shown_cases(content),
        model_rule=choose_patients(content).sentence,
        model_cases=shown_models(content),
        findings=_in_order(content.findings),
        has_trust=bool(content.predicted or content.agreements or content.gold),
        findings_shown=FINDINGS_SHOWN,
        methods=methods,
        references=references,
    )


def shown_cases(content: ReportContent) -> list[ShownCase]:
    """The volumes chosen by rule, with the crowd's labels; each is loaded when its turn comes."""
    return [_show_case(content, choice) for choice in choose_cases(content).choices]


def _show_case(content: ReportContent, choice: Choice) -> ShownCase:
    scores = (s for s in content.scores if s.volume == choice.volume)
    planes = draw_planes(content.load_case(choice.volume), content.structures)
    dice = _in_words((s.structure, s.volume_dice) for s in scores)
    return ShownCase(choice, (PlaneRow("", planes, dice),))


def shown_models(content: ReportContent) -> list[ShownCase]:
    """The patients chosen by rule, a row for each arm."""
    return [_show_models(content, choice) for choice in choose_patients(content).choices]


def _show_models(content: ReportContent, choice: Choice) -> ShownCase:
    assert content.models is not None
    assert content.load_models is not None
    rows = []
    for arm, case in content.load_models(choice.volume).items():
        scores = [s for s in content.models.scores if (s.arm, s.patient) == (arm, choice.volume)]
        dice = _in_words((s.structure, s.volume_dice) for s in scores)
        trainings = max((s.n_replicates for s in scores), default=1)
        rows.append(PlaneRow(arm, draw_planes(case, content.structures), dice, trainings))
    return ShownCase(choice, tuple(rows))


def _in_words(scores: Iterable[tuple[str, float | None]]) -> str:
    return ", ".join(f"{name} {dice:.2f}" for name, dice in scores if dice is not None)


def _tables(content: ReportContent) -> dict[str, Table]:
    tables = {
        "labels": label_table(content),
        "scores": score_table(content),
        "volumes": volume_table(content),
        "comparison": comparison_table(content),
        "people": people_table(content),
        "effort": effort_table(content),
        "coverage": coverage_table(content),
        "gaps": gap_table(content),
        "predicted": predicted_table(content),
        "agreement": agreement_table(content),
        "time": time_table(content),
        "reliability": reliability_table(content),
        "reliability_by_structure": structure_reliability_table(content),
        "bias": bias_table(content),
        "gold": gold_table(content),
        "gold_by_annotator": annotator_gold_table(content),
        "makings": making_table(content),
    }
    if content.models is not None:
        tables["printed"] = printed_table(content.models)
        tables["patients"] = patient_table(content)
        if len(content.models.arms) > 2:
            tables["arms"] = arm_table(content.models)
    return tables


def all_tables(content: ReportContent) -> dict[str, Table]:
    """Every table of the page by a name that a file can have."""
    tests, effects = tests_tables(content), effect_tables(content)
    return {
        **_tables(content),
        **{f"models-{n}": table for n, table in enumerate(tests, start=1)},
        **{f"models-effects-{n}": table for n, table in enumerate(effects, start=1)},
    }


def _key_figures(content: ReportContent) -> list[tuple[str, str]]:
    """The few numbers to remember, each with what it is."""
    shown = [_counted(content.volumes, "volume"), _counted(content.structures, "structure")]
    if content.models is not None and not content.volumes:
        shown[0] = _counted({score.patient for score in content.models.scores}, "patient")
    headings = dict(zip(METRICS, metric_headings(content.scores), strict=True))
    for metric in ("volume_dice", "slice_dice", "nsd", "hd95_mm"):
        summary = find_summary(content.summaries, None, metric)
        if summary and summary.mean is not None:
            shown.append((f"{summary.mean:.{METRICS[metric][1]}f}", headings[metric][:-2]))
    slices = sum(len(coverage.is_seen) for coverage in content.coverage)
    if slices:
        seen = sum(int(coverage.is_seen.sum()) for coverage in content.coverage)
        shown.append((f"{100 * seen // slices}%", "of slices looked at"))  # 100 is all
    return shown


def _counted(things: Sized, name: str) -> tuple[str, str]:
    return str(len(things)), name if len(things) == 1 else f"{name}s"


def _in_order(findings: Sequence[Finding]) -> list[Finding]:
    """What is most at stake first, then by severity; what is only for information last."""
    order = list(Severity)
    return sorted(
        findings,
        key=lambda f: (f.severity is Severity.INFO, -f.priority, order.index(f.severity)),
    )
