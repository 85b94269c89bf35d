"""Tables of scores that were made elsewhere, and printed p values beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from manyhands.config import Comparing
from manyhands.errors import InputError
from manyhands.evaluation import check_printed, compare_arms, format_p, read_arm_csv
from manyhands.types import ArmScore


def write(folder: Path, text: str, name: str = "scores.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_wide_table_has_a_column_for_each_structure_and_metric(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "path,left_kidney_dice,liver_dice,liver_hd95\n/data/label0038.nii.gz,.9,.8,3.5\n",
    )
    assert read_arm_csv(path, "SAM") == (
        ArmScore("SAM", "label0038", "left_kidney", 0.9),
        ArmScore("SAM", "label0038", "liver", 0.8, None, 3.5),
    )


def test_a_long_table_is_as_scores_csv_is(tmp_path: Path) -> None:
    path = write(tmp_path, "volume,structure,volume_dice,nsd,hd95_mm\na,liver,.9,.5,2\n")
    assert read_arm_csv(path, "x") == (ArmScore("x", "a", "liver", 0.9, 0.5, 2.0),)


@pytest.mark.parametrize(
    "text",
    [
        "patient,liver_dice,mean_dice\na,.9,.7\n",
        "patient,liver_dice,liver_slice_dice\na,.9,.7\n",
        "patient,structure,dice\na,liver,.9\na,Mean,.7\n",
    ],
)
def test_a_mean_of_structures_or_slices_is_no_structure(tmp_path: Path, text: str) -> None:
    """It would count twice in every mean, and as one more test."""
    assert read_arm_csv(write(tmp_path, text), "x") == (ArmScore("x", "a", "liver", 0.9),)


def test_seeds_and_folds_are_averaged(tmp_path: Path) -> None:
    path = write(tmp_path, "patient,seed,liver_dice\na,0,.8\na,1,.6\n")
    (score,) = read_arm_csv(path, "x")
    assert score.volume_dice == pytest.approx(0.7)
    assert score.n_replicates == 2


@pytest.mark.parametrize("cell", ["", "nan", "NaN", "NA"])
def test_no_number_is_no_value(tmp_path: Path, cell: str) -> None:
    (score,) = read_arm_csv(write(tmp_path, f"patient,liver_dice\na,{cell}\n"), "x")
    assert score.volume_dice is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "scores.csv: is empty"),
        ("who,liver_dice\na,.5\n", "no column of patients; it is called one of patient, "),
        ("patient,liver\na,.5\n", "no column of scores; expected such as 'liver_dice'"),
        ("patient,liver_dice\n", "no line of scores"),
        ("patient,liver_dice\na,.5\na,.6\n", r"scores.csv:3: a is in line 2 already"),
        ("patient,liver_dice\na,half\n", r"scores.csv:2: 'half' is no number"),
        ("patient,liver_dice\n\na,half\n", r"scores.csv:3: 'half' is no number"),
        ("patient,liver_dice\na,.5\n\nb,.5,.6\n", r"scores.csv:4: 3 cells under 2 headings"),
        ("patient,liver_dice,liver_dice\na,.5,.9\n", "two columns are called 'liver_dice'"),
        (
            "patient,liver_dice,liver_volume_dice\na,.5,.9\n",
            "volume_dice of liver stands in two columns, 'liver_dice' and 'liver_volume_dice'",
        ),
        (
            "patient,structure,dice,volume_dice\na,liver,.5,.9\n",
            "volume_dice stands in two columns, 'dice' and 'volume_dice'",
        ),
        ("patient,liver_dice\na,93.4\n", r"scores.csv:2: .* 0 to 1 \(are these percent\?\)"),
        ("patient,liver_dice\na,-.1\n", r"scores.csv:2: volume_dice must be 0 to 1"),
        ("patient,liver_hd95\na,inf\n", r"scores.csv:2: hd95_mm must be 0 mm or more"),
        ("patient,liver_dice\na,.5,.6\n", r"scores.csv:2: 3 cells under 2 headings"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_arm_csv(write(tmp_path, text), "x")


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing.csv: cannot be read as a table"):
        read_arm_csv(tmp_path / "nothing.csv", "x")


def eight_lower() -> list[ArmScore]:
    """Liver is lower in all eight patients (p = 2/2^8 = .0078), spleen is the same in all."""
    return [
        ArmScore(arm, f"p{i}", structure, 0.9 - i / 100 - (lower if structure == "liver" else 0))
        for arm, lower in (("reference", 0.0), ("crowd", 0.1))
        for i in range(8)
        for structure in ("liver", "spleen")
    ]


@pytest.mark.parametrize(
    ("printed", "agrees"),
    [(".008", True), ("0.01", True), (".02", False), ("< .01", True), ("<.001", False),
     ("> .05", False), ("= .0078", True)],
)  # fmt: skip
def test_a_printed_p_agrees_to_the_digits_it_has(
    tmp_path: Path, printed: str, agrees: bool
) -> None:
    tests = compare_arms(eight_lower(), settings=Comparing()).tests
    path = write(tmp_path, f"structure,p,source\nliver,{printed},Table 1\n")
    (check,) = check_printed(path, tests)
    assert (check.printed, check.found, check.agrees) == (printed, ".008", agrees)
    assert (check.structure, check.source) == ("liver", "Table 1")


def test_the_mean_of_structures_is_called_mean(tmp_path: Path) -> None:
    tests = compare_arms(eight_lower(), settings=Comparing()).tests
    (check,) = check_printed(write(tmp_path, "structure,p\nmean,.008\n"), tests)
    assert (check.structure, check.agrees) == (None, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("organ,p\nliver,.1\n", "expected the columns 'structure' and 'p'"),
        ("structure,p\ngall,.1\n", r"scores.csv:2: nothing was tested of 'gall'"),
        ("structure,p\nliver,n.s.\n", r"scores.csv:2: 'n.s.' is no p value"),
    ],
)
def test_printed_values_that_cannot_be_read_are_named(
    tmp_path: Path, text: str, message: str
) -> None:
    tests = compare_arms(eight_lower(), settings=Comparing()).tests
    with pytest.raises(InputError, match=message):
        check_printed(write(tmp_path, text), tests)


@pytest.mark.parametrize(("p", "text"), [(0.0004, "< .001"), (0.0637, ".064"), (1.0, "1.000")])
def test_p_values_in_words(p: float, text: str) -> None:
    assert format_p(p) == text
