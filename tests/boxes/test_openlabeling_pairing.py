"""Which volume and slice an OpenLabeling file belongs to, and where its program leaves files."""

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
    voc,
    write,
)

from manyhands.boxes.openlabeling import read_openlabeling
from manyhands.boxes.orientation import Orientation
from manyhands.errors import BoxFileError


def test_files_are_paired_by_name_and_never_by_order(tmp_path: Path) -> None:
    folder = write(tmp_path, a_10=LIVER, b_2=LIVER)
    (folder / "notes.txt").write_text("liver is easy")
    (folder / "._a-slice010.txt").write_bytes(b"\xff")
    (folder / "a-slice011.TXT").write_text(LIVER)
    imported = read_openlabeling(folder, classes=CLASSES, picture_shape=SHAPE)
    slices = {volume: list(found["liver"]) for volume, found in imported.boxes.items()}
    assert slices == {"a": [10, 11], "b": [2]}
    assert str(only(imported, "box-file-unpaired").place) == "notes.txt"


def test_a_pattern_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "0007_z12.txt").write_text(LIVER)
    imported = read_openlabeling(
        tmp_path,
        classes=CLASSES,
        picture_shape=SHAPE,
        name_pattern=r"(?P<volume>\d+)_z(?P<slice>\d+)",
    )
    assert list(imported.boxes["0007"]["liver"]) == [12]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(?P<volume>.+", "is not one"),
        (r"(?P<volume>.+)-(\d+)", "needs the groups"),
        (r"(?P<volume>x)(?P<slice>\d+)", "no file's name matches .* the first is 'a-slice000.txt'"),
        (r"(?P<volume>.+)-(?P<slice>slice.*)", "must match a whole number; .* is 'slice000'"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused(tmp_path: Path, pattern: str, message: str) -> None:
    folder = write(tmp_path, a_0=LIVER)
    with pytest.raises(BoxFileError, match=message):
        read_openlabeling(folder, classes=CLASSES, picture_shape=SHAPE, name_pattern=pattern)


def test_two_files_of_one_slice_are_an_error(tmp_path: Path) -> None:
    folder = write(tmp_path, a_1=LIVER)
    (folder / "a-slice1.txt").write_text("2 0.5 0.5 0.1 0.1\n")
    imported = read_openlabeling(folder, classes=CLASSES, picture_shape=SHAPE)
    assert str(only(imported, "slice-twice").place) == "a-slice1.txt"
    assert list(imported.boxes["a"]) == ["liver"]


def test_volumes_and_slices_nobody_knows_are_reported(tmp_path: Path) -> None:
    folder = write(tmp_path, a_0=LIVER, a_3=LIVER, b_0=LIVER)
    imported = read_openlabeling(folder, classes=CLASSES, volumes=VOLUMES)
    assert list(imported.boxes) == ["a"]
    assert list(imported.boxes["a"]["liver"]) == [0]
    assert "volume 'b'; known are a" in only(imported, "volume-unknown").message
    assert str(only(imported, "slice-outside").place) == "a-slice003.txt"


@pytest.mark.parametrize("above", ["", "output"])
def test_the_layout_of_the_program_is_found(tmp_path: Path, above: str) -> None:
    output = tmp_path / "output"
    write(output / "YOLO_darknet", a_0=LIVER)
    (output / "PASCAL_VOC").mkdir()
    (output / "PASCAL_VOC" / "a-slice000.xml").write_text(voc(("liver", 25, 10, 75, 30)))
    imported = read_openlabeling(tmp_path / above, classes=CLASSES)
    assert imported.boxes["a"]["liver"][0].tolist() == LIVER_BOX
    assert imported.picture_shapes == {"a": SHAPE}
    assert imported.findings == ()
    inside = read_openlabeling(output / "YOLO_darknet", classes=CLASSES)
    assert inside.counts == imported.counts


def test_the_older_layout_is_found(tmp_path: Path) -> None:
    write(tmp_path / "bbox_txt", a_0=LIVER)
    (tmp_path / "class_list.txt").write_text("liver\n")
    imported = read_openlabeling(tmp_path, classes=CLASSES, picture_shape=SHAPE)
    assert imported.counts.boxes == 1
    assert imported.findings == ()


def test_slices_may_run_from_the_head_and_from_one(tmp_path: Path) -> None:
    folder = write(tmp_path, a_1=LIVER, a_3="")
    orientation = Orientation(first_slice=1, slice_reversed=True)
    imported = read_openlabeling(folder, classes=CLASSES, volumes=VOLUMES, orientation=orientation)
    assert list(imported.boxes["a"]["liver"]) == [2]
    assert imported.empty_slices == {"a": (0,)}
    with pytest.raises(BoxFileError, match="reversed slices need `volumes`"):
        read_openlabeling(folder, classes=CLASSES, orientation=orientation)


def test_boxes_of_a_video_tracker_are_reported(tmp_path: Path) -> None:
    write(tmp_path / "YOLO_darknet", a_0=LIVER)
    (tmp_path / ".tracker").mkdir()
    (tmp_path / ".tracker" / "film_mp4.json").write_text("{}")
    imported = read_openlabeling(tmp_path, classes=CLASSES, picture_shape=SHAPE)
    assert codes(imported) == ["boxes-tracked"]
