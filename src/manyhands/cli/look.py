"""What `segment --slice` takes: one slice, what to ask of it, and where the picture goes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from manyhands.cli.arguments import FILE, FOLDER, json_option
from manyhands.cli.terminal import command_line, give, give_json, say
from manyhands.evidence.sam import Prompt
from manyhands.evidence.sam.everything import Grid
from manyhands.pipeline.look import Ask, Seen, look_at_slice
from manyhands.store import open_study

Edges = tuple[float, float, float, float]
Place = tuple[float, float]


class Numbers(click.ParamType[tuple[float, ...]]):
    """So many numbers with commas between them, as `10,20,50,60`."""

    def __init__(self, *names: str) -> None:
        self.name = ",".join(names)
        self._count = len(names)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            numbers = ()
        if len(numbers) != self._count:
            self.fail(f"'{value}': expected {self._count} numbers, {self.name}", param, ctx)
        return numbers


_PLACE = Numbers("ROW", "COLUMN")
_OPTIONS = (
    click.option(
        "--slice",
        "slice_index",
        type=int,
        help="Only draw what the model makes of this slice; nothing is kept.",
    ),
    click.option("--picture", type=FILE, help="Where to draw it, a PNG."),
    click.option("--volume", metavar="NAME", help="The volume of --slice, if there are several."),
    click.option(
        "--box",
        "boxes",
        type=Numbers("ROW0", "COLUMN0", "ROW1", "COLUMN1"),
        multiple=True,
        help="Ask with this box of --slice instead of the consensus; may be repeated.",
    ),
    click.option(
        "--inside",
        type=_PLACE,
        multiple=True,
        help="Ask with a point that lies on the object, beside the box if there is one.",
    ),
    click.option("--outside", type=_PLACE, multiple=True, help="A point that does not."),
    click.option("--everything", is_flag=True, help="Ask for everything that is on --slice."),
    click.option(
        "--points-per-side",
        type=click.IntRange(1, 256),
        default=32,
        show_default=True,
        help="How finely --everything asks.",
    ),
    click.option(
        "--weights-folder",
        type=FOLDER,
        help="Where the weights lie, if not in the usual folder.",
    ),
    json_option,
)


def look_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let `segment` look at one slice: with `--slice` it does that, and nothing else.

    The command must take `study`, `model`, `weights`, `weights_folder` and `device`.
    """

    @functools.wraps(command)
    def with_look(
        slice_index: int | None,
        picture: Path | None,
        volume: str | None,
        boxes: tuple[Edges, ...],
        inside: tuple[Place, ...],
        outside: tuple[Place, ...],
        everything: bool,
        points_per_side: int,
        weights_folder: Path | None,
        as_json: bool,
        **rest: Any,
    ) -> None:
        if slice_index is None:
            if picture or volume or boxes or inside or outside or everything or as_json:
                raise click.UsageError("these options are for one slice: say which with --slice")
            command(weights_folder=weights_folder, **rest)
            return
        if picture is None:
            raise click.UsageError("--slice needs --picture, the PNG to draw into")
        prompts = _prompts(boxes, inside, outside)
        if everything and prompts:
            raise click.UsageError("--everything asks by itself; leave boxes and points out")
        ask = Ask(
            slice_index,
            volume,
            rest["model"],
            prompts,
            Grid(points_per_side) if everything else None,
            rest["weights"],
            weights_folder,
            rest["device"],
        )
        _look(rest["study"], ask, picture, as_json)

    for option in reversed(_OPTIONS):
        with_look = option(with_look)
    return with_look


def _prompts(
    boxes: tuple[Edges, ...], inside: tuple[Place, ...], outside: tuple[Place, ...]
) -> tuple[Prompt, ...]:
    """One prompt for each box; points go with the only box, or make a prompt of their own."""
    points = (*inside, *outside)
    is_inside = (True,) * len(inside) + (False,) * len(outside)
    if not points:
        return tuple(Prompt(box=box) for box in boxes)
    if len(boxes) > 1:
        raise click.UsageError("points belong to one object: give one --box with them, or none")
    return (Prompt(boxes[0] if boxes else None, points, is_inside),)


def _look(study: Path, ask: Ask, picture: Path, as_json: bool) -> None:
    with open_study(study) as opened:
        seen = look_at_slice(opened, ask, picture, command=command_line(), say=say)
    if as_json:
        give_json(seen)
        return
    for one in seen if ask.everything is None else ():
        give(_in_words(one))
    if ask.everything is not None:
        say(f"{len(seen)} things; --json gives the box of each")
    give(str(picture))


def _in_words(seen: Seen) -> str:
    score = "" if seen.score is None else f"  expects IoU {seen.score:.2f}"
    return f"{seen.name:<20} {seen.n_pixels:>7} pixels{score}"
