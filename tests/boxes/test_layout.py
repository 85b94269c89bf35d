"""The class list that OpenLabeling reads and does not write."""

from pathlib import Path

import pytest

from manyhands.boxes.layout import read_class_list
from manyhands.errors import BoxFileError


def test_blank_lines_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "class_list.txt"
    path.write_bytes(b"\xef\xbb\xbfliver\r\n\r\nleft kidney \r\n")
    assert read_class_list(path) == {0: "liver", 1: "left kidney"}


def test_a_list_that_is_empty_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "class_list.txt"
    with pytest.raises(BoxFileError, match="expected a list of class names"):
        read_class_list(path)
    path.write_text("\n")
    with pytest.raises(BoxFileError, match="the file is empty"):
        read_class_list(path)
