"""What stands in OpenLabeling's files: boxes, and what is changed, dropped or not understood."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.boxes.openlabeling_folder import (
    CLASSES,
    LIVER,
    LIVER_BOX,
    SHAPE,
    VOLUMES,
    codes,
    only,
    write,
)

from manyhands.boxes.openlabeling import read_openlabeling
from manyhands.errors import BoxFileError
from manyhands.types import Severity


def test_a_line_becomes_a_box(tmp_path: Path) -> None:
    imported = read_openlabeling(
        write(tmp_path, a_1=LIVER), classes=CLASSES, picture_shape=SHAPE, volumes=VOLUMES
    )
    assert imported.boxes["a"]["liver"][1].tolist() == LIVER_BOX
    assert imported.counts.boxes == imported.counts.lines == imported.counts.files == 1
    assert codes(imported) == []
    assert only(imported, "slice-without-file").message == "2 slices have no file: 0, 2"


def test_line_ends_blank_lines_and_spaces_do_not_matter(tmp_path: Path) -> None:
    text = "\r\n" + LIVER.strip() + "  \r\n\r\n 2 0.5 0.5 0.1 0.1\t\r\n  \r\n"
    imported = read_openlabeling(write(tmp_path, a_0=text), classes=CLASSES, picture_shape=SHAPE)
    assert imported.boxes["a"]["liver"][0].tolist() == LIVER_BOX
    assert imported.boxes["a"]["spleen"][0].shape == (1, 4)
    assert imported.findings == ()


def test_an_empty_file_is_unknown_and_reported(tmp_path: Path) -> None:
    folder = write(tmp_path, a_0="", a_1=LIVER, a_2=" \n")
    imported = read_openlabeling(folder, classes=CLASSES, picture_shape=SHAPE)
    assert list(imported.boxes["a"]["liver"]) == [1]
    assert imported.empty_slices == {"a": (0, 2)}
    assert imported.counts.empty_files == 2
    finding = only(imported, "box-file-empty")
    assert finding.message == "2 files are empty, slices 0, 2"
    assert finding.suggestion.startswith("Taken as unknown.")


@pytest.mark.parametrize(
    "line",
    ["0 0.5 0.5 0.1", "0 0.5 0.5 0.1 0.1 0.9", "liver 0.5 0.5 0.1 0.1", "0 0.5 x 0.1 0.1",
     "-1 0.5 0.5 0.1 0.1", "0 nan 0.5 0.1 0.1", "0.5 0.5 0.5 0.1 0.1"],
)  # fmt: skip
def test_a_malformed_line_is_named_and_the_rest_is_read(tmp_path: Path, line: str) -> None:
    folder = write(tmp_path, a_0=f"{line}\n{LIVER}", a_1=LIVER)
    imported = read_openlabeling(folder, classes=CLASSES, picture_shape=SHAPE)
    assert sorted(imported.boxes["a"]["liver"]) == [0, 1]
    finding = only(imported, "box-line-malformed")
    assert str(finding.place) == "a-slice000.txt:1"
    assert finding.severity is Severity.ERROR
    assert line in finding.message
    assert (imported.counts.lines, imported.counts.boxes) == (3, 2)
    with pytest.raises(BoxFileError, match=r"a-slice000.txt:1: expected 'class x_centre"):
        read_openlabeling(folder, classes=CLASSES, picture_shape=SHAPE, strict=True)


def test_a_file_that_is_no_text_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    folder = write(tmp_path, a_0=LIVER)
    (folder / "a-slice001.txt").write_bytes(b"\xff\xfe\x00\x00")
    imported = read_openlabeling(folder, classes=CLASSES, picture_shape=SHAPE)
    assert str(only(imported, "box-file-unreadable").place) == "a-slice001.txt"
    assert imported.counts.boxes == 1
    assert imported.empty_slices == {}


def test_every_box_that_is_changed_or_dropped_is_reported(tmp_path: Path) -> None:
    text = (
        "0 0.95 0.5 0.2 0.5\n"  # columns 85 to 105 of 100
        "2 0.5 0.5 0.01 0.5\n"  # 1 px wide
        "2 1.5 0.5 0.2 0.5\n"  # beyond the right edge
        "2 0.5 0.5 0.2 0\n"
        "0 0.95 0.5 0.2 0.5\n"  # the first again
        "7 0.5 0.5 0.2 0.5\n"
    )
    imported = read_openlabeling(write(tmp_path, a_0=text), classes=CLASSES, picture_shape=SHAPE)
    assert imported.boxes["a"] == {"liver": imported.boxes["a"]["liver"]}
    assert imported.boxes["a"]["liver"][0].tolist() == [[20, 85, 60, 100]]
    places = {f.code: str(f.place) for f in imported.findings}
    assert places == {
        "box-outside": "a-slice000.txt:3",
        "box-without-extent": "a-slice000.txt:4",
        "box-too-small": "a-slice000.txt:2",
        "box-duplicate": "a-slice000.txt:5",
        "box-clipped": "a-slice000.txt:1",
        "class-not-mapped": "a, first a-slice000.txt:6",
    }
    errors = {f.code for f in imported.findings if f.severity is Severity.ERROR}
    assert errors == {"box-outside", "box-without-extent"}
    assert (imported.counts.lines, imported.counts.boxes) == (6, 1)


def test_slices_of_which_something_was_lost_are_doubtful(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        a_0=LIVER,
        a_1="0 what\n",
        a_2="0 1.5 0.5 0.2 0.5\n",
        a_3="0 0.5 0.5 0 0.5\n",
        a_4="0 0.95 0.5 0.2 0.5\n",  # clipped, so it is there
        a_5="",
    )
    (folder / "a-slice006.txt").write_bytes(b"\xff\xfe\x00\x00")
    imported = read_openlabeling(folder, classes=CLASSES, picture_shape=SHAPE)
    assert imported.doubtful_slices == {"a": (1, 2, 3, 6)}


def test_classes_are_mapped_to_structures(tmp_path: Path) -> None:
    folder = write(tmp_path, a_0=LIVER + "2 0.5 0.5 0.1 0.1\n")
    imported = read_openlabeling(
        folder, classes=CLASSES, structures={"spleen": "Milz"}, picture_shape=SHAPE
    )
    assert list(imported.boxes["a"]) == ["Milz"]
    assert "class 'liver' stands for no structure: 1 boxes" in (
        only(imported, "class-not-mapped").message
    )


def test_several_boxes_of_a_structure_stay_several(tmp_path: Path) -> None:
    imported = read_openlabeling(
        write(tmp_path, a_0=LIVER + "0 0.5 0.75 0.5 0.25\n"), classes=CLASSES, picture_shape=SHAPE
    )
    assert imported.boxes["a"]["liver"][0].tolist() == [*LIVER_BOX, [50, 25, 70, 75]]
