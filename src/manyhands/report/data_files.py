"""The numbers of the page for other programs: one JSON, and a CSV of every table."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from manyhands.files import write_text
from manyhands.report.content import ReportContent
from manyhands.report.methods import write_methods
from manyhands.report.page import all_tables
from manyhands.report.tables import MISSING, Table

NOT_DATA = ("load_case", "load_models")


def write_data(folder: Path, content: ReportContent) -> tuple[Path, ...]:
    """Write `report.json` and a CSV of each table that has rows into `folder/report-tables`.

    The JSON has numbers in full; the tables say what the page says.
    """
    paths = [folder / "report.json"]
    write_text(paths[0], content_as_json(content))
    for name, table in all_tables(content).items():
        if table.rows:
            paths.append(folder / "report-tables" / f"{name}.csv")
            write_text(paths[-1], table_as_csv(table))
    return tuple(paths)


def content_as_json(content: ReportContent) -> str:
    """All of the content but its pictures; slices as lists of 0 and 1."""
    told = {
        field.name: _plain(getattr(content, field.name))
        for field in dataclasses.fields(content)
        if field.name not in NOT_DATA
    }
    text, references = write_methods(content)
    told["methods"] = {"text": text, "references": list(references)}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """What JSON knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return value.astype(int).tolist() if value.dtype == bool else value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value


def table_as_csv(table: Table) -> str:
    """As on the page, with signs that programs read: `-` for minus, nothing for what is missing."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_cell(heading) for heading in table.headings)
    writer.writerows([_cell(row.header), *map(_cell, row.cells)] for row in table.rows)
    return text.getvalue()


def _cell(text: str) -> str:
    if text == MISSING:
        return ""
    return text.replace("−", "-").replace("\N{NO-BREAK SPACE}", " ").strip(" ↑↓")
