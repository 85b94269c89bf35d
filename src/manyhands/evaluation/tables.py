"""Scores of an arm that were made elsewhere: a CSV file, wide or as `scores.csv` is.

A wide file has a line for each patient and columns such as `spleen_dice` or `liver_hd95`; a long
one has the columns `volume` (or `patient`) and `structure` and one for each metric. Either may have
`seed` and `fold`, over which is averaged.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from manyhands.errors import InputError
from manyhands.evaluation.arms import COMPARED, average_replicates
from manyhands.types import ArmScore, Score

PATIENT = ("patient", "volume", "case", "path", "name", "image", "id")
REPLICATE = ("seed", "fold")
SPELLINGS = {"dice": "volume_dice", "hd95": "hd95_mm"} | {metric: metric for metric in COMPARED}
NO_VALUE = ("", "nan", "na", "n/a", "none", "null")
MEANS = ("mean", "average", "avg", "all")
"""What is called so where a structure's name stands is no structure."""
SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha")

Row = Mapping[str, str]


def read_arm_csv(path: Path, arm: str) -> tuple[ArmScore, ...]:
    """The scores of an arm. An empty cell or NaN is *no value*; means of structures are left out.

    Raises `InputError` naming file, line and column: nothing that is a patient, no metric, a cell
    that is no number, a Dice outside 0 to 1, a column or a patient twice without a seed or fold.
    """
    heading, rows = _rows(path)
    patient = next((name for name in heading if name in PATIENT), None)
    if patient is None:
        raise InputError(f"{path}: no column of patients; it is called one of {', '.join(PATIENT)}")
    columns = _columns(path, heading)
    replicates: dict[str, list[Score]] = {}
    seen: dict[tuple[str, str, str], int] = {}
    for line, row in rows:
        name = _patient_name(row[patient])
        training = ", ".join(f"{key} {row[key]}" for key in REPLICATE if key in row)
        for structure, metrics in _structures(columns, row).items():
            if structure.lower() in MEANS:
                continue
            first = seen.setdefault((training, name, structure), line)
            if first != line:
                raise InputError(
                    f"{path}:{line}: {name} is in line {first} already; several trainings need a "
                    "column 'seed' or 'fold'"
                )
            values = {m: _number(path, line, m, row[column]) for m, column in metrics.items()}
            replicates.setdefault(training, []).append(_score(name, structure, values))
    if not replicates:
        raise InputError(f"{path}: no line of scores")
    return average_replicates(arm, replicates)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, Row]]]:
    """The heading, and the rows with the number of the line of each."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as a table: {error}") from error
    reader = csv.reader(io.StringIO(text))
    lines = [(reader.line_num, line) for line in reader if any(line)]
    if not lines:
        raise InputError(f"{path}: is empty; expected a heading and a line for each patient")
    heading = [name.strip().lower() for name in lines[0][1]]
    twice = [name for name in heading if heading.count(name) > 1]
    if twice:
        raise InputError(f"{path}: two columns are called '{twice[0]}'")
    for number, line in lines[1:]:
        if len(line) != len(heading):
            raise InputError(f"{path}:{number}: {len(line)} cells under {len(heading)} headings")
    return heading, [(number, dict(zip(heading, line, strict=True))) for number, line in lines[1:]]


def _columns(path: Path, heading: Sequence[str]) -> dict[str, dict[str, str]]:
    """Metric -> column, by structure; "" where the structure stands in a column of its own."""
    found: dict[str, dict[str, str]] = {}
    is_long = "structure" in heading
    for column in heading:
        if column.endswith("_slice_dice"):
            continue  # a mean over slices: arms are compared by Dice of the volume
        for spelling, metric in sorted(SPELLINGS.items(), key=lambda item: -len(item[0])):
            if column == spelling if is_long else column.endswith(f"_{spelling}"):
                structure = column.removesuffix(spelling).removesuffix("_")
                metrics = found.setdefault(structure, {})
                if metric in metrics:
                    of = f"{metric} of {structure}" if structure else metric
                    raise InputError(
                        f"{path}: {of} stands in two columns, '{metrics[metric]}' and '{column}'"
                    )
                metrics[metric] = column
                break
    if not found:
        raise InputError(
            f"{path}: no column of scores; expected such as 'liver_dice' or 'liver_hd95', or a "
            f"column 'structure' and some of {', '.join(COMPARED)}. Found {', '.join(heading)}"
        )
    return found


def _structures(columns: Mapping[str, dict[str, str]], row: Row) -> dict[str, dict[str, str]]:
    return {
        structure or row["structure"].strip(): metrics for structure, metrics in columns.items()
    }


def _patient_name(cell: str) -> str:
    name = PurePosixPath(cell.strip().replace("\\", "/")).name
    suffix = next((s for s in SUFFIXES if name.lower().endswith(s)), "")
    return name[: len(name) - len(suffix)]


def _number(path: Path, line: int, metric: str, cell: str) -> float | None:
    if cell.strip().lower() in NO_VALUE:
        return None
    try:
        number = float(cell)
    except ValueError:
        raise InputError(f"{path}:{line}: '{cell}' is no number") from None
    most = math.inf if metric == "hd95_mm" else 1.0
    if not (0 <= number <= most and math.isfinite(number)):
        words = "0 mm or more" if metric == "hd95_mm" else "0 to 1 (are these percent?)"
        raise InputError(f"{path}:{line}: {metric} must be {words}, found {cell}")
    return number


def _score(patient: str, structure: str, values: Mapping[str, float | None]) -> Score:
    dice, nsd, hd95_mm = (values.get(metric) for metric in COMPARED)
    return Score(patient, structure, dice, None, None, nsd, hd95_mm, 0.0, 0, 0, 0)
