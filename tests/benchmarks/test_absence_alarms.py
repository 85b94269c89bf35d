"""People who stop are known to the benchmark, and what an import makes of their silence."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.absence_alarms import Result, describe, fill, who_stopped

from manyhands.types import Answer, Box, State

BOX = Box(1, 1, 5, 5)


def said(name: str, boxed: Iterable[int], absent: Iterable[int] = ()) -> list[Answer]:
    return [
        *(Answer("", 1, name, k, State.BOXES, (BOX,)) for k in boxed),
        *(Answer("", 1, name, k, State.ABSENT) for k in absent),
    ]


def test_silence_outside_becomes_absent_and_a_gap_stays_a_gap() -> None:
    filled = fill(said("a", [3, 5], absent=[0]), 8)
    absent = sorted(a.slice_index for a in filled if a.state is State.ABSENT)
    assert absent == [0, 1, 2, 6, 7]
    assert {a.annotator_id for a in filled} == {"a"}


def test_who_lacks_two_slices_beyond_the_boxes_stopped() -> None:
    """The structure is on slices 2 to 7; b passed over one of them, c said that it is gone."""
    answers = [
        *said("a", range(2, 6)),
        *said("b", [2, 3, 5, 6, 7]),
        *said("c", range(2, 6), absent=[6, 7]),
    ]
    assert who_stopped(answers, range(2, 8)) == {"a"}


def test_the_table_counts_people() -> None:
    results = [Result(4, 2, 1, 0, 0.5, 0.7), Result(4, 1, 1, 1, 0.7, 0.9)]
    assert describe(results).splitlines()[1].split("  ")[0] == "4"
    assert "2 of 3" in describe(results)
    assert "1 of 5" in describe(results)
    assert describe(results).split()[-2:] == ["0.600", "0.800"]
