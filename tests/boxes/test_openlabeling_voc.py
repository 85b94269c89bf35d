"""OpenLabeling's VOC files, alone and beside its YOLO files."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.boxes.openlabeling_folder import CLASSES, LIVER, LIVER_BOX, SHAPE, only, voc, write

from manyhands.boxes.openlabeling import read_openlabeling


def test_voc_alone_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "PASCAL_VOC"
    folder.mkdir()
    (folder / "a-slice000.xml").write_text(voc(("liver", 25, 10, 75, 30), ("gut", 0, 0, 9, 9)))
    (folder / "a-slice001.xml").write_text(voc())
    imported = read_openlabeling(tmp_path, classes=CLASSES, structures={"liver": "liver"})
    assert imported.boxes["a"]["liver"][0].tolist() == LIVER_BOX
    assert str(only(imported, "class-not-mapped").place) == "a, first a-slice000.xml:object 2"
    assert imported.empty_slices == {"a": (1,)}


def test_a_broken_voc_file_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "a-slice000.xml").write_text(voc(("liver", 25, 10, 75, 30)))
    (tmp_path / "a-slice001.xml").write_text("<annotation>")
    imported = read_openlabeling(tmp_path, classes=CLASSES)
    assert imported.counts.boxes == 1
    assert str(only(imported, "box-file-unreadable").place) == "a-slice001.xml"


def test_yolo_is_trusted_where_voc_says_otherwise(tmp_path: Path) -> None:
    """OpenLabeling's VOC file can keep a deleted box; a pixel of difference is its rounding."""
    write(tmp_path / "YOLO_darknet", a_0=LIVER, a_1=LIVER)
    voc_folder = tmp_path / "PASCAL_VOC"
    voc_folder.mkdir()
    deleted = ("liver", 1, 1, 9, 9)
    (voc_folder / "a-slice000.xml").write_text(voc(("liver", 25, 10, 75, 30), deleted))
    (voc_folder / "a-slice001.xml").write_text(voc(("liver", 25, 9, 74, 30)))
    imported = read_openlabeling(tmp_path, classes=CLASSES)
    assert imported.boxes["a"]["liver"][0].tolist() == LIVER_BOX
    assert str(only(imported, "voc-disagrees").place) == "a-slice000.txt"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<!DOCTYPE x [<!ENTITY a "aa">]><annotation>&a;</annotation>', "document type"),
        ("<annotation><size>", "expected an XML file"),
        ("<html></html>", "found 'html'"),
        (voc().replace("</size>", "</size><object><name>a</name></object>"), "lacks a number"),
    ],
)
def test_voc_files_that_are_not_right_are_reported(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path / "YOLO_darknet", a_0=LIVER)
    (tmp_path / "PASCAL_VOC").mkdir()
    (tmp_path / "PASCAL_VOC" / "a-slice000.xml").write_text(text)
    imported = read_openlabeling(tmp_path, classes=CLASSES, picture_shape=SHAPE)
    assert message in only(imported, "box-file-unreadable").message
    assert imported.counts.boxes == 1


def test_nothing_of_somebodys_computer_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a-slice000.xml").write_text(voc(("liver", 25, 10, 75, 30)))
    assert "somebody" not in repr(read_openlabeling(tmp_path, classes=CLASSES))
