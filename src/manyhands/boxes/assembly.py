"""One volume's boxes, put together from the files of its slices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from manyhands.boxes.formats import ImportCounts, ImportedBoxes
from manyhands.boxes.orientation import Orientation, PictureShape
from manyhands.boxes.pictures import Picture, clean, to_slice
from manyhands.boxes.sources import Source, compare_with_voc, read_source
from manyhands.boxes.yolo import guess_picture_shape
from manyhands.errors import BoxFileError
from manyhands.types import BoxArray, Finding, Place, Severity, Shape3

LOSSES = ("box-outside", "box-without-extent", "box-too-small")
NO_PICTURE = (1, 1)  # stands for the size of pictures of which no box tells anything


@dataclass(frozen=True)
class Request:
    """What the caller knows of the files and wants from them; as in `read_openlabeling`."""

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


def read_volume(
    volume: str, by_number: Mapping[int, Path], voc_folder: Path | None, request: Request
) -> ImportedBoxes:
    """Read the files of one volume, by the number in their names.

    Raises `BoxFileError` if there are boxes on pictures whose size cannot be known.
    """
    read = [read_source(path, n, voc_folder) for n, path in sorted(by_number.items())]
    findings = [finding for _, found in read for finding in found]
    damaged = {source.name for source, found in read if found}
    sources, outside = _within(volume, [source for source, _ in read], request)
    shapes, differing = _picture_shapes(volume, list(sources.values()), request)
    findings += outside + differing
    pictures: dict[int, Picture] = {}
    doubtful = {i for i, source in sources.items() if source.name in damaged}
    for (index, source), shape in zip(sources.items(), shapes, strict=True):
        pictures[index], cleaned = clean(_to_picture(source, shape, request.classes))
        findings += cleaned + compare_with_voc(source, shape)
        if any(finding.code in LOSSES for finding in cleaned):
            doubtful.add(index)
    boxes, not_mapped = _gather(volume, pictures, request)
    empty = sorted(index for index, source in sources.items() if source.is_empty)
    findings += not_mapped + _without_boxes(volume, pictures, empty, request)
    counts = ImportCounts(
        files=len(read),
        empty_files=sum(source.is_empty for source, _ in read),
        lines=sum(source.n_lines for source, _ in read),
        boxes=sum(len(b) for slices in boxes.values() for b in slices.values()),
    )
    return ImportedBoxes(
        boxes={volume: boxes} if boxes else {},
        findings=tuple(findings),
        counts=counts,
        empty_slices={volume: tuple(empty)} if empty else {},
        doubtful_slices={volume: tuple(sorted(doubtful))} if doubtful else {},
        picture_shapes={volume: shapes[0]} if shapes and shapes[0] != NO_PICTURE else {},
    )


def _within(
    volume: str, sources: Sequence[Source], request: Request
) -> tuple[dict[int, Source], list[Finding]]:
    """The sources by slice index, and a finding per one on a slice that the volume has not."""
    by_index: dict[int, Source] = {}
    findings = []
    for source in sources:
        index = request.index(volume, source.number)
        if index is None:
            findings.append(_outside(volume, source, request))
        else:
            by_index[index] = source
    return by_index, findings


def _picture_shapes(
    volume: str, sources: Sequence[Source], request: Request
) -> tuple[list[PictureShape], list[Finding]]:
    """The size of each picture, with `picture-size-guessed` or `picture-size-differs`."""
    findings: list[Finding] = []
    told = [source.voc.picture_shape if source.voc else None for source in sources]
    known = [request.picture_shape or shape or request.slice_shape(volume) for shape in told]
    others = next((shape for shape in known if shape), NO_PICTURE)
    if any(shape is None and source.labels for shape, source in zip(known, sources, strict=True)):
        guess = guess_picture_shape(line for source in sources for line in source.lines or ())
        if guess is None:
            raise BoxFileError(
                f"{volume}: the size of the pictures is not known, and its boxes are too few to "
                "guess it: give picture_shape (rows, columns)"
            )
        findings.append(_guessed(volume, guess))
        others = guess
    shapes = [shape or others for shape in known]
    expected = request.slice_shape(volume) or next(iter(shapes), NO_PICTURE)
    different = [s for s in (*shapes, *told) if s and not _is_alike(s, expected)]
    if different:
        findings.append(_differs(volume, different[0], expected))
    return shapes, findings


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
        Place(volume=volume),
    )


def _differs(volume: str, found: PictureShape, expected: PictureShape) -> Finding:
    return Finding(
        "picture-size-differs",
        Severity.WARNING,
        f"a picture has {found[0]} rows, {found[1]} columns where {expected[0]} rows, "
        f"{expected[1]} columns were expected",
        "Check the quarter turns of the orientation, and that these are this volume's pictures.",
        Place(volume=volume),
    )


def _outside(volume: str, source: Source, request: Request) -> Finding:
    n_slices = request.volumes[volume][0] if request.volumes else 0
    return Finding(
        "slice-outside",
        Severity.ERROR,
        f"slice number {source.number} is not one of the {n_slices} slices of {volume}",
        "It was left out. Check first_slice of the orientation.",
        Place(file=source.name),
    )


def _to_picture(source: Source, shape: PictureShape, classes: Mapping[int, str]) -> Picture:
    labels = (classes.get(n, n) if isinstance(n, int) else n for n in source.labels)
    return Picture(tuple(labels), source.places, source.boxes(shape), shape)


def _gather(
    volume: str, pictures: Mapping[int, Picture], request: Request
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
        Place(volume=volume, file=f"first {places[0]}"),
    )


def _without_boxes(
    volume: str, pictures: Mapping[int, Picture], empty: Sequence[int], request: Request
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
                f"{len(empty)} files are empty, slices {_in_words(empty)}",
                "Taken as unknown. If all slices were looked at, import with --outside-absent.",
                Place(volume=volume),
            )
        )
    if missing:
        findings.append(
            Finding(
                "slice-without-file",
                Severity.INFO,
                f"{len(missing)} slices have no file: {_in_words(missing)}",
                "",
                Place(volume=volume),
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
