"""The command line: one command per step, in the order of the work.

A command is loaded when it is called, since all that they need together takes seconds to load.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

import click

from manyhands import __version__
from manyhands.cli.terminal import Commands


class Place(NamedTuple):
    """Where a command is written, and what it does in the few words of the list."""

    module: str
    summary: str


COMMANDS: Mapping[str, Place] = {
    "demo": Place("demo", "The whole chain on a made-up patient, then the server."),
    "init": Place("gather", "Make a study: a folder with its settings and database."),
    "add": Place("gather", "Put volumes into a study, with references if there are."),
    "invite": Place("serve", "Make a link to send to people: they begin at once."),
    "serve": Place("serve", "Serve the page to annotate on, and the lead's."),
    "import-boxes": Place("import_boxes", "Read boxes that were drawn with another program."),
    "simulate": Place("gather", "Let simulated annotators answer."),
    "plan": Place("plan", "Tell beforehand what a study will cost and give."),
    "status": Place("status", "Say who has finished what, and where more are asked."),
    "consensus": Place("results", "Find what the annotators together say."),
    "segment": Place("segment", "Turn boxes into one label volume for each volume."),
    "quality": Place("quality", "Say what is doubtful, and how good the labels may be."),
    "evaluate": Place("results", "Compare the label volumes with their references."),
    "train": Place("train", "Train nnU-Net on the crowd's labels and references."),
    "predict": Place("train", "Label the test volumes with what was trained."),
    "compare": Place("compare", "Compare trained models, patient by patient."),
    "report": Place("results", "Write one HTML page of all that was found."),
    "export": Place("results", "Write results for other programs."),
    "run": Place("results", "All from consensus to report that is not up to date."),
    "models": Place("models", "List the models, and fetch their weights."),
    "worker": Place("worker", "Do the jobs that leads start on their page."),
}


class CommandsWhenCalled(Commands):
    """The commands of `COMMANDS`; to list them, none is loaded."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"manyhands.cli.{COMMANDS[cmd_name].module}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.summary) for name, place in COMMANDS.items()])


@click.group(cls=CommandsWhenCalled)
@click.version_option(__version__, prog_name="manyhands")
def main() -> None:
    """From many people's boxes on CT and MR slices to one 3D label volume.

    The commands are in the order of the work; `run` does those from consensus to report. Each can
    be stopped (Ctrl-C) and called again. Not for clinical use.
    """
