"""How the program speaks: results to stdout, words and progress to stderr, errors in one line.

On a terminal words are wrapped; elsewhere a message stays one line, for whoever searches a log.
"""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import shutil
import sys
import textwrap
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click
from tqdm import tqdm

from manyhands.errors import ManyhandsError

if TYPE_CHECKING:
    from manyhands.pipeline import Outcome, Watch

FAILED = 1
"""The exit code where something failed; wrong use of a command is click's own 2."""

STOPPED = 130
"""The exit code after Ctrl-C, as shells have it: 128 and the number of the signal."""

WIDTH = 80
"""Words on a terminal are not wider, and narrower where the terminal is."""

LOG_EVERY_S = 60.0
"""So often a log is told how far a step is."""

NAMES_SAID = 5
"""Of volumes and the like; more of them are counted."""

_PARENTS = re.compile(r"[^=]*/(?=[^/])")  # also those of --option=PATH


class Commands(click.Group):
    """Commands of which what goes wrong outside of the program is a message, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ManyhandsError as error:
            _fail(error, str(error))
        except KeyboardInterrupt as stop:
            words = "stopped. What is finished is kept; the same command goes on from there"
            _fail(stop, words, code=STOPPED)
        except BrokenPipeError:
            raise  # whoever reads our results has gone; click knows what to do
        except OSError as error:
            reason = error.strerror or str(error)
            _fail(error, f"{error.filename}: {reason}" if error.filename else reason)


def _fail(error: BaseException, words: str, *, code: int = FAILED) -> NoReturn:
    for note in getattr(error, "__notes__", ()):
        say(note)
    say(f"manyhands: {words}")
    sys.exit(code)


def say(words: str) -> None:
    """Tell the person at the keyboard."""
    click.echo(wrapped(words) if sys.stderr.isatty() else words, err=True)


def give(text: str) -> None:
    """Give the result."""
    click.echo(text)


def give_words(words: str) -> None:
    """Give a result that is a sentence."""
    click.echo(wrapped(words) if sys.stdout.isatty() else words)


def wrapped(words: str) -> str:
    """The same words in lines as the terminal takes them; a path is never broken."""
    width = min(WIDTH, shutil.get_terminal_size().columns)
    lines = []
    for line in words.splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        lines += textwrap.wrap(
            line.lstrip(),
            width,
            initial_indent=indent,
            subsequent_indent=f"{indent}  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines)


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
    """A progress bar with an estimate; where stderr is no terminal, a line now and then.

    It is there as soon as the step begins with something, since the first fit may take a minute; a
    step that finds nothing to do shows none.
    """
    if not sys.stderr.isatty():
        yield _say_now_and_then(step)
        return
    with ExitStack() as open_bars:
        shown: tqdm | None = None

        def watch(share: float, unit: str) -> None:
            nonlocal shown
            words = f"{step} {unit}"
            if shown is None:
                shown = open_bars.enter_context(_new_bar(words))
            shown.set_description_str(words, refresh=False)
            shown.update(share - shown.n)

        yield watch


def _new_bar(words: str) -> tqdm:
    return tqdm(
        total=1.0,
        desc=words,
        bar_format="{desc} {percentage:3.0f}% |{bar:30}| {elapsed} passed, {remaining} to go",
        leave=False,
    )


def _say_now_and_then(step: str) -> Watch:
    """For a log: quick steps leave nothing in it, long ones a line every minute."""
    began_s = said_s = time.monotonic()

    def watch(share: float, unit: str) -> None:
        nonlocal said_s
        now_s = time.monotonic()
        if now_s - said_s >= LOG_EVERY_S:
            said_s = now_s
            say(f"{step} {unit}: {share:.0%} after {(now_s - began_s) / 60:.0f} min")

    return watch


def tell(outcomes: Iterable[Outcome]) -> None:
    """Say what steps did, and why where they did not. Ends the program if something failed."""
    outcomes = tuple(outcomes)
    say_outcomes(outcomes)
    stop_if_failed(outcomes)


def say_outcomes(outcomes: Iterable[Outcome]) -> None:
    """Say what steps did, and why where they did not. What they gave comes after that."""
    for outcome in outcomes:
        _say_outcome(outcome)


def _say_outcome(outcome: Outcome) -> None:
    parts = {
        "done": outcome.done,
        "up to date": outcome.skipped,
        "failed": outcome.failed,
        "left out": outcome.left_out,
    }
    counts = ", ".join(f"{len(units)} {what}" for what, units in parts.items() if units)
    say(f"{outcome.step}: {counts or 'nothing to do'}")
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for unit, reason in outcome.left_out.items():
        alike[reason].append(unit)
    for reason, units in alike.items():
        say(f"  left out {listed(units)}: {reason}")
    for unit, reason in outcome.failed.items():
        say(f"  failed {unit}: {reason}")
    for remark in outcome.remarks:
        say(f"  {remark}")


def stop_if_failed(outcomes: Iterable[Outcome]) -> None:
    """End the program, last of all, if something failed."""
    if any(outcome.failed for outcome in outcomes):
        sys.exit(FAILED)


def counted(number: int, one: str, many: str) -> str:
    """A number with its word: "1 box", "2 boxes"."""
    return f"{number} {one if number == 1 else many}"


def listed(names: Sequence[str]) -> str:
    """The first few names, and how many more: "one, two, three and 4 more"."""
    more = len(names) - NAMES_SAID
    return ", ".join(names[:NAMES_SAID]) + (f" and {more} more" if more > 0 else "")
