"""Folders of boxes as OpenLabeling writes them, and any folder of YOLO files.

OpenLabeling has no users, no times, no "nothing here": a folder is one annotator, and an empty file
means that nobody knows. What its program does was read at commit d46c62a (2020). Where its YOLO and
VOC files disagree the YOLO file is right, because the other can keep boxes that were deleted.

Codes of findings. Errors: `box-line-malformed`, `box-file-unreadable`, `slice-twice`. Warnings:
`box-clipped`, `box-outside`, `box-too-small`, `box-duplicate`, `class-not-mapped`,
`box-file-unpaired`, `volume-unknown`, `slice-outside`, `voc-disagrees`, `picture-size-guessed`,
`picture-size-differs`, `boxes-tracked`. For information: `box-file-empty`, `slice-without-file`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from manyhands.boxes.formats import Boxes, ImportCounts, ImportedBoxes
from manyhands.boxes.layout import NAME_PATTERN, Layout, box_files, find_layout, pair_files
from manyhands.boxes.orientation import Orientation, PictureShape
from manyhands.boxes.pictures import Picture, clean, to_slice
from manyhands.boxes.sources import Source, compare_with_voc, read_source
from manyhands.boxes.yolo import format_yolo, guess_picture_shape
from manyhands.errors import BoxFileError
from manyhands.types import BoxArray, Finding, Severity, Shape3

UPRIGHT = Orientation()


@dataclass(frozen=True)
class _Request:
    """What the caller of `read_openlabeling` knows and wants."""

    classes: Mapping[int, str]
    structures: Mapping[str, str] | None
    volumes: Mapping[str, Shape3] | None
    picture_shape: PictureShape | None
    orientation: Orientation

    def structure(self, label: str | int) -> str | None:
        """Our name of a class, None if it is not mapped."""
        if isinstance(label, int):
            return None
        return label if self.structures is None else self.structures.get(label)

    def slice_shape(self, volume: str) -> PictureShape | None:
        """The size that pictures of a known volume have, before they are turned."""
        if self.volumes is None:
            return None
        _, rows, columns = self.volumes[volume]
        return self.orientation.slice_shape((rows, columns))

    def index(self, volume: str, number: int) -> int | None:
        """The slice index of a file's number, None where the volume has no such slice."""
        n_slices = None if self.volumes is None else self.volumes[volume][0]
        index = self.orientation.to_index(number, n_slices)
        return index if index >= 0 and (n_slices is None or index < n_slices) else None


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
    request = _Request(classes, structures, volumes, picture_shape, orientation)
    layout = find_layout(folder)
    files = (
        box_files(layout.yolo, ".txt") if layout.yolo else box_files(layout.voc or folder, ".xml")
    )
    paths, findings = pair_files(files, name_pattern)
    findings += _tracked(layout)
    parts = [ImportedBoxes({}, tuple(findings), ImportCounts(0, 0, 0, 0))]
    for volume, by_number in paths.items():
        if volumes is None or volume in volumes:
            parts.append(_read_volume(volume, by_number, layout, request))
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
            str(layout.tracker.name),
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
        volume,
    )
    return ImportedBoxes({}, (finding,), ImportCounts(len(by_number), 0, 0, 0))


def _read_volume(
    volume: str, by_number: Mapping[int, Path], layout: Layout, request: _Request
) -> ImportedBoxes:
    read = [read_source(path, n, layout.voc) for n, path in sorted(by_number.items())]
    sources = [source for source, _ in read]
    findings = [finding for _, found in read for finding in found]
    shapes, found = _picture_shapes(volume, sources, request)
    pictures: dict[int, Picture] = {}
    for source, shape in zip(sources, shapes, strict=True):
        index = request.index(volume, source.number)
        if index is None:
            found.append(_outside(volume, source, request))
            continue
        pictures[index], cleaned = clean(_to_picture(source, shape, request.classes))
        found += cleaned + compare_with_voc(source, shape)
    boxes, not_mapped = _gather(volume, pictures, request)
    empty = sorted(
        index
        for source in sources
        if source.is_empty and (index := request.index(volume, source.number)) is not None
    )
    found += not_mapped + _without_boxes(volume, pictures, empty, request)
    counts = ImportCounts(
        files=len(sources),
        empty_files=sum(source.is_empty for source in sources),
        lines=sum(source.n_lines for source in sources),
        boxes=sum(len(b) for slices in boxes.values() for b in slices.values()),
    )
    return ImportedBoxes(
        boxes={volume: boxes} if boxes else {},
        findings=(*findings, *found),
        counts=counts,
        empty_slices={volume: tuple(empty)} if empty else {},
        picture_shapes={volume: shapes[0]},
    )


def _picture_shapes(
    volume: str, sources: Sequence[Source], request: _Request
) -> tuple[list[PictureShape], list[Finding]]:
    """The size of each picture, with `picture-size-guessed` or `picture-size-differs`."""
    told = [source.voc.picture_shape if source.voc else None for source in sources]
    shapes = [request.picture_shape or shape or request.slice_shape(volume) for shape in told]
    findings: list[Finding] = []
    if None in shapes:
        guess = guess_picture_shape(line for source in sources for line in source.lines or ())
        if guess is None:
            raise BoxFileError(
                f"{volume}: the size of the pictures is not known, and its boxes are too few to "
                "guess it: give picture_shape (rows, columns)"
            )
        findings.append(_guessed(volume, guess))
        shapes = [shape or guess for shape in shapes]
    sizes = [shape for shape in shapes if shape]
    expected = request.slice_shape(volume) or sizes[0]
    different = [s for s in (*sizes, *told) if s and not _is_alike(s, expected)]
    if different:
        findings.append(_differs(volume, different[0], expected))
    return sizes, findings


