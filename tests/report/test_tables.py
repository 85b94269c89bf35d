from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from manyhands.report import ReportContent
from manyhands.report.tables import (
    comparison_table,
    coverage_table,
    gap_table,
    ranges,
    score_table,
    volume_table,
)
from manyhands.types import Summary


def test_scores_are_mean_and_deviation_of_each_structure(content: ReportContent) -> None:
    table = score_table(content)
    assert [row.header for row in table.rows] == ["liver", "spleen", "all structures"]
    dice = "0.750 ± 0.100"
    # 5 of 100 voxels of each reference were not looked at.
    assert table.rows[0].cells == ("3", dice, dice, dice, dice, "0.8 ± 0.1", "5%")
    assert table.rows[0].colour == content.structures[0].colour
    assert [row.is_strong for row in table.rows] == [False, False, True]
    assert table.headings[5] == "NSD at 2 mm\N{NO-BREAK SPACE}↑"
    assert len(table.headings) == 1 + len(table.rows[0].cells)


def test_one_volume_has_no_deviation_and_what_is_not_applicable_is_counted(
    content: ReportContent,
) -> None:
    summaries = (
        Summary("liver", "volume_dice", 0.5, None, 1, 2),
        Summary("liver", "nsd", None, None, 0, 3),
    )
    (row,) = score_table(dataclasses.replace(content, scores=(), summaries=summaries)).rows
    assert row.cells == ("1 (+ 2 not applicable)", "0.500", "–", "–", "–", "–")


def test_every_score_has_its_row(content: ReportContent) -> None:
    rows = volume_table(content).rows
    assert len(rows) == 6
    assert rows[2].cells[:2] == ("two", "0.500")
    assert rows[3].cells == ("two", "–", "–", "–", "–", "–")


def test_methods_are_compared_over_all_structures(content: ReportContent) -> None:
    rows = comparison_table(content).rows
    assert [(row.header, row.cells[1], row.is_strong) for row in rows] == [
        ("Annotator 1", "0.600 ± 0.100", False),
        ("Consensus + cut", "0.750 ± 0.100", True),
    ]


def test_coverage_counts_slices_and_boxes(content: ReportContent) -> None:
    """Three volumes of four slices; nobody looked at slices 0 (and 1, in one of them)."""
    assert coverage_table(content).rows[0].cells == ("0 of 3", "8 of 12", "3", "0")


def test_gaps_are_listed_worst_first(content: ReportContent) -> None:
    rows = gap_table(content).rows
    assert rows[0].cells == ("two", "0–1", "50%")
    assert rows[-1].cells == ("three", "0", "25%")
    assert len(rows) == 6


@pytest.mark.parametrize(
    ("indices", "text"),
    [([], ""), ([0], "0"), ([0, 1, 2], "0–2"), ([1, 4, 5], "1, 4–5"), ([5], "5")],
)
def test_ranges(indices: list[int], text: str) -> None:
    mask = np.zeros(6, dtype=bool)
    mask[indices] = True
    assert ranges(mask) == text


def test_empty_content_has_no_rows(content: ReportContent) -> None:
    bare = dataclasses.replace(content, scores=(), summaries=(), coverage=(), comparison=())
    for table in (score_table, volume_table, comparison_table, coverage_table, gap_table):
        assert table(bare).rows == ()
