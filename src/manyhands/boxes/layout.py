"""Where a folder keeps its files of boxes, and which volume and slice each file belongs to."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from manyhands.errors import BoxFileError
from manyhands.nearest import contents, not_found
from manyhands.types import Finding, Place, Severity

NAME_PATTERN = r"(?P<volume>.+)[-_]slice[-_]?(?P<slice>\d+)"
"""How a file's name, without its ending, tells the volume and the slice."""

CLASS_LISTS = ("class_list.txt", "classes.txt")


@dataclass(frozen=True)
class Layout:
    """The folders with files of boxes; at least one of `yolo` and `voc` is there."""

    yolo: Path | None
    voc: Path | None
    tracker: Path | None = None


def find_layout(folder: Path) -> Layout:
    """Which of OpenLabeling's layouts a folder has.

    `output/YOLO_darknet` with `output/PASCAL_VOC`, where `folder` may be the one above `output`,
    `output` itself or one of the two; the older `bbox_txt`; or files directly in the folder.
    Raises `BoxFileError` if there is no such folder, or no files in it.
    """
    if not folder.exists():
        raise BoxFileError(not_found(folder))
    if not folder.is_dir():
        raise BoxFileError(f"{folder}: expected a folder with files of boxes, this is a file")
    roots = [folder / "output", folder]
    if folder.name in ("YOLO_darknet", "PASCAL_VOC"):
        roots.append(folder.parent)
    for root in roots:
        layout = _layout(root / "YOLO_darknet", root / "PASCAL_VOC", root / ".tracker")
        if layout.yolo or layout.voc:
            return layout
    for bare in (folder / "bbox_txt", folder):
        layout = _layout(bare, bare)
        if layout.yolo or layout.voc:
            return layout
    raise BoxFileError(
        f"{folder}: no files of boxes, the folder {contents(folder)}. Expected .txt files in it or "
        "in its 'YOLO_darknet' or 'bbox_txt', or .xml files in its 'PASCAL_VOC'"
    )


def _layout(yolo: Path, voc: Path, tracker: Path | None = None) -> Layout:
    return Layout(
        yolo if box_files(yolo, ".txt") else None,
        voc if box_files(voc, ".xml") else None,
        tracker if tracker and box_files(tracker, ".json") else None,
    )


def box_files(folder: Path, ending: str) -> list[Path]:
    """The files directly in a folder with an ending, sorted; none if there is no such folder.

    Hidden files are left out: some systems put one of their own beside each.
    """
    if not folder.is_dir():
        return []
    found = (p for p in folder.iterdir() if p.suffix.lower() == ending and p.is_file())
    return sorted(p for p in found if p.name not in CLASS_LISTS and not p.name.startswith("."))


def read_class_list(path: Path) -> dict[int, str]:
    """OpenLabeling's `class_list.txt`: a name per line, numbered from 0, blank lines not counted.

    Raises `BoxFileError` if it cannot be read or names nothing.
    """
    if not path.exists():
        raise BoxFileError(not_found(path))
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BoxFileError(f"{path}: expected a list of class names in UTF-8: {error}") from error
    except OSError as error:
        raise BoxFileError(f"{path}: expected a list of class names: {error.strerror}") from error
    names = [line.strip() for line in lines if line.strip()]
    if not names:
        raise BoxFileError(f"{path}: expected a class name per line, the file is empty")
    return dict(enumerate(names))


def pair_files(
    files: list[Path], name_pattern: str
) -> tuple[dict[str, dict[int, Path]], list[Finding]]:
    """Files by volume name and slice number, by what their names say, and what did not pair.

    Findings: `box-file-unpaired`, `slice-twice` (the file later in the alphabet is left out).
    Raises `BoxFileError` if the pattern is not one, no name matches it, or its slice is no number.
    """
    pattern = _compile(name_pattern)
    paired: defaultdict[str, dict[int, Path]] = defaultdict(dict)
    findings: list[Finding] = []
    for path in files:
        match = pattern.fullmatch(path.stem)
        if match is None:
            findings.append(_unpaired(path, name_pattern))
            continue
        volume, number = match["volume"], _slice_number(match)
        first = paired[volume].setdefault(number, path)
        if first != path:
            findings.append(_twice(path, first, volume, number))
    if files and not paired:
        raise BoxFileError(
            f"{files[0].parent}: no file's name matches the pattern '{name_pattern}'; "
            f"the first is '{files[0].name}'"
        )
    return dict(paired), findings


def _compile(name_pattern: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(name_pattern)
    except re.error as error:
        raise BoxFileError(f"name pattern '{name_pattern}' is not one: {error}") from error
    if not {"volume", "slice"} <= set(pattern.groupindex):
        raise BoxFileError(
            f"name pattern '{name_pattern}' needs the groups (?P<volume>...) and (?P<slice>\\d+)"
        )
    return pattern


def _slice_number(match: re.Match[str]) -> int:
    if not (match["slice"] or "").isdecimal():
        raise BoxFileError(
            f"the group 'slice' of the name pattern must match a whole number; in "
            f"'{match.string}' it is '{match['slice']}'"
        )
    return int(match["slice"])


def _unpaired(path: Path, name_pattern: str) -> Finding:
    return Finding(
        "box-file-unpaired",
        Severity.WARNING,
        f"the name does not match the pattern '{name_pattern}', so its slice is not known",
        "It was left out. Rename it, or give a pattern that matches.",
        Place(file=path.name),
    )


def _twice(path: Path, first: Path, volume: str, number: int) -> Finding:
    return Finding(
        "slice-twice",
        Severity.ERROR,
        f"slice {number} of {volume} was already read from {first.name}",
        "It was left out. Keep one of the two.",
        Place(file=path.name),
    )
