"""Scores as files: a table (CSV) for spreadsheets and statistics; JSON, to go on from."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from manyhands.errors import InputError
from manyhands.evaluation.scores import METRICS
from manyhands.files import write_text
from manyhands.types import Score

COLUMNS = tuple(field.name for field in dataclasses.fields(Score))
COUNTS = ("reference_voxels", "predicted_voxels", "unseen_voxels")
WORDS = ("volume", "structure")


def write_scores_csv(path: Path, scores: Iterable[Score]) -> None:
    """One line for each score, numbers in full; a metric that is not applicable is left empty."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(dataclasses.asdict(score) for score in scores)
    write_text(path, text.getvalue())


def read_scores_json(path: Path) -> tuple[Score, ...]:
    """The list `scores` of a JSON file; a metric that is not applicable is null.

    Raises `InputError` naming the file and the place.
    """
    try:
        entries = list(json.loads(_text(path))["scores"])
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path}: expected JSON with a list 'scores': {error!r}") from error
    return tuple(_score(e, f"{path}: scores[{n}]") for n, e in enumerate(entries))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as scores: {error}") from error


def _score(entry: Any, place: str) -> Score:
    if not isinstance(entry, Mapping) or set(entry) != set(COLUMNS):
        raise InputError(f"{place}: expected exactly the fields {', '.join(COLUMNS)}, got {entry}")
    values: dict[str, Any] = {column: _value(column, entry[column], place) for column in COLUMNS}
    return Score(**values)


def _value(column: str, value: Any, place: str) -> str | float | None:
    if column in WORDS and isinstance(value, str):
        return value
    if column in METRICS and value is None:
        return None
    try:
        return int(value) if column in COUNTS else _finite(float(value))
    except (ValueError, TypeError) as error:
        raise InputError(f"{place}: '{value}' cannot be the {column} of a score") from error


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number
