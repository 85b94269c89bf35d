"""The table of the page's charts: when each is shown, who draws it, what it says in words."""

from __future__ import annotations

from manyhands.report.charts import FigureKind
from manyhands.report.coverage_figures import coverage_caption, coverage_in_words, draw_coverage
from manyhands.report.crowd_figures import draw_effort, effort_in_words
from manyhands.report.model_figures import (
    differences_in_words,
    draw_differences,
    draw_pairs,
    pairs_in_words,
)
from manyhands.report.score_figures import (
    cases_in_words,
    comparison_in_words,
    draw_cases,
    draw_comparison,
)
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

FIGURES: dict[str, FigureKind] = {
    "cases": FigureKind(
        "Volume by volume",
        lambda _: (
            "A dot is a volume, the bar is the mean. A volume has the same height in every row."
        ),
        lambda content: bool(content.scores),
        draw_cases,
        cases_in_words,
    ),
    "comparison": FigureKind(
        "Method by method",
        lambda _: "Volume Dice: a mark is the mean of a structure, the bar is the mean of all.",
        lambda content: bool(content.comparison),
        draw_comparison,
        comparison_in_words,
    ),
    "coverage": FigureKind(
        "Slice by slice",
        coverage_caption,
        lambda content: bool(content.coverage),
        draw_coverage,
        coverage_in_words,
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
