"""Commands that bring things into a study: `init add simulate`."""

from __future__ import annotations

from pathlib import Path

import click

from manyhands.cli.arguments import FILE, FOLDER, ManyValues, json_option, study_argument
from manyhands.cli.next_step import say_next
from manyhands.cli.terminal import bar, command_line, counted, give, give_json, say, tell
from manyhands.config import Config, make_structures
from manyhands.simulate import PROFILES
from manyhands.store import create_study, open_study
from manyhands.types import Modality, Split

# No rule tells a patient's name from a code, so people are asked to look.
CALLED_AS_FILES = (
    "volumes are called as their files, and every result says it: if one is the name or number of "
    "a patient, make the study anew and give names with --name"
)


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
    from manyhands.pipeline import Source, add_volumes

    for what, given in (("--reference", references), ("--name", names)):
        if given and len(given) != len(images):
            raise click.UsageError(
                f"{what}: {len(given)} for {counted(len(images), 'image', 'images')}"
            )
    sources = [
        Source(
            image,
            references[number] if references else None,
            names[number] if names else None,
        )
        for number, image in enumerate(images)
    ]
    for source in sources if names or references else ():
        pair = f", reference {source.reference.name}" if source.reference else ""
        say(f"{source.volume_name}: image {source.image.name}{pair}")  # a slip in the order is seen
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
        say(CALLED_AS_FILES)
    if not as_json:
        say_next("add", study)


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
    from manyhands.pipeline import (
        check_ready,
        make_annotators,
        simulate_answers,
        write_simulated,
    )

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
