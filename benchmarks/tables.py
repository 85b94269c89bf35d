"""Aligned tables on a terminal, and every single result as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Result = TypeVar("Result", bound="DataclassInstance")


def format_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(heading, *rows, strict=True)]
    lines = []
    for row in (heading, *rows):
        first, *others = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join([first, *others]).rstrip())
    return "\n".join(lines)


def tell(
    results: Sequence[Result],
    describe: Callable[[Sequence[Result], str, str], str],
    arguments: argparse.Namespace,
) -> None:
    """Print the table of each group and crowd of the `arguments`; write the results where asked."""
    for group in arguments.groups:
        for crowd in arguments.crowds:
            print(describe(results, group, crowd))
    if arguments.json:
        write_json(arguments.json, results)


def write_json(path: Path, results: Sequence[DataclassInstance]) -> None:
    """Every single result, an object each, to look at in other ways."""
    rows = [asdict(result) for result in results]
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
