"""Tests that somebody printed, beside the same tests done exactly."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from manyhands.errors import InputError
from manyhands.types import PairedTest, PrintedCheck

MEAN = ("mean", "all")
METRIC = "volume_dice"
STATEMENT = re.compile(r"(?P<sign>[<=>]?)\s*(?P<value>0?\.\d+|[01])")


def check_printed(path: Path, tests: Iterable[PairedTest]) -> tuple[PrintedCheck, ...]:
    """Compare the p values that a CSV file holds with the unadjusted exact ones, of Dice.

    Its columns are `structure` (`mean` is that of all), `p` as printed (`.02` or `< .001`), and
    perhaps `source`. A number agrees where it is the exact one rounded to as many digits, a bound
    where it holds. Raises `InputError` naming the file and the line.
    """
    tests = [test for test in tests if test.metric == METRIC]
    checks = []
    for number, row in enumerate(_rows(path), start=2):
        name = row["structure"].strip()
        structure = None if name.lower() in MEAN else name
        found = [test for test in tests if test.structure == structure]
        if not found:
            raise InputError(f"{path}:{number}: nothing was tested of '{name}'")
        for test in found:
            agrees = _agrees(row["p"], test.p, f"{path}:{number}")
            exact = format_p(test.p)
            source = (row.get("source") or "").strip()
            checks.append(
                PrintedCheck(test.arm, structure, METRIC, row["p"].strip(), exact, agrees, source)
            )
    return tuple(checks)


def format_p(p: float) -> str:
    """Three digits after the point, and no smaller than they can say."""
    return "< .001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as a table: {error}") from error
    table = csv.DictReader(io.StringIO(text))
    if not {"structure", "p"} <= set(table.fieldnames or ()):
        raise InputError(f"{path}: expected the columns 'structure' and 'p'")
    return list(table)


def _agrees(printed: str, p: float, place: str) -> bool:
    match = STATEMENT.fullmatch(printed.strip())
    if match is None:
        raise InputError(f"{place}: '{printed}' is no p value; expected such as .02 or < .001")
    value = float(match["value"])
    if match["sign"] == "<":
        return p < value
    if match["sign"] == ">":
        return p > value
    digits = len(match["value"].partition(".")[2])
    return abs(round(p, digits) - value) < 10.0 ** -(digits + 1)
