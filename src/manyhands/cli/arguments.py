"""Arguments that click does not know by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


def study_argument(function: Function) -> Function:
    """The study every command but `demo` begins with."""
    return click.argument("study", metavar="STUDY", type=FOLDER)(function)


annotator_option = click.option(
    "--annotator", metavar="NAME", help="Only the boxes of this person, to compare with."
)


def json_option(function: Function) -> Function:
    return click.option(
        "--json", "as_json", is_flag=True, help="Give the result as JSON, for a program."
    )(function)


def executor_option(function: Function) -> Function:
    """Where heavy work is done; read with `manyhands.executor.make_executor`."""
    return click.option(
        "--executor",
        "executor_text",
        metavar="NAME[:NUMBER]",
        help="Several volumes or models at once: `local:2` in two processes here, `ray` in actors "
        "of a Ray cluster. Else one after the other.",
    )(function)


class ManyValues(click.Command):
    """A command whose repeatable options take all that follows them, so that a shell's `*` works:
    `--reference labels/*.nii.gz` is read as `--reference` before each of the files.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        repeatable = {
            name
            for parameter in self.params
            if isinstance(parameter, click.Option) and parameter.multiple
            for name in parameter.opts
        }
        return super().parse_args(ctx, _repeated(args, repeatable))


def _repeated(args: Sequence[str], repeatable: set[str]) -> list[str]:
    spread: list[str] = []
    current: str | None = None
    for argument in args:
        if argument.startswith("-"):
            current = argument if argument in repeatable else None
            if current is None:
                spread.append(argument)
        elif current is None:
            spread.append(argument)
        else:
            spread += [current, argument]
    return spread


class PictureSize(click.ParamType[tuple[int, int]]):
    """Rows and columns, as `512x512`."""

    name = "ROWSxCOLUMNS"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"(\d+)x(\d+)", str(value))
        if match is None or "0" in match.groups():
            self.fail(f"'{value}': expected rows and columns, such as 512x512", param, ctx)
        return (int(match[1]), int(match[2]))


class ClassName(click.ParamType[tuple[int, str]]):
    """A class id and the structure it stands for, as `0=spleen`."""

    name = "ID=STRUCTURE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, str]:
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"(\d+)=(.+)", str(value))
        if match is None:
            self.fail(f"'{value}': expected an id and a structure, such as 0=spleen", param, ctx)
        return (int(match[1]), match[2])
