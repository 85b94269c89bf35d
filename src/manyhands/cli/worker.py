"""The command that does the jobs asked for on the lead's page: `worker`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

import click

from manyhands.cli.arguments import study_argument
from manyhands.cli.terminal import say


@click.command()
@study_argument
@click.option("--until-idle", is_flag=True, help="End as soon as no job waits.")
def worker(study: Path, until_idle: bool) -> None:
    """Do the jobs that leads start on their page; several workers share them.

    `manyhands serve` has one of its own, unless told otherwise. Ctrl-C ends it; the job it is at
    goes on with the next worker.
    """
    from manyhands.server.jobs import Worker

    signal.signal(signal.SIGTERM, _end)
    os.nice(10)  # whoever draws boxes on this machine comes first
    found = Worker(study)
    if not until_idle:
        say(f"worker {found.name} waits for jobs; Ctrl-C ends it")
    found.work(threading.Event(), until_idle=until_idle)


def _end(_signal: int, _frame: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)
