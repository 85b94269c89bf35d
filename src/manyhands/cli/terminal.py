"""How the program speaks: results to stdout, words and progress to stderr, errors in one line."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click
from tqdm import tqdm

from manyhands.errors import ManyhandsError
from manyhands.pipeline import Outcome, Watch

FAILED = 1
"""The exit code where something failed; wrong use of a command is click's own 2."""

_PARENTS = re.compile(r"[^=]*/(?=[^/])")  # also those of --option=PATH


class Commands(click.Group):
    """Commands in the order they are added, which is the order of the work."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. What goes wrong outside of the program is a message, not a traceback."""
        try:
            return super().invoke(ctx)
        except ManyhandsError as error:
            _fail(error, str(error))
        except KeyboardInterrupt as stop:
            _fail(stop, "stopped. What is finished is kept; the same command goes on from there")
        except BrokenPipeError:
            raise  # whoever reads our results has gone; click knows what to do
        except OSError as error:
            reason = error.strerror or str(error)
            _fail(error, f"{error.filename}: {reason}" if error.filename else reason)


def _fail(error: BaseException, words: str) -> NoReturn:
    for note in getattr(error, "__notes__", ()):
        say(note)
    say(f"manyhands: {words}")
    sys.exit(FAILED)


def say(words: str) -> None:
    """Tell the person at the keyboard."""
    click.echo(words, err=True)


def give(text: str) -> None:
    """Give the result."""
    click.echo(text)


def give_json(content: object) -> None:
    """Give the result to a program; dataclasses as their fields."""
    click.echo(json.dumps(content, indent=2, ensure_ascii=False, default=dataclasses.asdict))


def command_line() -> str:
    """What was typed, for the provenance of results; of each path the last name alone.

    People keep studies in folders that are called after patients, and results are passed on.
    """
    return shlex.join(["manyhands", *(_PARENTS.sub("", word) for word in sys.argv[1:])])


@contextmanager
def bar(step: str) -> Iterator[Watch]:
    """A progress bar with an estimate; where stderr is no terminal, a line every ten seconds."""
    is_terminal = sys.stderr.isatty()
    with tqdm(
        total=1.0,
        desc=step,
        bar_format="{desc} {percentage:3.0f}% |{bar:30}| {elapsed} passed, {remaining} to go",
        delay=0.3 if is_terminal else 10.0,  # what is done at once needs no bar
        mininterval=0.1 if is_terminal else 10.0,
        leave=False,
    ) as shown:

        def watch(share: float, unit: str) -> None:
            shown.set_description_str(f"{step} {unit}", refresh=False)
            shown.update(share - shown.n)

        yield watch


def tell(outcomes: Iterable[Outcome]) -> None:
    """Say what steps did, and why where they did not. Ends the program if something failed."""
    outcomes = tuple(outcomes)
    for outcome in outcomes:
        parts = {
            "done": outcome.done,
            "up to date": outcome.skipped,
            "failed": outcome.failed,
            "left out": outcome.left_out,
        }
        counts = ", ".join(f"{len(units)} {what}" for what, units in parts.items() if units)
        say(f"{outcome.step}: {counts or 'nothing to do'}")
        for unit, reason in outcome.left_out.items():
            say(f"  left out {unit}: {reason}")
        for unit, reason in outcome.failed.items():
            say(f"  failed {unit}: {reason}")
    if any(outcome.failed for outcome in outcomes):
        sys.exit(FAILED)
