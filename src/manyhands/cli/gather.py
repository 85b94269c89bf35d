"""Commands that bring things into a study: `init add import-boxes simulate`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from manyhands.boxes import FORMATS, Boxes, Orientation, read_class_list
from manyhands.cli.arguments import (
    FILE,
    FOLDER,
    ClassName,
    ManyValues,
    PictureSize,
    json_option,
    study_argument,
)
from manyhands.cli.next_step import say_next
from manyhands.cli.terminal import (
    FAILED,
    bar,
    command_line,
    give,
    give_json,
    give_words,
    say,
    tell,
)
from manyhands.config import Config, make_structures
from manyhands.pipeline import (
    ImportReport,
    Source,
    add_volumes,
    check_ready,
    import_boxes,
    make_annotators,
    simulate_answers,
    write_simulated,
)
from manyhands.simulate import PROFILES
from manyhands.store import create_study, open_study
from manyhands.types import Modality, Severity, Split

CLASS_LIST = "class_list.txt"


@click.command()
@study_argument
@click.option("--structures", required=True, help="Names with commas between: liver,spleen")
@click.option(
    "--stride",
    default=1,
    show_default=True,
    type=click.IntRange(1, 999),
    help="Every how many slices to answer.",
)
def init(study: Path, structures: str, stride: int) -> None:
    """Make a study: a folder with its settings and its database."""
    names = tuple(name.strip() for name in structures.split(","))
    with create_study(study, Config(make_structures(names), stride=stride)) as made:
        listed = ", ".join(f"{s.structure_id} {s.name}" for s in made.config.structures)
    say(f"made {study} with structures {listed}; settings are in {study / 'manyhands.toml'}")
    say_next("init", study)


@click.command(cls=ManyValues)
@study_argument
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=FILE)
@click.option(
    "--reference",
    "references",
    metavar="LABEL...",
    multiple=True,
    type=FILE,
    help="Expert label volumes, one for each image, in the same order.",
)
@click.option(
    "--name",
    "names",
    metavar="NAME...",
    multiple=True,
    help="Names for the volumes, one for each image; else those of the files, if these name no "
    "patient: they are in every result.",
)
@click.option(
    "--split",
    type=click.Choice([split.value for split in Split]),
    default=Split.TRAIN.value,
    show_default=True,
)
@click.option(
    "--modality",
    type=click.Choice([modality.value for modality in Modality]),
    help="If it is guessed wrongly.",
)
@click.option("--link", is_flag=True, help="Link to the files instead of copying them.")
@json_option
def add(
    study: Path,
    images: tuple[Path, ...],
    references: tuple[Path, ...],
    names: tuple[str, ...],
    split: str,
    modality: str | None,
    link: bool,
    as_json: bool,
) -> None:
    """Put volumes (NIfTI) into a study, and their references if there are any."""
    for what, given in (("--reference", references), ("--name", names)):
        if given and len(given) != len(images):
            raise click.UsageError(f"{what}: {len(given)} for {len(images)} images")
    sources = [
        Source(
            image,
            references[number] if references else None,
            names[number] if names else None,
        )
        for number, image in enumerate(images)
    ]
    for source in sources if names or references else ():
        pair = f" and {source.reference.name}" if source.reference else ""
        say(f"{source.volume_name}: {source.image.name}{pair}")  # a slip in the order is seen
    with open_study(study) as opened, bar("add") as watch:
        outcome = add_volumes(
            opened,
            sources,
            split=Split(split),
            modality=Modality(modality) if modality else None,
            link=link,
            watch=watch,
        )
    if as_json:
        give_json(outcome)
    tell([outcome])
    if outcome.done and not names:
        # No rule tells a patient's name from a code, so people are asked to look.
        say(
            "volumes are called as their files, and every result says it: if one is the name or "
            "number of a patient, make the study anew and give names with --name"
        )
    if not as_json:
        say_next("add", study)


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
def import_boxes_command(
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
    options = {"picture_shape": picture_size, "name_pattern": pattern}
    with open_study(study) as opened:
        named = _read_classes(folder, class_file) | dict(classes)
        for _, name in classes:
            opened.config.structure(name)
        report = import_boxes(
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
    say(f"{counts.files} files, {counts.empty_files} of them empty, {counts.boxes} boxes taken")
    new = "nothing stored: dry run" if dry_run else f"{report.added} of them new"
    say(f"{report.read} answers by {report.annotator}, {new}")
    if per_structure := _boxes_per_structure(imported.boxes):
        say(", ".join(f"{name} {count}" for name, count in per_structure.items()))
    elif counts.lines:
        say("no box was taken: say which class is which structure, as --class 0=liver")
        sys.exit(FAILED)
    if report.taken_back:
        say(f"{report.taken_back} boxes of an earlier import are gone from the files: now unsure")
    if any(finding.severity is Severity.ERROR for finding in imported.findings):
        sys.exit(FAILED)


def _boxes_per_structure(boxes: Boxes) -> Counter[str]:
    counts: Counter[str] = Counter()
    for of_volume in boxes.values():
        for structure, by_slice in of_volume.items():
            counts[structure] += sum(map(len, by_slice.values()))
    return counts


@click.command()
@study_argument
@click.option("--profile", type=click.Choice(list(PROFILES)), default="paper", show_default=True)
@click.option("--annotators", default=1, show_default=True, type=click.IntRange(1))
@click.option("--seed", type=int, help="Instead of the one in manyhands.toml.")
@click.option("--complete", is_flag=True, help="They look at every slice.")
@click.option(
    "--as-openlabeling",
    "folder",
    type=FOLDER,
    help="Write files as OpenLabeling does, into a folder each; store nothing.",
)
def simulate(
    study: Path,
    profile: str,
    annotators: int,
    seed: int | None,
    complete: bool,
    folder: Path | None,
) -> None:
    """Let simulated annotators answer on all volumes that have a reference."""
    with open_study(study) as opened, bar("simulate") as watch:
        check_ready(opened, needs_answers=False)
        seed = opened.config.seed if seed is None else seed
        crowd = make_annotators(profile, annotators, seed=seed, complete=complete)
        if folder is None:
            outcomes = [simulate_answers(opened, crowd, command=command_line(), watch=watch)]
        else:
            outcomes = []
            for written in write_simulated(opened, crowd, folder, watch=watch):
                give(str(written))
    tell(outcomes)
    if folder is None:
        say_next("simulate", study)
