"""A comparison as it is kept: JSON, to go on from; tables (CSV), to look at and to reuse."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from manyhands.evaluation import COMPARED
from manyhands.types import (
    ArmScore,
    Comparison,
    Interval,
    PairedTest,
    PatientMean,
    Power,
    PrintedCheck,
)

ALL = "mean of structures"
TEST_COLUMNS = (
    "arm", "baseline", "metric", "structure", "patients", "mean", "mean_half_width", "mean_low",
    "mean_high", "baseline_mean", "baseline_half_width", "baseline_low", "baseline_high",
    "difference", "difference_low", "difference_high", "sd_difference", "equal_patients", "p",
    "p_holm", "method", "shift", "shift_low", "shift_high", "rank_biserial", "margin",
    "p_noninferior", "verdict",
)  # fmt: skip
PATIENT_COLUMNS = ("patient", "structure", "arm", *COMPARED, "trainings")


def comparison_from_json(content: Mapping[str, Any]) -> Comparison:
    """The inverse of `dataclasses.asdict` and JSON."""
    return Comparison(
        baseline=content["baseline"],
        arms=tuple(content["arms"]),
        scores=tuple(ArmScore(**entry) for entry in content["scores"]),
        tests=tuple(_test(entry) for entry in content["tests"]),
        powers=tuple(_power(entry) for entry in content["powers"]),
        printed=tuple(PrintedCheck(**entry) for entry in content["printed"]),
        left_out=dict(content["left_out"]),
        notes=tuple(content["notes"]),
    )


def _test(entry: Mapping[str, Any]) -> PairedTest:
    means = {key: _mean(entry[key]) for key in ("arm_mean", "baseline_mean", "difference")}
    return PairedTest(**{**entry, **means, "shift_interval": _interval(entry["shift_interval"])})


def _mean(entry: Mapping[str, Any]) -> PatientMean:
    return PatientMean(**{**entry, "interval": _interval(entry["interval"])})


def _interval(entry: Mapping[str, float] | None) -> Interval | None:
    return None if entry is None else Interval(**entry)


def _power(entry: Mapping[str, Any]) -> Power:
    """JSON has no numbers as keys."""
    by_effect = {float(effect): power for effect, power in entry["by_effect"].items()}
    return Power(**{**entry, "by_effect": by_effect})


def tests_csv(comparison: Comparison) -> str:
    """A line for each test, numbers in full; what is not defined is left empty."""
    return _csv(TEST_COLUMNS, [_test_row(test) for test in comparison.tests])


def _test_row(test: PairedTest) -> tuple[object, ...]:
    return (
        test.arm,
        test.baseline,
        test.metric,
        test.structure or ALL,
        test.difference.n,
        *_mean_cells(test.arm_mean),
        *_mean_cells(test.baseline_mean),
        test.difference.mean,
        *_ends(test.difference.interval),
        test.sd_difference,
        test.n_equal,
        test.p,
        test.p_holm,
        test.method,
        test.shift,
        *_ends(test.shift_interval),
        test.rank_biserial,
        test.margin,
        test.p_noninferior,
        test.verdict,
    )


def _mean_cells(mean: PatientMean) -> tuple[object, ...]:
    return (mean.mean, mean.half_width, *_ends(mean.interval))


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)


def patients_csv(comparison: Comparison) -> str:
    """A line for each patient, structure and arm: what every test is made of."""
    rows = [
        (s.patient, s.structure, s.arm, *(getattr(s, m) for m in COMPARED), s.n_replicates)
        for s in comparison.scores
    ]
    return _csv(PATIENT_COLUMNS, rows)


def _csv(columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    table.writerows(rows)
    return text.getvalue()
