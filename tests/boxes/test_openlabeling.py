"""OpenLabeling's folders, written in the test's own lines as its program would write them."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manyhands.boxes import FORMATS
from manyhands.boxes.formats import ImportedBoxes
from manyhands.boxes.openlabeling import read_openlabeling, write_openlabeling
from manyhands.boxes.orientation import Orientation
from manyhands.errors import BoxFileError
from manyhands.types import Finding, Severity

CLASSES = {0: "liver", 2: "spleen"}
LIVER = "0 0.5 0.25 0.5 0.25\n"  # of 80 rows, 100 columns: rows 10 to 30, columns 25 to 75
LIVER_BOX = [[10, 25, 30, 75]]
SHAPE = (80, 100)
VOLUMES = {"a": (3, *SHAPE)}


def write(folder: Path, **texts: str) -> Path:
    """A bare folder: `a_0` becomes a-slice000.txt."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        volume, number = name.split("_")
        (folder / f"{volume}-slice{int(number):03d}.txt").write_bytes(text.encode())
    return folder


def codes(imported: ImportedBoxes) -> list[str]:
    return [f.code for f in imported.findings if f.severity is not Severity.INFO]


def only(imported: ImportedBoxes, code: str) -> Finding:
    (finding,) = [finding for finding in imported.findings if finding.code == code]
    return finding


def voc(*boxes: tuple[str, int, int, int, int], rows: int = 80, columns: int = 100) -> str:
    """The file OpenLabeling makes; boxes are name, xmin, ymin, xmax, ymax."""
    objects = "".join(
        f"<object><name>{name}</name><pose>Unspecified</pose><bndbox><xmin>{x0}</xmin>"
        f"<ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox></object>"
        for name, x0, y0, x1, y1 in boxes
    )
    return (
        "<annotation><folder>input</folder><path>/home/somebody/a.png</path>"
        f"<size><width>{columns}</width><height>{rows}</height><depth>3</depth></size>"
        f"{objects}</annotation>"
    )


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


def test_the_size_of_pictures_is_guessed_from_the_edges_and_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    low, side = rng.integers(0, 200, (12, 2)), rng.integers(5, 100, (12, 2))
    boxes = np.concatenate([low, low + side], axis=1).astype(float)
    saved = {"a": {"liver": {k: boxes[[k]] for k in range(12)}}}
    write_openlabeling(tmp_path, saved, classes=CLASSES, volumes={"a": (12, 333, 512)})
    imported = read_openlabeling(tmp_path, classes=CLASSES)
    assert imported.picture_shapes == {"a": (333, 512)}
    assert "333 rows, 512 columns" in only(imported, "picture-size-guessed").message
    np.testing.assert_array_equal(imported.boxes["a"]["liver"][3], boxes[[3]])


def test_without_boxes_no_size_is_needed(tmp_path: Path) -> None:
    imported = read_openlabeling(write(tmp_path, a_0="", a_1="rubbish"), classes=CLASSES)
    assert imported.boxes == {}
    assert imported.picture_shapes == {}
    assert codes(imported) == ["box-line-malformed"]


def test_a_size_that_cannot_be_guessed_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(BoxFileError, match="give picture_shape"):
        read_openlabeling(write(tmp_path, a_0=LIVER), classes=CLASSES)


def test_pictures_of_another_size_are_scaled_and_of_another_shape_reported(tmp_path: Path) -> None:
    folder = write(tmp_path, a_0=LIVER)
    half = {"a": (1, 40, 50)}
    scaled = read_openlabeling(folder, classes=CLASSES, picture_shape=SHAPE, volumes=half)
    assert scaled.boxes["a"]["liver"][0].tolist() == [[5, 12.5, 15, 37.5]]
    assert scaled.findings == ()
    other = {"a": (1, 100, 80)}
    turned = read_openlabeling(folder, classes=CLASSES, picture_shape=SHAPE, volumes=other)
    assert "80 rows, 100 columns where 100 rows" in only(turned, "picture-size-differs").message


