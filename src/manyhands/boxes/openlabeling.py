"""Folders of boxes as OpenLabeling writes them, and any folder of YOLO files.

OpenLabeling has no users, no times, no "nothing here": a folder is one annotator, and an empty file
means that nobody knows. What its program does was read at commit d46c62a (2020). Where its YOLO and
VOC files disagree the YOLO file is right, because the other can keep boxes that were deleted.

Codes of findings. Errors: `box-line-malformed`, `box-file-unreadable`, `box-outside`,
`box-without-extent`, `slice-outside`, `slice-twice`. Warnings: `box-clipped`, `box-too-small`,
`box-duplicate`, `class-not-mapped`, `box-file-unpaired`, `volume-unknown`, `voc-disagrees`,
`picture-size-guessed`, `picture-size-differs`, `boxes-tracked`. For information:
`box-file-empty`, `slice-without-file`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np

from manyhands.boxes.assembly import Request, read_volume
from manyhands.boxes.formats import Boxes, ImportCounts, ImportedBoxes
from manyhands.boxes.layout import NAME_PATTERN, Layout, box_files, find_layout, pair_files
from manyhands.boxes.orientation import Orientation, PictureShape
from manyhands.boxes.yolo import format_yolo
from manyhands.errors import BoxFileError
from manyhands.files import write_text
from manyhands.types import Finding, Place, Severity, Shape3

UPRIGHT = Orientation()


def read_openlabeling(
    folder: Path,
    *,
    classes: Mapping[int, str],
    volumes: Mapping[str, Shape3] | None = None,
    orientation: Orientation = UPRIGHT,
    strict: bool = False,
    structures: Mapping[str, str] | None = None,
    picture_shape: PictureShape | None = None,
    name_pattern: str = NAME_PATTERN,
) -> ImportedBoxes:
    """Read one annotator's folder. Bad lines and files become findings; the rest is read.

    `classes` names each class id (OpenLabeling does not write that down); `structures` says what a
    class is called here where that differs, and leaves out classes it does not have. `volumes` are
    the known volumes with their (slices, rows, columns); without it every volume is taken, in
    pixels of its pictures once turned. The pictures' size (rows, columns) comes from
    `picture_shape`, else the VOC file, else the volume, else it is guessed from the edges.
    `name_pattern` must match a file's name without ending and have the groups `volume` and `slice`:
    files are never paired by their order.

    Raises `BoxFileError` if there are no files, no name matches, or the size of pictures cannot be
    known; with `strict`, also for the first finding that is an error.
    """
    if orientation.slice_reversed and volumes is None:
        raise BoxFileError("reversed slices need `volumes`, to know how many slices there are")
    request = Request(classes, structures, volumes, picture_shape, orientation)
    layout = find_layout(folder)
    files = (
        box_files(layout.yolo, ".txt") if layout.yolo else box_files(layout.voc or folder, ".xml")
    )
    paths, findings = pair_files(files, name_pattern)
    findings += _tracked(layout)
    parts = [ImportedBoxes({}, tuple(findings), ImportCounts(0, 0, 0, 0))]
    for volume, by_number in paths.items():
        if volumes is None or volume in volumes:
            parts.append(read_volume(volume, by_number, layout.voc, request))
        else:
            parts.append(_unknown_volume(volume, by_number, volumes))
    imported = _merge(parts)
    errors = [finding for finding in imported.findings if finding.severity is Severity.ERROR]
    if strict and errors:
        raise BoxFileError(f"{errors[0].place}: {errors[0].message}")
    return imported


def _merge(parts: Sequence[ImportedBoxes]) -> ImportedBoxes:
    """One import of several, each of other volumes."""
    counts = np.sum([astuple(part.counts) for part in parts], axis=0)
    return ImportedBoxes(
        boxes={name: value for part in parts for name, value in part.boxes.items()},
        findings=tuple(finding for part in parts for finding in part.findings),
        counts=ImportCounts(*counts.tolist()),
        empty_slices={n: v for part in parts for n, v in part.empty_slices.items()},
        doubtful_slices={n: v for part in parts for n, v in part.doubtful_slices.items()},
        picture_shapes={n: v for part in parts for n, v in part.picture_shapes.items()},
    )


def _tracked(layout: Layout) -> list[Finding]:
    if layout.tracker is None:
        return []
    return [
        Finding(
            "boxes-tracked",
            Severity.WARNING,
            "a video was tracked here, so some boxes were guessed by a tracker and not drawn",
            "They cannot be told apart; look at them before use.",
            Place(file=layout.tracker.name),
        )
    ]


def _unknown_volume(
    volume: str, by_number: Mapping[int, Path], known: Iterable[str]
) -> ImportedBoxes:
    finding = Finding(
        "volume-unknown",
        Severity.WARNING,
        f"{len(by_number)} files are of volume '{volume}'; known are {', '.join(sorted(known))}",
        "They were left out. Add the volume, or change the name pattern.",
        Place(volume=volume),
    )
    return ImportedBoxes({}, (finding,), ImportCounts(len(by_number), 0, 0, 0))


def write_openlabeling(
    folder: Path,
    boxes: Boxes,
    *,
    classes: Mapping[int, str],
    volumes: Mapping[str, Shape3],
    orientation: Orientation = UPRIGHT,
) -> int:
    """Write `output/YOLO_darknet/VOLUME-sliceNNN.txt` for every slice, and `class_list.txt`.

    Slices without box get an empty file, as OpenLabeling makes them: that somebody answered
    *absent* cannot be said in this format. `volumes` are all volumes to write with their (slices,
    rows, columns). `read_openlabeling` with the same arguments gives the boxes back to 1e-6 px.
    Gives back the number of slices. Raises `BoxFileError` for boxes that have no place: of a
    structure without class, of a volume not in `volumes`, on a slice it has not.
    """
    ids = {name: class_id for class_id, name in classes.items()}
    _check_places(boxes, ids, volumes)
    target = folder / "output" / "YOLO_darknet"
    write_text(folder / "class_list.txt", _class_list(classes))
    for volume, (n_slices, rows, columns) in volumes.items():
        shape = orientation.slice_shape((rows, columns))
        for index in range(n_slices):
            turned = {
                ids[name]: orientation.to_picture(slices[index], shape)
                for name, slices in boxes.get(volume, {}).items()
                if index in slices
            }
            number = orientation.to_number(index, n_slices)
            write_text(target / f"{volume}-slice{number:03d}.txt", format_yolo(turned, shape))
    return sum(n_slices for n_slices, _, _ in volumes.values())


def _check_places(boxes: Boxes, ids: Mapping[str, int], volumes: Mapping[str, Shape3]) -> None:
    for volume, structures in boxes.items():
        if volume not in volumes:
            raise BoxFileError(f"volume '{volume}' has boxes; given are {', '.join(volumes)}")
        for name, slices in structures.items():
            if name not in ids:
                raise BoxFileError(f"structure '{name}' has no class id; those are {dict(ids)}")
            outside = [index for index in slices if not 0 <= index < volumes[volume][0]]
            if outside:
                raise BoxFileError(
                    f"'{name}' has boxes on slice {outside[0]} of {volume}, "
                    f"which has slices 0 to {volumes[volume][0] - 1}"
                )


def _class_list(classes: Mapping[int, str]) -> str:
    """One name per line; ids without class get a name, since blank lines are not counted."""
    return "".join(
        classes.get(n, f"unused_{n}") + "\n" for n in range(max(classes, default=-1) + 1)
    )
