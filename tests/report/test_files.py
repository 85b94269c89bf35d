"""The page's numbers as JSON and CSV, its figures as files of lines, its methods as a text."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from manyhands.report import FORMATS, ReportContent, write_data, write_figures
from manyhands.report.choice import choose_patients
from manyhands.report.methods import write_methods
from manyhands.report.outline import outline_path
from manyhands.report.vector import as_outline


def test_the_json_has_numbers_in_full(tmp_path: Path, content: ReportContent) -> None:
    write_data(tmp_path, content)
    found = json.loads((tmp_path / "report.json").read_text())
    (test,) = (t for t in found["models"]["tests"]
               if (t["structure"], t["metric"]) == ("liver", "volume_dice"))  # fmt: skip
    assert test["p"] == 0.25
    assert found["coverage"][0]["is_seen"] == [0, 1, 1, 1]
    assert found["reliability"]["ann"][0]["sensitivity"]["low"] == 0.8
    assert found["provenance"]["created_at"] == "2026-03-04T05:06:00+00:00"
    assert found["methods"]["text"] == write_methods(content)[0]
    assert "load_case" not in found


def test_each_table_is_a_csv_that_programs_read(tmp_path: Path, content: ReportContent) -> None:
    write_data(tmp_path, content)
    names = {path.stem for path in (tmp_path / "report-tables").iterdir()}
    assert {"labels", "scores", "people", "reliability", "models-1", "patients", "makings"} <= names
    with (tmp_path / "report-tables" / "gold.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["top"] == "+3.2"
    assert row["above the last slice"] == "0.0"  # no sign where it rounds to nothing
    assert row["left"] == ""  # nothing is known


@pytest.mark.parametrize("kind", FORMATS)
def test_figures_are_files_of_lines(tmp_path: Path, content: ReportContent, kind: str) -> None:
    few = dataclasses.replace(content, volumes=("one",), scores=content.scores[:2])
    paths = write_figures(tmp_path, few, kind)
    names = {path.stem for path in paths}
    assert {"pairs", "differences", "volumes", "effort", "labels-1", "models-3"} <= names
    start = {"pdf": b"%PDF", "svg": b"<?xml"}[kind]
    assert all(path.read_bytes().startswith(start) for path in paths)


def test_an_outline_is_the_mask_again() -> None:
    """A ring: pixels whose centre lies inside one loop but not the other."""
    mask = np.zeros((5, 6), dtype=np.bool_)
    mask[1:4, 1:5] = True
    mask[2, 2:4] = False
    outline = as_outline(outline_path(mask))
    rows, columns = np.mgrid[:5, :6]
    centres = np.c_[columns.ravel() + 0.5, rows.ravel() + 0.5]
    loops = [as_outline(part + "z") for part in outline_path(mask).split("z") if part]
    inside = np.sum([loop.contains_points(centres) for loop in loops], axis=0)
    np.testing.assert_array_equal(inside.reshape(5, 6) % 2 == 1, mask)
    assert len(np.asarray(outline.vertices)) > 8


def test_the_methods_cite_what_they_use_in_order(content: ReportContent) -> None:
    text, references = write_methods(content)
    assert text.startswith("2 simulated annotators drew 17 boxes around liver, spleen in 3 volumes")
    assert "slice by slice (one slice in 2), as" in text
    assert "references of 1 volume taught" in text
    assert "Non-inferiority was tested one-sided at a margin of 0.02 Dice." in text
    assert references[0].startswith("Kulkarni")
    for number in range(1, len(references) + 1):
        assert f"[{number}" in text or f", {number}" in text


def test_the_methods_tell_of_those_who_were_asked_for_fewer_slices(content: ReportContent) -> None:
    text, _ = write_methods(dataclasses.replace(content, widest_stride=3))
    assert "(one slice in 2, one in 3 by those who settled a disagreement), as" in text


def test_there_are_no_methods_of_nothing(content: ReportContent) -> None:
    bare = ReportContent("t", (), (), content.load_case, content.provenance)
    assert write_methods(bare) == ("", ())


def test_patients_are_chosen_by_the_dice_of_the_arm(content: ReportContent) -> None:
    rule = choose_patients(content)
    assert [(c.volume, c.reason) for c in rule.choices] == [
        ("one", "Best"),
        ("two", "Median"),
        ("three", "Worst"),
    ]
    assert "arm crowd" in rule.sentence
    assert choose_patients(dataclasses.replace(content, load_models=None)).choices == ()
