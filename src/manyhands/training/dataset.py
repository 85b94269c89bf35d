"""A data set in nnU-Net's format: images, labels, `dataset.json`, and the folds."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
from nibabel.filebasedimages import ImageFileError

from manyhands.errors import StudyError
from manyhands.files import replacing, write_text
from manyhands.training.splits import Split
from manyhands.types import Modality, Structure

ENDING = ".nii.gz"
NOT_STRUCTURES = ("background", "ignore")
CHANNEL_NAMES = {Modality.CT: "CT", Modality.MR: "MR"}
"""nnU-Net clips and shifts what is called CT by the intensities of the whole data set, and brings
anything else to mean 0 and deviation 1, image by image."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a data set says of itself: `channels` as nnU-Net calls them, the structures learned in
    the order of their numbers, 1 and so on; the cases trained on, and those tested on. Raises
    `StudyError` for a structure with a name that nnU-Net has given away.
    """

    channels: tuple[str, ...]
    structures: tuple[Structure, ...]
    train: tuple[str, ...]
    test: tuple[str, ...]
    splits: tuple[Split, ...]

    def __post_init__(self) -> None:
        for structure in self.structures:
            if structure.name in NOT_STRUCTURES:
                raise StudyError(
                    f"structure '{structure.name}': nnU-Net calls voxels of no structure so; give "
                    "it another name in manyhands.toml"
                )

    @property
    def structure_ids(self) -> tuple[int, ...]:
        return tuple(structure.structure_id for structure in self.structures)

    @property
    def labels(self) -> dict[str, int]:
        numbers = {s.name: number for number, s in enumerate(self.structures, start=1)}
        return {"background": 0, **numbers, "ignore": len(numbers) + 1}


def image_name(case: str, channel: int) -> str:
    """What nnU-Net calls one channel of a case, counted from 0."""
    return f"{case}_{channel:04d}{ENDING}"


def label_path(folder: Path, case: str) -> Path:
    """Where the labels of a training case lie in a data set."""
    return folder / "labelsTr" / f"{case}{ENDING}"


def is_plain(image: Path) -> bool:
    """Does nnU-Net read this file as it is? It wants gzipped NIfTI of three axes."""
    if not image.name.endswith(ENDING):
        return False
    try:
        return len(nib.load(image).shape) == 3
    except ImageFileError:  # gzipped in name only
        return False


def place_images(folder: Path, case: str, images: Sequence[Path], *, is_test: bool = False) -> None:
    """Put the images of one case, a file a channel, where nnU-Net looks for them.

    A file on the same disk takes no room twice. Nothing here writes to it.
    """
    for channel, image in enumerate(images):
        target = folder / ("imagesTs" if is_test else "imagesTr") / image_name(case, channel)
        _link_or_copy(image, target)


def _link_or_copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk, or one that knows no links
        with replacing(target) as part:
            shutil.copyfile(source, part)


def write_contents(folder: Path, contents: Contents, *, told: Mapping[str, Any]) -> None:
    """Write `dataset.json`, with `told` beside what nnU-Net reads, and `splits_final.json`.

    It comes last: a folder with it is whole.
    """
    write_text(folder / "splits_final.json", json.dumps(list(contents.splits), indent=1) + "\n")
    content = {
        "channel_names": {str(n): name for n, name in enumerate(contents.channels)},
        "labels": contents.labels,
        "numTraining": len(contents.train),
        "file_ending": ENDING,
        **told,
    }
    write_text(folder / "dataset.json", json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def remove_others(folder: Path, contents: Contents) -> None:
    """Take away what an earlier writing left of cases that are not in the data set any more.

    Raises `StudyError` where the folder is a data set that somebody else made.
    """
    _check_ours(folder / "dataset.json")
    (folder / "dataset.json").unlink(missing_ok=True)
    images = {
        kind: {image_name(c, n) for c in cases for n in range(len(contents.channels))}
        for kind, cases in (("imagesTr", contents.train), ("imagesTs", contents.test))
    }
    kept = {**images, "labelsTr": {f"{case}{ENDING}" for case in contents.train}}
    for kind, names in kept.items():
        for path in (folder / kind).glob("*"):
            if path.name not in names:
                path.unlink()


def _check_ours(path: Path) -> None:
    if path.is_file() and "structure_ids" not in json.loads(path.read_text(encoding="utf-8")):
        raise StudyError(
            f"{path.parent}: is a data set already, and not one of manyhands; name another folder"
        )


def read_cases(folder: Path) -> tuple[str, ...]:
    """The cases that a data set trains on. Raises `StudyError` where there is no data set."""
    if not (folder / "dataset.json").is_file():
        raise StudyError(f"{folder}: no dataset.json; `manyhands export --format nnunet` makes it")
    paths = sorted((folder / "labelsTr").glob(f"*{ENDING}"))
    return tuple(path.name.removesuffix(ENDING) for path in paths)


def read_structure_ids(folder: Path) -> tuple[int, ...]:
    """The study's id of each of nnU-Net's numbers, 1 and so on, as `dataset.json` tells."""
    content = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    numbers = {n: name for name, n in content["labels"].items() if name in content["structure_ids"]}
    return tuple(content["structure_ids"][numbers[number]] for number in sorted(numbers))


def check_same_cases(folders: Iterable[Path]) -> None:
    """Raise `StudyError` naming cases that one data set has and another has not."""
    cases = {folder.name: set(read_cases(folder)) for folder in folders}
    every = set().union(*cases.values())
    for name, own in cases.items():
        if missing := sorted(every - own):
            raise StudyError(
                f"{name} lacks {', '.join(missing)}, which another data set has: to be compared "
                "models must be trained on the same cases"
            )