def test_boxes_of_a_video_tracker_are_reported(tmp_path: Path) -> None:
    write(tmp_path / "YOLO_darknet", a_0=LIVER)
    (tmp_path / ".tracker").mkdir()
    (tmp_path / ".tracker" / "film_mp4.json").write_text("{}")
    imported = read_openlabeling(tmp_path, classes=CLASSES, picture_shape=SHAPE)
    assert codes(imported) == ["boxes-tracked"]


def test_slices_may_run_from_the_head_and_from_one(tmp_path: Path) -> None:
    folder = write(tmp_path, a_1=LIVER, a_3="")
    orientation = Orientation(first_slice=1, slice_reversed=True)
    imported = read_openlabeling(folder, classes=CLASSES, volumes=VOLUMES, orientation=orientation)
    assert list(imported.boxes["a"]["liver"]) == [2]
    assert imported.empty_slices == {"a": (0,)}
    with pytest.raises(BoxFileError, match="reversed slices need `volumes`"):
        read_openlabeling(folder, classes=CLASSES, orientation=orientation)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    """In whatever way the pictures lie to our slices, to 1e-6 px."""
    rows, columns, n_slices = 37, 64, 4
    corner = st.tuples(st.floats(0, 30), st.floats(0, 30))
    side = st.tuples(st.floats(2.5, 7), st.floats(2.5, 30))
    box = st.tuples(corner, side).map(lambda cs: (*cs[0], cs[0][0] + cs[1][0], cs[0][1] + cs[1][1]))
    some = st.lists(box, min_size=1, max_size=3, unique=True).map(np.array)
    per_slice = st.dictionaries(st.integers(0, n_slices - 1), some, min_size=1)
    saved = data.draw(
        st.dictionaries(st.sampled_from(["a", "b-1"]), st.dictionaries(
            st.sampled_from(["liver", "spleen"]), per_slice, min_size=1), min_size=1)
    )  # fmt: skip
    orientation = Orientation(
        data.draw(st.integers(-1, 4)), *data.draw(st.tuples(st.booleans(), st.booleans())),
        first_slice=data.draw(st.integers(0, 3)), slice_reversed=data.draw(st.booleans()),
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("saved")
    shapes = dict.fromkeys(saved, (n_slices, rows, columns))
    FORMATS[name].write(folder, saved, classes=CLASSES, volumes=shapes, orientation=orientation)
    read = FORMATS[name].read(
        folder, classes=CLASSES, volumes=shapes, orientation=orientation, strict=True
    )
    assert codes(read) == []
    assert {v: set(s) for v, s in read.boxes.items()} == {v: set(s) for v, s in saved.items()}
    for volume, structures in saved.items():
        for structure, slices in structures.items():
            assert set(read.boxes[volume][structure]) == set(slices)
            for index, boxes in slices.items():
                found = read.boxes[volume][structure][index]
                np.testing.assert_allclose(found, boxes, atol=1e-6)


def test_writing_makes_a_file_per_slice_and_a_class_list(tmp_path: Path) -> None:
    saved = {"a": {"liver": {1: np.array(LIVER_BOX, dtype=float)}}}
    assert write_openlabeling(tmp_path, saved, classes=CLASSES, volumes=VOLUMES) == 3
    files = {p.name: p.read_text() for p in (tmp_path / "output" / "YOLO_darknet").iterdir()}
    assert files == {"a-slice000.txt": "", "a-slice001.txt": LIVER, "a-slice002.txt": ""}
    assert (tmp_path / "class_list.txt").read_text() == "liver\nunused_1\nspleen\n"


@pytest.mark.parametrize(
    ("volume", "structure", "index", "message"),
    [
        ("a", "heart", 0, "structure 'heart' has no class id; those are {'liver': 0, 'spleen': 2}"),
        ("b", "liver", 0, "volume 'b' has boxes; given are a"),
        ("a", "liver", 3, "'liver' has boxes on slice 3 of a, which has slices 0 to 2"),
    ],
)
def test_boxes_without_a_place_cannot_be_written(
    tmp_path: Path, volume: str, structure: str, index: int, message: str
) -> None:
    saved = {volume: {structure: {index: np.array(LIVER_BOX, dtype=float)}}}
    with pytest.raises(BoxFileError, match=re.escape(message)):
        write_openlabeling(tmp_path, saved, classes=CLASSES, volumes=VOLUMES)
    assert list(tmp_path.iterdir()) == []
