from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest

from manyhands.config import make_structures
from manyhands.errors import StudyError
from manyhands.phantom import make_phantom
from manyhands.training import (
    Contents,
    check_same_cases,
    is_plain,
    place_images,
    read_cases,
    read_structure_ids,
    remove_others,
    write_contents,
)
from manyhands.volumes import write_volume

LIVER, SPLEEN = make_structures(("liver", "spleen"))


def contents(*train: str) -> Contents:
    return Contents(("CT",), (SPLEEN, LIVER), train, (), ({"train": list(train), "val": []},))


def dataset(folder: Path, *cases: str) -> Path:
    """A data set whose label files are empty."""
    (folder / "labelsTr").mkdir(parents=True)
    for case in cases:
        (folder / "labelsTr" / f"{case}.nii.gz").touch()
    write_contents(folder, contents(*cases), told={"structure_ids": {"spleen": 2, "liver": 1}})
    return folder


@pytest.mark.parametrize("name", ["background", "ignore"])
def test_a_structure_may_not_be_called_as_nnunet_calls_what_is_none(name: str) -> None:
    """It would take the place of the other among the labels, and be learned as that."""
    with pytest.raises(StudyError, match=f"structure '{name}'"):
        Contents(("CT",), make_structures((name, "liver")), (), (), ())


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "a", "one", "two")

    assert read_cases(folder) == ("one", "two")
    assert read_structure_ids(folder) == (2, 1)  # spleen is nnU-Net's 1
    told = json.loads((folder / "dataset.json").read_text())
    assert told["labels"] == {"background": 0, "spleen": 1, "liver": 2, "ignore": 3}
    assert json.loads((folder / "splits_final.json").read_text()) == [
        {"train": ["one", "two"], "val": []}
    ]


def test_one_arm_with_fewer_cases_is_refused(tmp_path: Path) -> None:
    both = [dataset(tmp_path / "a", "one", "two"), dataset(tmp_path / "b", "two")]

    with pytest.raises(StudyError, match="b lacks one, which another data set has"):
        check_same_cases(both)
    check_same_cases(both[:1])


def test_a_folder_without_data_set_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"no dataset\.json; `manyhands export"):
        read_cases(tmp_path)


def test_images_take_no_room_twice_and_may_be_placed_again(tmp_path: Path) -> None:
    image = tmp_path / "image.nii.gz"
    image.write_bytes(b"voxels")
    for _ in range(2):
        place_images(tmp_path / "set", "one", [image])
    placed = list((tmp_path / "set" / "imagesTr").iterdir())

    assert [path.name for path in placed] == ["one_0000.nii.gz"]
    assert placed[0].samefile(image)


def test_where_links_are_not_known_images_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise OSError("not on this disk")

    monkeypatch.setattr(os, "link", link)
    image = tmp_path / "image.nii.gz"
    image.write_bytes(b"voxels")
    place_images(tmp_path / "set", "one", [image], is_test=True)
    (placed,) = (tmp_path / "set" / "imagesTs").iterdir()

    assert placed.read_bytes() == b"voxels"
    assert not placed.samefile(image)


def test_a_data_set_that_is_being_rewritten_is_none(tmp_path: Path) -> None:
    """After a kill nobody takes half of it for the whole."""
    folder = dataset(tmp_path / "a", "one", "two")
    remove_others(folder, contents("two"))

    assert not (folder / "dataset.json").exists()
    assert [path.name for path in (folder / "labelsTr").iterdir()] == ["two.nii.gz"]


def test_only_gzipped_nifti_of_three_axes_is_taken_as_it_is(tmp_path: Path) -> None:
    volume, _, _ = make_phantom((8, 8, 4))
    write_volume(volume.data, volume.grid, tmp_path / "plain.nii.gz")
    write_volume(volume.data, volume.grid, tmp_path / "unzipped.nii")
    (tmp_path / "liar.nii.gz").write_bytes(np.zeros(400, np.uint8).tobytes())
    with gzip.open(tmp_path / "broken.nii.gz", "wb") as file:
        file.write(b"no header")

    assert is_plain(tmp_path / "plain.nii.gz")
    for name in ("unzipped.nii", "liar.nii.gz", "broken.nii.gz"):
        assert not is_plain(tmp_path / name)
