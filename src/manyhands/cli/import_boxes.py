"""The command that brings in boxes drawn with another program: `import-boxes`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from manyhands.boxes import FORMATS, Boxes, Orientation, read_class_list
from manyhands.cli.arguments import (
    FILE,
    FOLDER,
    ClassName,
    PictureSize,
    json_option,
    study_argument,
)
from manyhands.cli.next_step import say_next
from manyhands.cli.terminal import FAILED, command_line, counted, give_json, give_words, say
from manyhands.store import open_study
from manyhands.types import Severity

if TYPE_CHECKING:
    from manyhands.pipeline import ImportReport

CLASS_LIST = "class_list.txt"


@click.command("import-boxes")
@study_argument
@click.argument("folder", type=FOLDER)
@click.option("--annotator", required=True, help="Who drew these boxes.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    default="openlabeling",
    show_default=True,
)
@click.option(
    "--classes",
    "class_file",
    type=FILE,
    help=f"A file with a class name on each line; else {CLASS_LIST} in the folder.",
)
@click.option(
    "--class",
    "classes",
    multiple=True,
    type=ClassName(),
    help="What a class id stands for, such as 0=spleen; can be repeated.",
)
@click.option(
    "--pattern",
    help="Regular expression of the files' names, with groups 'volume' and "
    "'slice'; without it VOLUME-sliceNUMBER.",
)
@click.option(
    "--rotate",
    type=click.Choice(["0", "90", "180", "270"]),
    default="0",
    help="Turn the pictures anticlockwise by so many degrees, before any flip.",
)
@click.option("--flip-rows", is_flag=True, help="Turn the pictures upside down.")
@click.option("--flip-columns", is_flag=True, help="Mirror the pictures, left to right.")
@click.option("--first-slice", default=0, show_default=True, help="Number of the lowest slice.")
@click.option("--reverse-slices", is_flag=True, help="Numbers run from the head downwards.")
@click.option("--picture-size", type=PictureSize(), help="Of the pictures that were annotated.")
@click.option(
    "--outside-absent",
    is_flag=True,
    help="Whoever drew went through all slices: before "
    "the first and after the last box of a structure it is absent, not just unknown.",
)
@click.option("--dry-run", is_flag=True, help="Read and report; change nothing.")
@json_option
def import_boxes(
    study: Path,
    folder: Path,
    annotator: str,
    format_name: str,
    class_file: Path | None,
    classes: tuple[tuple[int, str], ...],
    pattern: str | None,
    rotate: str,
    flip_rows: bool,
    flip_columns: bool,
    first_slice: int,
    reverse_slices: bool,
    picture_size: tuple[int, int] | None,
    outside_absent: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read a FOLDER of boxes that one annotator drew with another program."""
    from manyhands import pipeline

    options = {"picture_shape": picture_size, "name_pattern": pattern}
    with open_study(study) as opened:
        named = _read_classes(folder, class_file) | dict(classes)
        for _, name in classes:
            opened.config.structure(name)
        report = pipeline.import_boxes(
            opened,
            folder,
            annotator=annotator,
            classes=named,
            format_name=format_name,
            orientation=Orientation(
                quarter_turns=int(rotate) // 90,
                flip_rows=flip_rows,
                flip_columns=flip_columns,
                first_slice=first_slice,
                slice_reversed=reverse_slices,
            ),
            options={name: value for name, value in options.items() if value is not None},
            outside_is_absent=outside_absent,
            dry_run=dry_run,
            command=command_line(),
        )
    _tell_import(report, as_json=as_json, dry_run=dry_run)
    if not (as_json or dry_run):
        say_next("import-boxes", study)


def _read_classes(folder: Path, class_file: Path | None) -> dict[int, str]:
    if class_file is None and (folder / CLASS_LIST).is_file():
        class_file = folder / CLASS_LIST
    return {} if class_file is None else dict(read_class_list(class_file))


def _tell_import(report: ImportReport, *, as_json: bool, dry_run: bool) -> None:
    """Findings are the result; an error among them makes the command fail, what was good is in."""
    imported = report.imported
    if as_json:
        give_json(
            {
                "annotator": report.annotator,
                "answers": report.read,
                "added": report.added,
                "taken_back": report.taken_back,
                "counts": imported.counts,
                "findings": imported.findings,
            }
        )
    else:
        for finding in imported.findings:
            give_words(
                f"{finding.severity} {finding.code} {finding.place}: {finding.message}. "
                f"{finding.suggestion}".rstrip()
            )
    counts = imported.counts
    files, boxes = counted(counts.files, "file", "files"), counted(counts.boxes, "box", "boxes")
    say(f"{files}, {counts.empty_files} of them empty, {boxes} taken")
    new = "nothing stored: dry run" if dry_run else f"{report.added} of them new"
    say(f"{counted(report.read, 'answer', 'answers')} by {report.annotator}, {new}")
    if per_structure := _boxes_per_structure(imported.boxes):
        say(", ".join(f"{name} {count}" for name, count in per_structure.items()))
    elif counts.lines:
        say("no box was taken: say which class is which structure, as --class 0=liver")
        sys.exit(FAILED)
    if report.taken_back:
        gone = counted(report.taken_back, "box", "boxes")
        say(f"no longer in the files, so now unsure: {gone} of an earlier import")
    if any(finding.severity is Severity.ERROR for finding in imported.findings):
        sys.exit(FAILED)


def _boxes_per_structure(boxes: Boxes) -> Counter[str]:
    counts: Counter[str] = Counter()
    for of_volume in boxes.values():
        for structure, by_slice in of_volume.items():
            counts[structure] += sum(map(len, by_slice.values()))
    return counts
