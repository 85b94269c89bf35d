from __future__ import annotations

from pathlib import Path

import pytest

from manyhands.nearest import contents, not_found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where one works: `images` with two volumes and a hidden file, and `boxes/anna`."""
    (tmp_path / "images").mkdir()
    for name in ("case1.nii.gz", "smith.nii", ".DS_Store"):
        (tmp_path / "images" / name).touch()
    (tmp_path / "boxes" / "anna").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("images/case2.nii.gz", "; did you mean images/case1.nii.gz?"),
        ("imags/case1.nii.gz", "; did you mean images?"),
        ("boxes/ana", "; did you mean boxes/anna?"),
        ("boxes/bert", ""),
        ("elsewhere/anna", "; there is no folder elsewhere"),
    ],
)
def test_what_is_nearest_is_said(path: str, words: str) -> None:
    assert not_found(Path(path)) == f"{path}: not found{words}"


def test_a_pattern_without_match_says_what_there_is_without_names(folder: Path) -> None:
    assert not_found(Path("images/*.dcm")) == (
        "images/*.dcm: nothing has such a name; images holds 2 files (.nii, .nii.gz)"
    )
    assert not_found(folder / "imags" / "*.nii") == (
        f"{folder}/imags/*.nii: not found; did you mean {folder}/images?"
    )


def test_a_folder_s_contents_in_words(folder: Path) -> None:
    assert contents(folder) == "holds no files, 2 folders"
    assert contents(folder / "boxes" / "anna") == "is empty"
