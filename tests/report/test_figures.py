from __future__ import annotations

import base64
import dataclasses
from xml.etree import ElementTree

import numpy as np
import pytest

from manyhands.report import FIGURES, ComparedMethod, Coverage, ReportContent
from manyhands.report.charts import STYLES, Style, draw_figure
from manyhands.report.coverage_figures import MAX_STRIPS, draw_coverage
from manyhands.report.trust_figures import MAX_PREDICTED, draw_predicted
from manyhands.types import Score, Summary

PREFIX = "data:image/svg+xml;base64,"


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_an_svg_for_each_style(content: ReportContent, name: str) -> None:
    figure = draw_figure(FIGURES[name], content)
    assert list(figure.images) == [style.media for style in STYLES]
    assert figure.alt
    for uri in figure.images.values():
        root = ElementTree.fromstring(base64.b64decode(uri.removeprefix(PREFIX)))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(set(figure.images.values())) == len(STYLES)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_without_content_does_not_apply(content: ReportContent, name: str) -> None:
    assert FIGURES[name].applies(content)
    bare = dataclasses.replace(
        content,
        scores=(),
        coverage=(),
        comparison=(),
        predicted=(),
        agreements=(),
        learning=(),
        times=(),
        models=None,
        volumes_ml=(),
    )
    assert not FIGURES[name].applies(bare)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.media or "all")
def test_a_figure_of_nothing_applicable_is_drawn(
    content: ReportContent, name: str, style: Style
) -> None:
    nothing = np.zeros(0, dtype=bool)
    hollow = dataclasses.replace(
        content,
        scores=(Score("one", "liver", None, None, None, None, None, 2.0, 0, 0, 0),),
        summaries=(Summary(None, "volume_dice", None, None, 0, 1),),
        comparison=(ComparedMethod("$x", (Summary(None, "volume_dice", None, None, 0, 1),)),),
        coverage=(Coverage("one", "liver", nothing, nothing, nothing),),
    )
    FIGURES[name].draw(hollow, style).savefig("/dev/null", format="svg")


def test_the_figures_say_in_words_what_they_show(content: ReportContent) -> None:
    assert FIGURES["cases"].alt(content) == (
        "Mean volume Dice: liver 0.75, spleen 0.75, all structures 0.75"
    )
    assert FIGURES["comparison"].alt(content) == (
        "Mean volume Dice of all structures: Annotator 1 0.60, Consensus + cut 0.75"
    )
    assert FIGURES["coverage"].alt(content) == (
        "0 of 6 structures of a volume were looked at completely"
    )
    assert FIGURES["predicted"].alt(content) == (
        "Lowest expected Dice: two liver 0.62, one spleen 0.91"
    )
    assert FIGURES["agreement"].alt(content) == (
        "Median overlap of all pairs: liver 0.71, spleen 0.52"
    )
    assert FIGURES["learning"].alt(content) == (
        "Median overlap of the first and of the last boxes: ann 0.40 and 0.70"
    )
    assert FIGURES["effort"].alt(content) == (
        "Time: liver 4.5 s a slice, 2 minutes; spleen 3.6 s a slice, 2 minutes"
    )
    assert FIGURES["pairs"].alt(content) == (
        "Patients with a lower Dice than with reference: liver 3 of 3, spleen 3 of 3, "
        "mean of structures 3 of 3 (crowd)"
    )
    assert (
        FIGURES["differences"]
        .alt(content)
        .startswith(
            "Mean difference of volume Dice: crowd liver −0.100 [−0.100, −0.100], crowd spleen"
        )
    )
    assert (
        FIGURES["volumes"]
        .alt(content)
        .startswith("Mean difference of volume (95 % limits): ours liver −5.0 ml (−5.0 to −5.0)")
    )


def test_of_many_predictions_the_worst_are_drawn(content: ReportContent) -> None:
    many = dataclasses.replace(content, predicted=content.predicted[:1] * 50)
    (panel,) = draw_predicted(many, STYLES[-1]).axes
    assert len(panel.get_yticks()) == MAX_PREDICTED == 40
    assert FIGURES["predicted"].caption(many).endswith("The 40 worst of 50.")
    assert FIGURES["predicted"].caption(content).endswith("the worst come first.")


def test_the_truth_is_marked_where_it_is_known(content: ReportContent) -> None:
    """Both rows have a score, so two crosses; without scores none."""
    style = STYLES[-1]

    def count_marks(of: ReportContent) -> int:
        (panel,) = draw_predicted(of, style).axes
        return sum(line.get_label() == "by the reference" for line in panel.collections)

    assert count_marks(content) == 2
    assert count_marks(dataclasses.replace(content, scores=())) == 0


def test_of_many_strips_the_least_complete_are_drawn_in_their_order(
    content: ReportContent,
) -> None:
    slices = np.arange(10)
    coverage = [
        Coverage(f"v{n}", "liver", slices < n % 10, slices < 0, slices < 0)
        for n in range(MAX_STRIPS + 20)
    ]
    many = dataclasses.replace(content, coverage=tuple(coverage))
    (panel,) = draw_coverage(many, STYLES[-1]).axes
    names = [label.get_text().split()[0] for label in panel.get_yticklabels()]
    assert names == [f"v{n}" for n in range(MAX_STRIPS + 20) if n % 10 < 7 or n in ALSO]
    assert FIGURES["coverage"].caption(many) == "The 60 least complete of 80 rows."


# Eight of each n % 10; 60 are the seven emptiest kinds and four of those with 7 slices of 10.
ALSO = (7, 17, 27, 37)
