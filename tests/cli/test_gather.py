from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from manyhands.store import answer_history, current_answers, find_volumes, open_study
from manyhands.types import Answer, Split

Call = Callable[..., Result]


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
    assert "one: image one.nii.gz, reference one_label.nii.gz" in result.stderr
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

    assert "--reference: 2 for 1 image" in result.stderr


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