def _is_alike(first: PictureShape, second: PictureShape) -> bool:
    """Same proportions, up to a pixel: one is the other, perhaps scaled."""
    return abs(first[0] * second[1] - first[1] * second[0]) <= max(*first, *second)


def _guessed(volume: str, guess: PictureShape) -> Finding:
    return Finding(
        "picture-size-guessed",
        Severity.WARNING,
        f"the pictures' size was not given; all edges lie on pixels of {guess[0]} rows, "
        f"{guess[1]} columns, so that was taken",
        "Give picture_shape if it is not right.",
        volume,
    )


def _differs(volume: str, found: PictureShape, expected: PictureShape) -> Finding:
    return Finding(
        "picture-size-differs",
        Severity.WARNING,
        f"a picture has {found[0]} rows, {found[1]} columns where {expected[0]} rows, "
        f"{expected[1]} columns were expected",
        "Check the quarter turns of the orientation, and that these are this volume's pictures.",
        volume,
    )


def _outside(volume: str, source: Source, request: _Request) -> Finding:
    n_slices = request.volumes[volume][0] if request.volumes else 0
    return Finding(
        "slice-outside",
        Severity.WARNING,
        f"slice number {source.number} is not one of the {n_slices} slices of {volume}",
        "It was left out. Check first_slice of the orientation.",
        source.name,
    )


def _to_picture(source: Source, shape: PictureShape, classes: Mapping[int, str]) -> Picture:
    labels = (classes.get(n, n) if isinstance(n, int) else n for n in source.labels)
    return Picture(tuple(labels), source.places, source.boxes(shape), shape)


def _gather(
    volume: str, pictures: Mapping[int, Picture], request: _Request
) -> tuple[dict[str, dict[int, BoxArray]], list[Finding]]:
    """Boxes per structure and slice in our frame, and a finding per class that is not mapped."""
    boxes: defaultdict[str, dict[int, BoxArray]] = defaultdict(dict)
    left_out: defaultdict[str | int, list[str]] = defaultdict(list)
    for index, picture in sorted(pictures.items()):
        turned_shape = request.orientation.slice_shape(picture.shape)
        slice_shape = request.volumes[volume][1:] if request.volumes else turned_shape
        turned = to_slice(picture, request.orientation, slice_shape)
        labels = np.array([str(label) for label in picture.labels])
        for label in dict.fromkeys(picture.labels):
            which = np.flatnonzero(labels == str(label))
            structure = request.structure(label)
            if structure is None:
                left_out[label] += [picture.places[n] for n in which]
            else:
                boxes[structure][index] = turned[which]
    return dict(boxes), [_not_mapped(volume, *item) for item in left_out.items()]


def _not_mapped(volume: str, label: str | int, places: Sequence[str]) -> Finding:
    return Finding(
        "class-not-mapped",
        Severity.WARNING,
        f"class '{label}' stands for no structure: {len(places)} boxes were left out",
        "Name it in the class list, or map it to a structure.",
        f"{volume}, first {places[0]}",
    )


def _without_boxes(
    volume: str, pictures: Mapping[int, Picture], empty: Sequence[int], request: _Request
) -> list[Finding]:
    """Say which slices have an empty file, and which have none."""
    indices = range(request.volumes[volume][0]) if request.volumes else _span(pictures)
    missing = [index for index in indices if index not in pictures]
    findings = []
    if empty:
        findings.append(
            Finding(
                "box-file-empty",
                Severity.INFO,
                f"{len(empty)} files are empty, slices {_in_words(empty)}: taken as unknown",
                "If the structures are not there, answer these slices with 'absent'.",
                volume,
            )
        )
    if missing:
        findings.append(
            Finding(
                "slice-without-file",
                Severity.INFO,
                f"{len(missing)} slices have no file: {_in_words(missing)}",
                "",
                volume,
            )
        )
    return findings


def _span(pictures: Iterable[int]) -> range:
    indices = list(pictures)
    return range(min(indices), max(indices) + 1) if indices else range(0)


def _in_words(indices: Sequence[int]) -> str:
    """0, 1, 2, 5 as '0-2, 5'."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and index == runs[-1][1] + 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs)


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
    Gives back the number of slices. Raises `BoxFileError` for a structure without class.
    """
    ids = {name: class_id for class_id, name in classes.items()}
    target = folder / "output" / "YOLO_darknet"
    target.mkdir(parents=True, exist_ok=True)
    _write_text(folder / "class_list.txt", _class_list(classes))
    for volume, (n_slices, *slice_shape) in volumes.items():
        of_volume = boxes.get(volume, {})
        unknown = sorted(set(of_volume) - set(ids))
        if unknown:
            raise BoxFileError(f"structure '{unknown[0]}' has no class id; there are {sorted(ids)}")
        shape = orientation.slice_shape((slice_shape[0], slice_shape[1]))
        for index in range(n_slices):
            turned = {
                ids[name]: orientation.to_picture(slices[index], shape)
                for name, slices in of_volume.items()
                if index in slices
            }
            number = orientation.to_number(index, n_slices)
            _write_text(target / f"{volume}-slice{number:03d}.txt", format_yolo(turned, shape))
    return sum(shape[0] for shape in volumes.values())


def _class_list(classes: Mapping[int, str]) -> str:
    """One name per line; ids without class get a name, since blank lines are not counted."""
    return "".join(
        classes.get(n, f"unused_{n}") + "\n" for n in range(max(classes, default=-1) + 1)
    )


def _write_text(path: Path, text: str) -> None:
    """Write a file so that it is never there by half."""
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)
