"""Boxes written as OpenLabeling writes them come back as they were."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.boxes.openlabeling_folder import CLASSES, LIVER, LIVER_BOX, VOLUMES, codes

from manyhands.boxes import FORMATS
from manyhands.boxes.openlabeling import write_openlabeling
from manyhands.boxes.orientation import Orientation
from manyhands.errors import BoxFileError


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25)
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
