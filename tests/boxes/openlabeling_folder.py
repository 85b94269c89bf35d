"""OpenLabeling's folders as tests write them, as its program would."""

from __future__ import annotations

from pathlib import Path

from manyhands.boxes.formats import ImportedBoxes
from manyhands.types import Finding, Severity

CLASSES = {0: "liver", 2: "spleen"}
LIVER = "0 0.5 0.25 0.5 0.25\n"  # of 80 rows, 100 columns: rows 10 to 30, columns 25 to 75
LIVER_BOX = [[10, 25, 30, 75]]
SHAPE = (80, 100)
VOLUMES = {"a": (3, *SHAPE)}


def write(folder: Path, **texts: str) -> Path:
    """A bare folder: `a_0` becomes a-slice000.txt."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        volume, number = name.split("_")
        (folder / f"{volume}-slice{int(number):03d}.txt").write_bytes(text.encode())
    return folder


def codes(imported: ImportedBoxes) -> list[str]:
    """Of all findings that are more than information."""
    return [f.code for f in imported.findings if f.severity is not Severity.INFO]


def only(imported: ImportedBoxes, code: str) -> Finding:
    """The finding of a code; there must be one, and no second."""
    (finding,) = [finding for finding in imported.findings if finding.code == code]
    return finding


def voc(*boxes: tuple[str, int, int, int, int], rows: int = 80, columns: int = 100) -> str:
    """The file OpenLabeling makes; boxes are name, xmin, ymin, xmax, ymax."""
    objects = "".join(
        f"<object><name>{name}</name><pose>Unspecified</pose><bndbox><xmin>{x0}</xmin>"
        f"<ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox></object>"
        for name, x0, y0, x1, y1 in boxes
    )
    return (
        "<annotation><folder>input</folder><path>/home/somebody/a.png</path>"
        f"<size><width>{columns}</width><height>{rows}</height><depth>3</depth></size>"
        f"{objects}</annotation>"
    )
