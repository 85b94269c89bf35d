"""Findings as they are kept in JSON results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manyhands.types import Finding, Place, Severity


def finding_from_json(entry: Mapping[str, Any]) -> Finding:
    """A finding out of what `dataclasses.asdict` and JSON made of it."""
    place = dict(entry["place"])
    if place["slices"] is not None:
        first, last = place["slices"]
        place["slices"] = (first, last)
    told = {**entry, "severity": Severity(entry["severity"]), "place": Place(**place)}
    return Finding(**told)
