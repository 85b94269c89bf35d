"""One slice's files as OpenLabeling leaves them: a YOLO file, a VOC file, or both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from manyhands.boxes.orientation import PictureShape
from manyhands.boxes.voc import VocPicture, parse_voc
from manyhands.boxes.yolo import YoloLine, parse_yolo, to_boxes
from manyhands.errors import BoxFileError
from manyhands.types import BoxArray, Finding, Place, Severity

VOC_TOLERANCE_PX = 1.0  # OpenLabeling's own way back from YOLO can lose one pixel


@dataclass(frozen=True)
class Source:
    """What the files of one slice say. `lines` is None where there is only a VOC file.

    `n_lines` counts what could have been a box, malformed lines too.
    """

    name: str
    number: int
    lines: tuple[YoloLine, ...] | None
    voc: VocPicture | None
    n_lines: int
    is_empty: bool

    def boxes(self, picture_shape: PictureShape) -> BoxArray:
        """Boxes (n, 4) in pixels of a picture of (rows, columns)."""
        if self.lines is not None:
            return to_boxes(self.lines, picture_shape)
        return self.voc.boxes if self.voc else to_boxes((), picture_shape)

    @property
    def labels(self) -> tuple[str | int, ...]:
        """The class of each box: its id in YOLO, its name in VOC."""
        if self.lines is not None:
            return tuple(line.class_id for line in self.lines)
        return self.voc.names if self.voc else ()

    @property
    def places(self) -> tuple[str, ...]:
        """The file and line (in VOC, the number of the object) of each box."""
        if self.lines is not None:
            return tuple(f"{self.name}:{line.number}" for line in self.lines)
        return tuple(f"{self.name}:object {n}" for n in range(1, len(self.labels) + 1))


def read_source(path: Path, number: int, voc_folder: Path | None) -> tuple[Source, list[Finding]]:
    """Read a slice's .txt with the .xml of the same name in `voc_folder`, or its .xml alone.

    Findings: `box-file-unreadable`, `box-line-malformed`; the source then has what could be read.
    """
    if path.suffix.lower() == ".xml":
        voc, findings = _read_voc(path)
        n_objects = 0 if voc is None else len(voc.boxes)
        return Source(path.name, number, None, voc, n_objects, voc is not None and not n_objects), (
            findings
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return Source(path.name, number, (), None, 0, False), [_unreadable(path, error)]
    lines, malformed = parse_yolo(text, name=path.name)
    voc_path = voc_folder / f"{path.stem}.xml" if voc_folder else None
    voc, findings = _read_voc(voc_path) if voc_path and voc_path.is_file() else (None, [])
    n_lines = len(lines) + len(malformed)
    return Source(path.name, number, tuple(lines), voc, n_lines, n_lines == 0), malformed + findings


def _read_voc(path: Path) -> tuple[VocPicture | None, list[Finding]]:
    try:
        return parse_voc(path.read_bytes(), name=path.name), []
    except (OSError, BoxFileError) as error:
        return None, [_unreadable(path, error)]


def _unreadable(path: Path, error: Exception) -> Finding:
    return Finding(
        "box-file-unreadable",
        Severity.ERROR,
        f"could not be read as a file of boxes: {error}",
        "It was left out. Export it again.",
        Place(file=path.name),
    )


def compare_with_voc(source: Source, picture_shape: PictureShape) -> list[Finding]:
    """A finding `voc-disagrees` where the two files of a slice have other boxes."""
    if source.lines is None or source.voc is None:
        return []
    yolo, voc = (_in_order(b) for b in (source.boxes(picture_shape), source.voc.boxes))
    if len(yolo) == len(voc) and (np.abs(yolo - voc) <= VOC_TOLERANCE_PX).all():
        return []
    return [
        Finding(
            "voc-disagrees",
            Severity.WARNING,
            f"has {len(yolo)} boxes, its VOC file has {len(voc)} or has them elsewhere",
            "The YOLO file was taken: OpenLabeling's VOC files can keep deleted boxes.",
            Place(file=source.name),
        )
    ]


def _in_order(boxes: BoxArray) -> BoxArray:
    return boxes[np.lexsort(np.round(boxes).T)]
