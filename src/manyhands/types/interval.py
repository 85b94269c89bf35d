"""Numbers that are known only so well."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with what is known of it: `low` to `high` hold the true one with 95 %."""

    estimate: float
    low: float
    high: float


EdgeIntervals = tuple[Interval, Interval, Interval, Interval]
"""One per edge of a box: row0, column0, row1, column1."""
