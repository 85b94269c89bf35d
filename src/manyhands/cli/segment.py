"""The command that turns boxes into label volumes: `segment`."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import click

from manyhands.cli.arguments import executor_option, study_argument
from manyhands.cli.next_step import say_next
from manyhands.cli.terminal import NAMES_SAID, bar, command_line, listed, say, tell
from manyhands.executor import make_executor
from manyhands.pipeline import (
    EVERYBODY,
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

annotator_option = click.option(
    "--annotator", metavar="NAME", help="Only the boxes of this person, to compare with."
)


@click.command()
@study_argument
@annotator_option
@click.option("--model", help="Instead of the one in manyhands.toml.")
@click.option(
    "--vote",
    is_flag=True,
    help="Label the volumes of each annotator's boxes alone and let these vote, to compare with.",
)
@executor_option
def segment(
    study: Path, annotator: str | None, model: str | None, vote: bool, executor_text: str | None
) -> None:
    """Turn boxes into one label volume for each volume."""
    if vote and annotator:
        raise click.UsageError("--vote is of all annotators; leave --annotator out")
    executor = make_executor(executor_text) if executor_text else None
    command = command_line()
    with open_study(study) as opened, bar("segment") as watch:
        check_ready(opened)
        if vote:
            outcomes = [
                *segment_each_alone(
                    opened, model=model, executor=executor, command=command, watch=watch
                ),
                vote_over_masks(opened, command=command),
            ]
        else:
            labels = alone(annotator) if annotator else EVERYBODY
            outcomes = [
                segment_volumes(
                    opened, labels, model=model, executor=executor, command=command, watch=watch
                )
            ]
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
