from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from manyhands.store import answer_history, current_answers, find_volumes, open_study
from manyhands.types import Answer, Box, Origin, Split, State

Call = Callable[..., Result]

# Pictures of the phantom have 32 rows and 40 columns: rows 8 to 16, columns 10 to 30.
BOX = "0.5 0.375 0.5 0.25\n"


def answers_in(study: Path) -> tuple[Answer, ...]:
    with open_study(study) as opened, opened.reading() as connection:
        return current_answers(connection)


def test_init_makes_a_study_and_says_so(call: Call, tmp_path: Path) -> None:
    result = call("init", tmp_path / "new", "--structures", "liver, spleen", "--stride", 3)

    assert "structures 1 liver, 2 spleen" in result.stderr
    with open_study(tmp_path / "new") as study:
        assert study.config.stride == 3
        assert [s.name for s in study.config.structures] == ["liver", "spleen"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--structures", "liver,liver"], "structure 'liver' is given twice"),
        (["--structures", "a/b"], "structure name 'a/b'"),
    ],
)
def test_init_refuses_settings_that_cannot_be(
    call: Call, tmp_path: Path, options: list[str], message: str
) -> None:
    result = call("init", tmp_path / "new", *options, expect=1)

    assert message in result.stderr
    assert not (tmp_path / "new" / "manyhands.toml").exists()


def test_init_makes_no_study_twice(call: Call, study: Path) -> None:
    result = call("init", study, "--structures", "liver", expect=1)

    assert "is a study already" in result.stderr


def test_init_needs_structures_and_a_stride_from_1(call: Call, tmp_path: Path) -> None:
    stride_0 = call("init", tmp_path, "--structures", "liver", "--stride", 0, expect=2)

    assert "--structures" in call("init", tmp_path, expect=2).stderr
    assert "--stride" in stride_0.stderr


def test_add_puts_volumes_with_references_into_the_study(
    call: Call, tmp_path: Path, files: tuple[Path, Path]
) -> None:
    call("init", tmp_path / "study", "--structures", "a,b,c,d,e")

    result = call(
        "add", tmp_path / "study", files[0], "--reference", files[1], "--split", "test", "--json"
    )
    with open_study(tmp_path / "study") as opened, opened.reading() as connection:
        (volume,) = find_volumes(connection)

    assert json.loads(result.stdout)["done"] == ["one"]
    assert "one: one.nii.gz and one_label.nii.gz" in result.stderr
    assert (volume.split, volume.reference_path) == (Split.TEST, "volumes/one/reference.nii.gz")


def test_that_names_of_files_go_on_is_said_unless_names_are_given(
    call: Call, tmp_path: Path, files: tuple[Path, Path]
) -> None:
    for name in ("a", "b"):
        call("init", tmp_path / name, "--structures", "a,b,c,d,e")

    named = call("add", tmp_path / "a", files[0], "--name", "p01")
    as_file = call("add", tmp_path / "b", files[0])
    again = call("add", tmp_path / "b", files[0])

    assert "number of a patient" in as_file.stderr
    assert "number of a patient" not in named.stderr
    assert "number of a patient" not in again.stderr


def test_add_names_each_bad_file_and_adds_the_others(
    call: Call, tmp_path: Path, files: tuple[Path, Path]
) -> None:
    call("init", tmp_path / "study", "--structures", "a")
    (tmp_path / "broken.nii").write_bytes(b"")

    result = call("add", tmp_path / "study", tmp_path / "broken.nii", files[0], expect=1)

    assert "add: 1 done, 1 failed" in result.stderr
    assert f"failed broken: {tmp_path / 'broken.nii'}" in result.stderr


def test_add_wants_a_reference_for_each_image_or_none(
    call: Call, study: Path, files: tuple[Path, Path]
) -> None:
    result = call("add", study, files[0], "--reference", files[1], files[1], expect=2)

    assert "--reference: 2 for 1 images" in result.stderr


def test_boxes_are_read_with_the_class_list_that_lies_there(
    call: Call, study: Path, tmp_path: Path
) -> None:
    (tmp_path / "one-slice003.txt").write_text("1 " + BOX)
    (tmp_path / "class_list.txt").write_text("liver\nspleen\n")

    result = call("import-boxes", study, tmp_path, "--annotator", "ann")
    (answer,) = answers_in(study)

    assert "1 answers by ann, 1 of them new" in result.stderr
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


def test_simulated_annotators_answer(call: Call, study: Path) -> None:
    result = call("simulate", study, "--profile", "exact", "--annotators", 2)

    assert "simulate: 2 done" in result.stderr
    assert len({answer.annotator_id for answer in answers_in(study)}) == 2


def test_simulating_needs_volumes(call: Call, tmp_path: Path) -> None:
    call("init", tmp_path / "empty", "--structures", "liver")

    assert "has no volumes yet" in call("simulate", tmp_path / "empty", expect=1).stderr


def test_the_seed_is_the_study_s_unless_another_is_given(call: Call, study: Path) -> None:
    settings = study / "manyhands.toml"
    settings.write_text(settings.read_text().replace("seed = 0", "seed = 7"))

    call("simulate", study, "--profile", "careful")
    same = call("simulate", study, "--profile", "careful", "--seed", 7)
    other = call("simulate", study, "--profile", "careful", "--seed", 8, expect=1)

    assert "1 up to date" in same.stderr
    assert "has answered on 'one' with seed 7" in other.stderr


def test_simulated_annotators_can_write_files_instead(
    call: Call, study: Path, tmp_path: Path
) -> None:
    result = call("simulate", study, "--profile", "exact", "--as-openlabeling", tmp_path / "boxes")
    folder = tmp_path / "boxes" / "exact-1"

    assert result.stdout == f"{folder}\n"
    assert len(list(folder.glob("output/YOLO_darknet/one-slice*.txt"))) == 14
    with open_study(study) as opened, opened.reading() as connection:
        assert answer_history(connection) == ()


def test_a_folder_that_is_no_study_is_named(call: Call, tmp_path: Path) -> None:
    result = call("simulate", tmp_path, expect=1)

    assert f"{tmp_path / 'manyhands.toml'}: not found. Is this a study?" in result.stderr


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
