"""The command that turns boxes into label volumes: `segment`."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import click

from manyhands.cli.arguments import FILE, annotator_option, executor_option, study_argument
from manyhands.cli.look import look_options
from manyhands.cli.next_step import say_next
from manyhands.cli.terminal import NAMES_SAID, bar, command_line, listed, say, tell
from manyhands.evidence import NetworkOptions
from manyhands.evidence.sam.cache import GB
from manyhands.executor import make_executor
from manyhands.pipeline import (
    CACHE_FOLDER,
    EVERYBODY,
    PRESETS,
    alone,
    check_ready,
    find_ignored,
    find_unanswered,
    segment_each_alone,
    segment_volumes,
    vote_over_masks,
)
from manyhands.store import Study, open_study
from manyhands.types import IGNORE_LABEL


@click.command()
@study_argument
@annotator_option
@click.option("--model", help="Instead of the one in manyhands.toml.")
@click.option(
    "--vote",
    is_flag=True,
    help="Label the volumes of each annotator's boxes alone and let these vote, to compare with.",
)
@click.option(
    "--preset",
    type=click.Choice(list(PRESETS)),
    help="Masks exactly as a published study made them, to compare with.",
)
@click.option("--weights", type=FILE, help="Your own weights for the model, of its family.")
@click.option(
    "--device", metavar="NAME", help="cuda, cuda:1, mps or cpu; else the fastest there is."
)
@click.option("--no-cache", is_flag=True, help="Keep nothing of what a network's encoder says.")
@click.option(
    "--cache-gb",
    type=click.FloatRange(min=0, min_open=True),
    help="How much of it is kept in the study, instead of what manyhands.toml says.",
)
@click.option(
    "--second-look",
    is_flag=True,
    help="Show the network coronal and sagittal planes as well; slow.",
)
@click.option(
    "--compile",
    "compiles",
    is_flag=True,
    help="Let torch compile the encoder: a minute at first, faster after some hundred slices.",
)
@executor_option
@look_options
def segment(
    study: Path,
    annotator: str | None,
    model: str | None,
    vote: bool,
    preset: str | None,
    weights: Path | None,
    device: str | None,
    no_cache: bool,
    cache_gb: float | None,
    compiles: bool,
    second_look: bool,
    executor_text: str | None,
    weights_folder: Path | None,
) -> None:
    """Turn boxes into one label volume for each volume."""
    if vote and annotator:
        raise click.UsageError("--vote is of all annotators; leave --annotator out")
    options = NetworkOptions(
        weights=weights,
        device=device,
        cache=None if no_cache else (study / CACHE_FOLDER).absolute(),
        cache_bytes=None if cache_gb is None else int(cache_gb * GB),
        looks_twice=second_look,
        compiles=compiles,
        folder=weights_folder,
    )
    executor = make_executor(executor_text) if executor_text else None
    with open_study(study) as opened, bar("segment") as watch:
        check_ready(opened)
        how: dict[str, Any] = {
            "model": model,
            "preset": preset,
            "options": options,
            "executor": executor,
            "command": command_line(),
        }
        if vote:
            outcomes = [
                *segment_each_alone(opened, **how, watch=watch),
                vote_over_masks(opened, command=command_line()),
            ]
        else:
            labels = alone(annotator) if annotator else EVERYBODY
            outcomes = [segment_volumes(opened, labels, **how, watch=watch)]
        say_unseen(opened)
    tell(outcomes)
    say_next("segment", study)


def say_unseen(study: Study) -> None:
    """What the label volumes do not know: in them it looks like any other value."""
    alike: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for structure, volumes in find_unanswered(study).items():
        alike[volumes].append(structure)
    for volumes, structures in alike.items():
        say(
            f"nobody answered on {', '.join(structures)} in {listed(volumes)}: "
            "the labels say nothing about that"
        )
    ignored = sorted(find_ignored(study).items(), key=lambda item: -item[1])
    for volume, share in ignored[:NAMES_SAID]:
        percent = f"{share:.0%}" if share >= 0.005 else "less than 1%"
        say(f"nobody looked at {percent} of {volume}: {IGNORE_LABEL} in its label volume")
    if len(ignored) > NAMES_SAID:
        say(f"and {len(ignored) - NAMES_SAID} more volumes have such voxels: see the report")
    elif ignored:
        say("of which structures, on which slices: Coverage in the report")
