"""What every exchange format of boxes takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from manyhands.boxes.orientation import Orientation, PictureShape
from manyhands.types import BoxArray, Finding, Shape3

Boxes = Mapping[str, Mapping[str, Mapping[int, BoxArray]]]
"""Volume name -> structure name -> slice index -> boxes (n, 4), n >= 1, in our frame."""


@dataclass(frozen=True)
class ImportCounts:
    """What the files held: non-blank `lines` (or objects), and the `boxes` kept of them."""

    files: int
    empty_files: int
    lines: int
    boxes: int


@dataclass(frozen=True)
class ImportedBoxes:
    """Boxes of one annotator, and all that was clipped, dropped or not understood.

    A slice that is not in `boxes` has no answer. `empty_slices` are those whose file was there and
    empty: in most tools that means *unknown*, never *absent*. On `doubtful_slices` a file or box
    was lost: nothing is known to be absent there. `picture_shapes` are the sizes (rows, columns) of
    the pictures each volume's boxes were drawn on.
    """

    boxes: Boxes
    findings: tuple[Finding, ...]
    counts: ImportCounts
    empty_slices: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    doubtful_slices: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    picture_shapes: Mapping[str, PictureShape] = field(default_factory=dict)


class BoxReader(Protocol):
    """Reads a folder of somebody's boxes.

    `classes` names the class ids, `structures` says what each class is called here (None: the
    same); `volumes` are the known ones with their (slices, rows, columns) (None: take all).
    """

    def __call__(
        self,
        folder: Path,
        *,
        classes: Mapping[int, str],
        volumes: Mapping[str, Shape3] | None = None,
        orientation: Orientation = ...,
        strict: bool = False,
        structures: Mapping[str, str] | None = None,
    ) -> ImportedBoxes: ...


class BoxWriter(Protocol):
    """Writes boxes as files into a folder; gives back how many files."""

    def __call__(
        self,
        folder: Path,
        boxes: Boxes,
        *,
        classes: Mapping[int, str],
        volumes: Mapping[str, Shape3],
        orientation: Orientation = ...,
    ) -> int: ...


@dataclass(frozen=True)
class BoxFormat:
    """One exchange format: how to read it and how to write it."""

    read: BoxReader
    write: BoxWriter
