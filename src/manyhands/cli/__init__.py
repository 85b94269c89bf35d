"""The command line: one command per step, in the order of the work."""

from __future__ import annotations

import click

from manyhands import __version__
from manyhands.cli.compare import compare
from manyhands.cli.gather import add, init, simulate
from manyhands.cli.import_boxes import import_boxes_command
from manyhands.cli.models import models
from manyhands.cli.plan import plan
from manyhands.cli.quality import quality
from manyhands.cli.results import consensus, demo, evaluate, export, report, run
from manyhands.cli.segment import segment
from manyhands.cli.serve import invite, serve
from manyhands.cli.terminal import Commands
from manyhands.cli.train import predict, train
from manyhands.cli.worker import worker


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="manyhands")
def main() -> None:
    """From many people's boxes on CT and MR slices to one 3D label volume.

    The commands are in the order of the work; `run` does those from consensus to report. Each can
    be stopped (Ctrl-C) and called again. Not for clinical use.
    """


for command in (
    demo,
    init,
    add,
    invite,
    serve,
    import_boxes_command,
    simulate,
    plan,
    consensus,
    segment,
    quality,
    evaluate,
    train,
    predict,
    compare,
    report,
    export,
    run,
    models,
    worker,
):
    main.add_command(command)
