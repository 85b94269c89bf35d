"""The commands about networks: `models`, which lists them, and `models fetch`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

from manyhands.cli.arguments import FOLDER, json_option
from manyhands.cli.terminal import give, give_json, say

if TYPE_CHECKING:
    from manyhands.evidence.sam.weights import Downloaded

folder_option = click.option(
    "--weights-folder",
    "folder",
    type=FOLDER,
    help="Where weights lie, else what MANYHANDS_WEIGHTS names, else a folder of the user's own.",
)


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One model as it is listed; what a model without weights has not is None. `sha256` is what a
    file is checked by, None where its publisher says none.
    """

    name: str
    size_bytes: int | None
    licence: str | None
    sha256: str | None
    file: str | None
    is_here: bool


@click.group(invoke_without_command=True)
@folder_option
@json_option
@click.pass_context
def models(context: click.Context, folder: Path | None, as_json: bool) -> None:
    """List the models: size of their weights, licence, where they lie."""
    if context.invoked_subcommand is not None:
        context.obj = folder
        return
    from manyhands.evidence import MODELS
    from manyhands.evidence.sam import weights_folder

    folder = weights_folder(folder)
    lines = [_line(name, folder) for name in MODELS]
    if as_json:
        give_json(lines)
        return
    say(f"weights lie in {folder}; `manyhands models fetch NAME` gets them")
    for line in lines:
        give(_in_words(line))


def _line(name: str, folder: Path) -> ModelLine:
    from manyhands.evidence import MODELS

    row = MODELS[name].network
    if row is None:
        return ModelLine(name, None, None, None, None, is_here=True)
    path = folder / row.checkpoint.file
    is_here = path.is_file()
    size = path.stat().st_size if is_here else row.checkpoint.size_bytes
    published = row.checkpoint
    return ModelLine(name, size, published.licence, published.sha256, str(path), is_here)


def _in_words(line: ModelLine) -> str:
    if line.file is None:
        return f"{line.name:<24} {'none':>8}  no weights needed"
    size = "unknown" if line.size_bytes is None else f"{line.size_bytes / 1e6:.0f} MB"
    place = line.file if line.is_here else f"not here: {Path(line.file).name}"
    unchecked = "" if line.sha256 else "; nothing to check it by is published"
    return f"{line.name:<24} {size:>8}  {line.licence}  {place}{unchecked}"


@models.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@folder_option
@click.pass_context
def fetch(context: click.Context, names: tuple[str, ...], folder: Path | None) -> None:
    """Download the weights of models; a download that broke off goes on from there.

    Without a network, put the file that `manyhands models` names into the folder of weights.
    """
    from manyhands.evidence.sam import fetch_weights, find_sam, weights_folder

    folder = weights_folder(folder or context.obj)
    for model in [find_sam(name) for name in names]:
        with _bar(model.name) as watch:
            path = fetch_weights(model, folder, watch)
        give(str(path))


@contextmanager
def _bar(name: str) -> Iterator[Downloaded]:
    """Bytes that came, of all, with an estimate."""
    with tqdm(desc=name, unit="B", unit_scale=True, leave=False, delay=1.0, disable=None) as bar:

        def watch(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield watch
