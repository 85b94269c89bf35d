"""Where OpenLabeling keeps its files, and the class list that it reads and does not write."""

from pathlib import Path

import pytest

from manyhands.boxes.layout import find_layout, read_class_list
from manyhands.errors import BoxFileError


def test_blank_lines_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "class_list.txt"
    path.write_bytes(b"\xef\xbb\xbfliver\r\n\r\nleft kidney \r\n")
    assert read_class_list(path) == {0: "liver", 1: "left kidney"}


def test_a_list_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "class_list.txt"
    path.write_text("\n")
    with pytest.raises(BoxFileError, match="the file is empty"):
        read_class_list(path)
    with pytest.raises(BoxFileError, match=r"not found; did you mean .*/class_list\.txt\?$"):
        read_class_list(tmp_path / "classlist.txt")
    with pytest.raises(BoxFileError, match="expected a list of class names: Is a directory"):
        read_class_list(tmp_path)


def test_missing_empty_and_wrong_folders_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BoxFileError, match=r"nowhere: not found$"):
        find_layout(tmp_path / "nowhere")
    with pytest.raises(BoxFileError, match="no files of boxes, the folder is empty"):
        find_layout(tmp_path)
    (tmp_path / "a-slice000.png").touch()
    with pytest.raises(BoxFileError, match=r"the folder holds 1 file \(\.png\)"):
        find_layout(tmp_path)
    with pytest.raises(BoxFileError, match="expected a folder with files of boxes, this is a file"):
        find_layout(tmp_path / "a-slice000.png")
