"""The benchmark of metrics, on a case so small that it takes a second."""

from __future__ import annotations

import pytest
from benchmarks.metrics import (
    AIM,
    METRICS,
    Measured,
    by_manyhands,
    largest_difference,
    make_case,
    table,
)


def test_the_case_is_met_neither_wholly_nor_not_at_all() -> None:
    values = by_manyhands(*make_case(48, 16))
    assert all(0 < dice < 1 for dice in values["volume_dice"])
    assert all(distance_mm > 0 for distance_mm in values["hd95_mm"])
    assert {len(values[metric]) for metric in METRICS} == {5}


def test_same_as_monai_to_four_decimals() -> None:
    pytest.importorskip("monai", reason="needs the extra 'crosscheck'")
    pytest.importorskip("torch", reason="needs the extra 'crosscheck'")
    from benchmarks.metrics import by_monai

    case = make_case(48, 16)
    assert largest_difference(by_manyhands(*case), by_monai(*case)) < 5e-5


def test_the_table_has_a_row_for_each_structure() -> None:
    measured = Measured({metric: [0.5] * 5 for metric in METRICS}, 1.0)
    lines = table(measured, measured).splitlines()
    assert len(lines) == 6
    assert lines[1].split() == ["liver", *["0.5000"] * 6]
    assert AIM == 4
