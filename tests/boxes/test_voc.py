"""VOC files, as small as they can be."""

import pytest

from manyhands.boxes.voc import parse_voc
from manyhands.errors import BoxFileError


def test_names_boxes_and_size_are_read() -> None:
    text = (
        "<annotation><size><width>100</width><height>80</height></size><object><name>liver</name>"
        "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>"
        "</annotation>"
    )
    picture = parse_voc(text.encode(), name="a.xml")
    assert picture.picture_shape == (80, 100)
    assert picture.names == ("liver",)
    assert picture.boxes.tolist() == [[2, 1, 40, 30]]


@pytest.mark.parametrize("size", ["", "<size><width>0</width><height>8</height></size>"])
def test_a_size_that_is_missing_or_zero_is_not_known(size: str) -> None:
    picture = parse_voc(f"<annotation>{size}</annotation>".encode(), name="a.xml")
    assert picture.picture_shape is None
    assert picture.boxes.shape == (0, 4)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_in_any_encoding(encoding: str) -> None:
    text = '<!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>'
    with pytest.raises(BoxFileError, match=r"^a\.xml: "):
        parse_voc(text.encode(encoding), name="a.xml")
