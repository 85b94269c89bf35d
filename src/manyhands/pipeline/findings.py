"""Findings, and all else that is judged of a study, as they are kept in JSON and CSV."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Mapping
from typing import Any

from manyhands.quality import Judgement
from manyhands.types import (
    Agreement,
    AnsweringTime,
    Finding,
    Interval,
    LearningCurve,
    Place,
    PredictedDice,
    Severity,
)

COLUMNS = (
    "priority",
    "severity",
    "code",
    "volume",
    "structure",
    "first_slice",
    "last_slice",
    "annotator",
    "message",
    "suggestion",
)


def finding_from_json(entry: Mapping[str, Any]) -> Finding:
    """A finding out of what `dataclasses.asdict` and JSON made of it."""
    place = dict(entry["place"])
    if place["slices"] is not None:
        first, last = place["slices"]
        place["slices"] = (first, last)
    told = {**entry, "severity": Severity(entry["severity"]), "place": Place(**place)}
    return Finding(**told)


def judgement_to_json(judgement: Judgement) -> dict[str, Any]:
    return dataclasses.asdict(judgement)


def judgement_from_json(content: Mapping[str, Any]) -> Judgement:
    """The inverse of `judgement_to_json`."""
    return Judgement(
        findings=tuple(map(finding_from_json, content["findings"])),
        predicted=tuple(
            PredictedDice(**{**entry, "dice": Interval(**entry["dice"])})
            for entry in content["predicted"]
        ),
        agreements=tuple(Agreement(**entry) for entry in content["agreements"]),
        times=tuple(AnsweringTime(**entry) for entry in content["times"]),
        learning=tuple(
            LearningCurve(entry["annotator"], tuple(entry["n_boxes"]), tuple(entry["median_iou"]))
            for entry in content["learning"]
        ),
    )


def findings_csv(findings: Iterable[Finding]) -> str:
    """A line for each finding, in the order given; what a place does not say is left empty."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for finding in findings:
        place = finding.place
        table.writerow(
            (
                round(finding.priority, 3),
                finding.severity.value,
                finding.code,
                place.volume,
                place.structure,
                *(place.slices or (None, None)),
                place.annotator,
                finding.message,
                finding.suggestion,
            )
        )
    return text.getvalue()
