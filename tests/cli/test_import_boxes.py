from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from manyhands.store import current_answers, open_study
from manyhands.types import Answer, Box, Origin, State

Call = Callable[..., Result]

# Pictures of the phantom have 32 rows and 40 columns: rows 8 to 16, columns 10 to 30.
BOX = "0.5 0.375 0.5 0.25\n"


def answers_in(study: Path) -> tuple[Answer, ...]:
    with open_study(study) as opened, opened.reading() as connection:
        return current_answers(connection)


def test_boxes_are_read_with_the_class_list_that_lies_there(
    call: Call, study: Path, tmp_path: Path
) -> None:
    (tmp_path / "one-slice003.txt").write_text("1 " + BOX)
    (tmp_path / "class_list.txt").write_text("liver\nspleen\n")

    result = call("import-boxes", study, tmp_path, "--annotator", "ann")
    (answer,) = answers_in(study)

    assert "1 answer by ann, 1 of them new" in result.stderr
    assert (answer.structure_id, answer.slice_index) == (2, 3)
    assert answer.boxes == (Box(8.0, 10.0, 16.0, 30.0, Origin.IMPORTED),)


def test_boxes_are_turned_and_renumbered_as_told(call: Call, study: Path, tmp_path: Path) -> None:
    (tmp_path / "box of one at 14.txt").write_text("7 " + BOX)

    call(
        *("import-boxes", study, tmp_path, "--annotator", "ann", "--class", "7=aorta"),
        *("--pattern", r"box of (?P<volume>\w+) at (?P<slice>\d+)"),
        *("--flip-rows", "--first-slice", "1", "--reverse-slices", "--outside-absent"),
    )
    answers = answers_in(study)

    # Number 14 of 1..14 from the head down is slice 0; rows 8 to 16 of 32 from below are 16 to 24.
    assert answers[0].boxes == (Box(16.0, 10.0, 24.0, 30.0, Origin.IMPORTED),)
    assert (answers[0].structure_id, answers[0].slice_index) == (5, 0)
    assert [a.state for a in answers[1:]] == [State.ABSENT] * 13


def test_pictures_of_another_size_and_turned_are_understood(
    call: Call, study: Path, tmp_path: Path
) -> None:
    """A picture of 80 x 64 that was turned clockwise: twice as large, rows and columns changed."""
    (tmp_path / "one-slice000.txt").write_text("0 0.5 0.375 0.5 0.25\n")

    call(
        *("import-boxes", study, tmp_path, "--annotator", "ann", "--class", "0=liver"),
        *("--rotate", "90", "--picture-size", "80x64"),
    )
    (answer,) = answers_in(study)

    # In the picture rows 20 to 40, columns 16 to 48; turned anticlockwise the columns from the
    # right become rows, 64 - 48 = 16 to 64 - 16 = 48, and the rows columns; then half of each.
    assert answer.boxes[0].as_row() == (8.0, 10.0, 24.0, 20.0)


def test_a_malformed_line_is_named_and_the_good_boxes_are_in(
    call: Call, study: Path, tmp_path: Path
) -> None:
    (tmp_path / "one-slice003.txt").write_text(f"0 {BOX}0 what\n")

    result = call(
        "import-boxes", study, tmp_path, "--annotator", "ann", "--class", "0=liver", expect=1
    )

    assert "error box-line-malformed one-slice003.txt:2: expected" in result.stdout
    assert len(answers_in(study)) == 1


def test_a_dry_run_changes_nothing_and_json_says_all(
    call: Call, study: Path, tmp_path: Path
) -> None:
    (tmp_path / "one-slice003.txt").write_text(f"0 {BOX}")

    result = call(
        *("import-boxes", study, tmp_path, "--annotator", "ann", "--class", "0=liver"),
        *("--dry-run", "--json"),
    )
    content = json.loads(result.stdout)

    assert (content["answers"], content["added"], content["counts"]["boxes"]) == (1, 0, 1)
    assert [finding["code"] for finding in content["findings"]] == ["slice-without-file"]
    assert answers_in(study) == ()


def test_a_class_that_is_no_structure_is_refused(call: Call, study: Path, tmp_path: Path) -> None:
    result = call(
        "import-boxes", study, tmp_path, "--annotator", "a", "--class", "0=heart", expect=1
    )

    assert "unknown structure 'heart': this study has liver, spleen" in result.stderr


def test_an_import_that_takes_no_box_fails_and_says_what_to_do(
    call: Call, study: Path, tmp_path: Path
) -> None:
    (tmp_path / "one-slice003.txt").write_text("0 " + BOX)

    result = call("import-boxes", study, tmp_path, "--annotator", "ann", expect=1)

    assert "no box was taken: say which class is which structure, as --class" in result.stderr


def test_a_class_list_that_is_not_there_is_named(call: Call, study: Path, tmp_path: Path) -> None:
    result = call(
        *("import-boxes", study, tmp_path, "--annotator", "ann"),
        *("--classes", tmp_path / "nosuch.txt"),
        expect=1,
    )

    assert result.stderr == f"manyhands: {tmp_path / 'nosuch.txt'}: not found\n"


def test_a_structure_nobody_boxed_is_named(call: Call, study: Path, tmp_path: Path) -> None:
    (tmp_path / "one-slice003.txt").write_text("0 " + BOX)

    taken = call("import-boxes", study, tmp_path, "--annotator", "ann", "--class", "0=liver")
    result = call("run", study)

    assert "liver 1" in taken.stderr
    assert (
        "nobody answered on spleen, kidney_left, kidney_right, aorta in one: "
        "the labels say nothing about that\n"
    ) in result.stderr
    page = (study / "results" / "report.html").read_text(encoding="utf-8")
    # Of one of 14 slices all is known, and of the others nothing but the liver's few voxels.
    assert "nobody looked at 93% of one: 255 in its label volume" in result.stderr
    # One of 14 slices of one structure of five: 1 of 70 was looked at.
    assert "<dt>of slices looked at</dt><dd>1%</dd>" in page
