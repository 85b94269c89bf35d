from __future__ import annotations

import dataclasses

from manyhands.report import ReportContent
from manyhands.report.trust_tables import agreement_table, predicted_table, time_table


def test_the_worst_structure_comes_first_with_its_interval(content: ReportContent) -> None:
    rows = predicted_table(content).rows
    assert [(row.header, *row.cells) for row in rows] == [
        ("liver", "two", "0.62", "0.41 to 0.77"),
        ("spleen", "one", "0.91", "0.84 to 0.95"),
    ]
    assert rows[0].colour == content.structures[0].colour


def test_agreement_has_a_column_for_each_annotator(content: ReportContent) -> None:
    table = agreement_table(content)
    assert table.headings == ("Structure", "Alpha", "All pairs", "ann", "ben")
    assert [(row.header, *row.cells) for row in table.rows] == [
        ("liver", "0.64", "0.71", "0.75", "–"),
        ("spleen", "–", "0.52", "–", "0.52"),
    ]


def test_time_is_the_median_of_an_answer_and_the_minutes_of_all(content: ReportContent) -> None:
    table = time_table(dataclasses.replace(content, times=content.times[::-1]))
    assert table.headings == ("Annotator", "liver", "spleen", "All, minutes")
    assert [(row.header, *row.cells) for row in table.rows] == [
        ("ann", "3.2", "2.0", "2.5"),
        ("ben", "–", "4.0", "0.5"),
    ]


def test_less_than_chance_has_a_minus_sign(content: ReportContent) -> None:
    worse = dataclasses.replace(content.agreements[0], alpha=-0.02)
    (row,) = agreement_table(dataclasses.replace(content, agreements=(worse,))).rows
    assert row.cells[0] == "−0.02"


def test_of_nothing_there_are_no_rows(content: ReportContent) -> None:
    bare = dataclasses.replace(content, predicted=(), agreements=(), times=())
    assert not predicted_table(bare).rows
    assert not agreement_table(bare).rows
    assert not time_table(bare).rows
