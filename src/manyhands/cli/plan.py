"""The command that tells beforehand what a study will cost and give: `plan`."""

from __future__ import annotations

from pathlib import Path

import click

from manyhands.cli.arguments import json_option, study_argument
from manyhands.cli.next_step import say_next
from manyhands.cli.terminal import bar, command_line, give, give_json, say
from manyhands.config import Asking
from manyhands.pipeline import (
    FIGURE_PATH,
    STRIDES,
    Plan,
    plan_picture,
    plan_study,
    plan_table,
    why_none,
)
from manyhands.store import open_study


class Strides(click.ParamType[tuple[int, ...]]):
    """Whole numbers with commas between: 1,2,4."""

    name = "N,N,..."

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(word) for word in str(value).split(","))
        except ValueError:
            self.fail(f"'{value}': expected whole numbers, such as 1,2,4", param, ctx)


@click.command()
@study_argument
@click.option("--on", metavar="VOLUME", help="Rehearse on this volume; it needs a reference.")
@click.option(
    "--people", default=5, show_default=True, type=click.IntRange(1, 20), help="At most so many."
)
@click.option(
    "--strides",
    default=",".join(map(str, STRIDES)),
    show_default=True,
    type=Strides(),
    help="One slice asked for in so many.",
)
@click.option(
    "--rehearsals",
    default=2,
    show_default=True,
    type=click.IntRange(1, 100),
    help="How often, each with other people; more are surer and slower.",
)
@json_option
def plan(
    study: Path,
    on: str | None,
    people: int,
    strides: tuple[int, ...],
    rehearsals: int,
    as_json: bool,
) -> None:
    """Tell beforehand what quality to expect of how many people in how many minutes.

    Simulated people answer on phantoms, or on a volume of the study whose reference is known. They
    err as the study's own annotators do where these answered on volumes with a reference, else as
    those of the published study did. The line marked `>` is the one to take.
    """
    with open_study(study) as opened, bar("plan") as watch:
        made = plan_study(
            opened,
            on=on,
            most_people=people,
            strides=strides,
            rehearsals=rehearsals,
            command=command_line(),
            watch=watch,
        )
        figure = opened.path(FIGURE_PATH)
    _say_what_of(made, opened.config.asking)
    if as_json:
        give_json(made)
    else:
        give(plan_table(made))
        give("")
        give(plan_picture(made))
        give(str(figure))
        say_next("plan", study)


def _say_what_of(made: Plan, asking: Asking) -> None:
    crowd = made.crowd
    own = ", ".join(crowd.profiles)
    say(f"rehearsed on {made.rehearsed_on}")
    say(f"people like {own}, as measured" if own else "people as in the published study")
    source = "as measured" if crowd.is_timed else "as in the published study"
    say(f"{crowd.seconds_per_slice:.2f} s for each slice and structure, {source}")
    if made.model != made.study_model:
        say(
            f"masks by '{made.model}': the network of '{made.study_model}', the study's model, is "
            "not loaded, and its Dice will differ"
        )
    if made.chosen is None:
        say(why_none(made.ways, asking))
