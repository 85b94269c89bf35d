"""The command that shows the whole chain to somebody who has never seen it: `demo`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from manyhands.cli.arguments import FOLDER
from manyhands.cli.next_step import say_next
from manyhands.cli.results import give_report, give_table
from manyhands.cli.serve import PORT, serve_demo
from manyhands.cli.terminal import bar, command_line, say, say_outcomes, stop_if_failed

if TYPE_CHECKING:
    from manyhands.pipeline import Outcome, Watch

CHAPTERS = {
    "add": "a made-up patient: a CT with five organs",
    "simulate": "four made-up people box them, slice by slice",
    "alone": "labels of each one's boxes alone, and a vote over these",
    "consensus": "what the four say together",
    "segment": "labels of that, all organs at once",
    "quality": "what is doubtful about them",
    "evaluate": "how good they are: the truth is known here",
    "report": "a report of it all",
}
"""What each step of `run_demo` is about, for somebody who does not know our words."""

INTRODUCTION = (
    "Boxes of several people become 3D labels. Two of the four here draw as people did in the "
    "published study, loosely and not to the end; one is careful, one is poor."
)
HOW_TO_READ = "Volume Dice: 1 is the whole organ and nothing else, 0 is none of it."


@click.command()
@click.argument("folder", type=FOLDER, default=Path("demo"))
@click.option(
    "--serve/--no-serve",
    "is_served",
    default=True,
    show_default=True,
    help="End by starting the server, with links to annotate and to lead.",
)
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535))
def demo(folder: Path, is_served: bool, port: int) -> None:
    """The whole chain on a made-up patient, into FOLDER (else `demo`)."""
    from manyhands.pipeline import open_demo, run_demo, scored_label_sets

    say(INTRODUCTION)
    with open_demo(folder) as study:
        outcomes = run_demo(study, command=command_line(), watching=chapter)
        _say_what_went_wrong(outcomes)
        say("")
        give_table(study, scored_label_sets(study))
        say(HOW_TO_READ)
        say("The report, to open in a browser:")
        give_report(study)
    stop_if_failed(outcomes)
    if is_served:
        serve_demo(folder, port)
    say_next("demo", folder)


@contextmanager
def chapter(step: str) -> Iterator[Watch]:
    """A bar while a step goes on, and then a line that stays: what it was about, and its time."""
    began_s = time.monotonic()
    was_waiting = False
    with bar(step) as shown:

        def watch(share: float, unit: str) -> None:
            nonlocal was_waiting
            was_waiting = True
            shown(share, unit)

        yield watch
    took = f"{time.monotonic() - began_s:.0f} s" if was_waiting else "up to date"
    say(f"  {CHAPTERS[step]:<56} {took:>10}")


def _say_what_went_wrong(outcomes: tuple[Outcome, ...]) -> None:
    """That all went well is in the lines of the chapters."""
    say_outcomes(o for o in outcomes if o.failed or o.left_out)
