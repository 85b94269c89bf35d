"""The command `compare`, as one calls it on tables, on folders and on a study."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from manyhands.cli.compare import _stems

Call = Callable[..., Result]

# Dice of eight patients made up by hand: liver is .1 lower in each, spleen the same in all.
GT = "patient,liver_dice,spleen_dice\n" + "".join(f"p{i},.9{i},.8{i}\n" for i in range(8))
CROWD = "patient,liver_dice,spleen_dice\n" + "".join(f"p{i},.8{i},.8{i}\n" for i in range(8))


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    for name, text in (("gt.csv", GT), ("crowd.csv", CROWD)):
        (tmp_path / name).write_text(text)
    return tmp_path / "gt.csv", tmp_path / "crowd.csv"


def test_two_tables_are_compared_structure_by_structure(
    call: Call, tables: tuple[Path, Path]
) -> None:
    """Liver: eight of eight lower, 2 / 2^8 = .0078, twice that after Holm."""
    lines = call("compare", "--tables", *tables).stdout.splitlines()
    cells = {line.split()[0]: line for line in lines if line}
    assert lines[0].split()[:5] == ["volume", "Dice", "n", "gt", "crowd"]
    for words in ("8", "-0.100", ".008", ".016", "-1.00", "inferior"):
        assert words in cells["liver"]
    for words in ("+0.000", "1.000", "+0.00", "non-inferior"):
        assert words in cells["spleen"]
    assert "8 patients: an effect" in lines[5] + lines[6]


def test_json_is_for_programs(call: Call, tables: tuple[Path, Path]) -> None:
    result = call("compare", "--tables", *tables, "--names", "GT,SAM", "--margin", ".2", "--json")
    found = json.loads(result.stdout)
    assert found["arms"] == ["GT", "SAM"]
    assert {test["margin"] for test in found["tests"]} == {0.2}
    assert {test["verdict"] for test in found["tests"]} == {"non-inferior"}


def test_printed_values_are_held_beside(
    call: Call, tables: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "printed.csv").write_text("structure,p\nliver,< .001\nspleen,1\n")
    out = call("compare", "--tables", *tables, "--printed", tmp_path / "printed.csv").stdout
    assert "liver: exact p .008 DISAGREES with the printed < .001" in out
    assert "spleen: exact p 1.000 agrees with the printed 1" in out


def test_training_patients_are_known_by_whatever_names_their_files_have(tmp_path: Path) -> None:
    for name in ("case.1.nii.gz", "case.2_0000.nii.gz", "three.csv"):
        (tmp_path / name).touch()
    (tmp_path / "four.dicom").mkdir()
    assert {"case.1", "case.2", "three", "four.dicom"} <= set(_stems(tmp_path))
    assert "case" not in _stems(tmp_path)


def test_results_go_where_they_are_wanted(
    call: Call, tables: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "printed.csv").write_text("structure,p\nliver,< .001\n")
    arguments = ("--printed", tmp_path / "printed.csv", "--to", tmp_path / "out")
    said = call("compare", "--tables", *tables, *arguments).stderr
    page = (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")
    assert "comparison.html" in said
    assert "DIFFERENT" in page
    assert "crowd against gt" in page
    assert "<dt>patients</dt><dd>8</dd>" in page


def test_folders_made_elsewhere(call: Call, files: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("truth", "a", "b"):
        (tmp_path / name).mkdir()
        shutil.copy(files[1], tmp_path / name / "one.nii.gz")
    folders = ("--folders", tmp_path / "a", tmp_path / "b")
    result = call("compare", *folders, "--references", tmp_path / "truth")
    assert "One patient: there is no spread" in result.stdout
    refused = call("compare", *folders, "--references", tmp_path / "truth", "--trained-on",
                   tmp_path / "truth", expect=1)  # fmt: skip
    assert "tested on one, which it was trained on" in refused.stderr


def test_the_training_volumes_of_the_study_that_is_named_are_refused(
    call: Call, study: Path, files: tuple[Path, Path], tmp_path: Path
) -> None:
    """Also where predictions were made elsewhere and nobody gave `--trained-on`."""
    for name in ("truth", "a", "b"):
        (tmp_path / name).mkdir()
        shutil.copy(files[1], tmp_path / name / "one.nii.gz")
    refused = call(
        *("compare", study, "--folders", tmp_path / "a", tmp_path / "b"),
        *("--references", tmp_path / "truth"),
        expect=1,
    )
    assert "tested on one, which it was trained on" in refused.stderr


def test_tables_of_training_patients_are_refused_too(
    call: Call, study: Path, tables: tuple[Path, Path], tmp_path: Path
) -> None:
    """Known by `--trained-on`, or by the study that is named: its volume is called `one`."""
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "p3.nii.gz").touch()
    refused = call("compare", "--tables", *tables, "--trained-on", tmp_path / "labels", expect=1)
    assert "'gt' is tested on p3, which it was trained on" in refused.stderr
    for table in tables:
        table.write_text(table.read_text().replace("p7,", "one,"))
    refused = call("compare", study, "--tables", *tables, expect=1)
    assert "'gt' is tested on one, which it was trained on" in refused.stderr


@pytest.fixture
def tested(call: Call, files: tuple[Path, Path], tmp_path: Path) -> Path:
    """A study whose one volume is a test patient, with the reference itself as two predictions."""
    study = tmp_path / "tested"
    call("init", study, "--structures", "liver,spleen,kidney_left,kidney_right,aorta")
    call("add", study, files[0], "--reference", files[1], "--split", "test")
    for arm in ("reference", "crowd"):
        (study / f"results/predictions-{arm}").mkdir(parents=True)
        shutil.copy(files[1], study / f"results/predictions-{arm}" / "one.nii.gz")
    return study


def test_a_study_says_what_its_arms_reached(call: Call, tested: Path) -> None:
    result = call("compare", tested)
    assert "compare: 1 done" in result.stderr
    assert "1.00" in result.stdout.splitlines()[1]
    assert "compare: 1 up to date" in call("compare", tested).stderr
    assert json.loads(call("compare", tested, "--json").stdout)["baseline"] == "reference"


def test_each_arm_has_a_row_of_its_own_beside_the_others(
    call: Call, tested: Path, files: tuple[Path, Path]
) -> None:
    third = tested / "results/predictions-crowd-weighted"
    third.mkdir()
    shutil.copy(files[1], third / "one.nii.gz")
    result = call("compare", tested)
    lines = result.stdout.splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith("mean of structures"))
    rows = lines[begin + 1 : begin + 3]
    assert [row.split(",")[0] for row in rows] == ["crowd", "crowd-weighted"]
    assert all(row.split()[-2:] == ["not", "decided"] for row in rows)
    assert result.stdout.count("1 patients: an effect") <= 1


def test_tables_can_be_compared_by_the_settings_of_a_study(
    call: Call, tested: Path, tables: tuple[Path, Path]
) -> None:
    config = tested / "manyhands.toml"
    config.write_text(config.read_text().replace("margin = 0.02", "margin = 0.15"))
    found = json.loads(call("compare", tested, "--tables", *tables, "--json").stdout)
    assert {test["margin"] for test in found["tests"]} == {0.15}


def test_a_study_without_predictions(call: Call, study: Path) -> None:
    result = call("compare", study, expect=1)
    assert "no predictions to compare; `manyhands train` makes them" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "what shall be compared? A STUDY, --tables or --folders"),
        (("--folders", "a", "b"), "--folders and --references go together"),
        (("--references", "a"), "--folders and --references go together"),
        (("--tables", "a", "b", "--folders", "a", "b"), "take one"),
        (("--tables", "a", "b", "--names", "one"), "--names are two"),
        (("study", "--margin", ".1"), "is fixed in its manyhands.toml"),
        (("study", "--trained-on", "a"), "--trained-on is for --tables and --folders"),
        (("--tables", "a", "b", "--margin", "2"), "2.0 is not in the range"),
    ],
)
def test_wrong_use(call: Call, arguments: tuple[str, ...], message: str) -> None:
    assert message in call("compare", *arguments, expect=2).stderr


def test_a_table_that_is_not_there(call: Call, tmp_path: Path) -> None:
    result = call("compare", "--tables", tmp_path / "no.csv", tmp_path / "none.csv", expect=1)
    assert "no.csv: cannot be read as a table" in result.stderr
