"""The command that compares trained models, patient by patient: `compare`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click

from manyhands.cli.arguments import FILE, FOLDER, json_option
from manyhands.cli.comparison_words import arms_table, comparison_in_words, tests_table
from manyhands.cli.next_step import say_next
from manyhands.cli.terminal import (
    bar,
    command_line,
    give,
    give_json,
    give_words,
    say,
    say_outcomes,
    stop_if_failed,
)
from manyhands.config import CONFIG_FILE, Comparing, Config, read_config
from manyhands.evaluation import COMPARED
from manyhands.pipeline import (
    Watch,
    compare_folders,
    compare_study,
    compare_tables,
    read_comparison,
    write_comparison,
)
from manyhands.store import find_volumes, open_study
from manyhands.types import Comparison, Split


@click.command()
@click.argument("study", metavar="[STUDY]", type=FOLDER, required=False)
@click.option(
    "--tables",
    nargs=2,
    type=FILE,
    metavar="BASELINE.csv OTHER.csv",
    help="Scores made elsewhere, a line for each patient.",
)
@click.option(
    "--folders",
    nargs=2,
    type=FOLDER,
    metavar="BASELINE OTHER",
    help="Label volumes made elsewhere, named as their references.",
)
@click.option("--references", type=FOLDER, help="What --folders are scored against.")
@click.option(
    "--trained-on",
    type=FOLDER,
    help="Files of the training patients; none of them may be among those that are compared.",
)
@click.option("--names", metavar="BASELINE,OTHER", help="What to call the two.")
@click.option("--margin", type=click.FloatRange(0, 1, min_open=True, max_open=True),
              help="Of non-inferiority, in Dice, where there is no study to say.")  # fmt: skip
@click.option(
    "--printed", type=FILE, help="A CSV file of printed p values (structure,p) to hold beside."
)
@click.option("--to", "folder", type=FOLDER, help="Where to write what was made of other files.")
@json_option
def compare(
    study: Path | None,
    tables: tuple[Path, Path] | None,
    folders: tuple[Path, Path] | None,
    references: Path | None,
    trained_on: Path | None,
    names: str | None,
    margin: float | None,
    printed: Path | None,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Compare models trained on different labels: is the crowd's as good as the reference's?

    One observation is one patient. Of a STUDY all arms are compared that have predictions in
    `results/predictions-ARM`; with --tables or --folders two that were made elsewhere, by the
    settings of STUDY where one is given.
    """
    _check_use(study, tables, folders, references, trained_on, margin)
    if study is not None and not tables and not folders:
        _compare_arms(study, printed, as_json)
        return
    config = read_config(study / CONFIG_FILE) if study else Config()
    seen = [*_stems(trained_on), *_training_volumes(study)]
    settings = _settings(config.comparison, names, margin, tables or folders or ())
    with bar("compare") as watch:
        compare_files = _comparing(tables, folders, references, names, config, watch)
        made = compare_files(settings=settings, trained_on=seen, printed=printed)
    _give(made, as_json)
    if folder is not None:
        for path in write_comparison(folder, made, command=command_line()):
            say(str(path))


def _comparing(
    tables: tuple[Path, Path] | None,
    folders: tuple[Path, Path] | None,
    references: Path | None,
    names: str | None,
    config: Config,
    watch: Watch,
) -> Callable[..., Comparison]:
    """What compares the two tables or folders that were named, whichever these are."""
    if tables:
        return partial(compare_tables, dict(zip(_names(names, tables), tables, strict=True)))
    assert folders is not None
    assert references is not None
    return partial(
        compare_folders,
        dict(zip(_names(names, folders), folders, strict=True)),
        references,
        structures=config.structures,
        nsd_tolerance_mm=config.nsd_tolerance_mm,
        watch=watch,
    )


def _check_use(
    study: Path | None,
    tables: tuple[Path, Path] | None,
    folders: tuple[Path, Path] | None,
    references: Path | None,
    trained_on: Path | None,
    margin: float | None,
) -> None:
    if tables and folders:
        raise click.UsageError("--tables and --folders are two ways; take one")
    if bool(folders) != bool(references):
        raise click.UsageError("--folders and --references go together")
    if not (study or tables or folders):
        raise click.UsageError("what shall be compared? A STUDY, --tables or --folders")
    if trained_on and not (tables or folders):
        raise click.UsageError("--trained-on is for --tables and --folders; a STUDY knows its own")
    if study and margin is not None:
        raise click.UsageError("the margin of a study is fixed in its manyhands.toml, [comparison]")


def _names(names: str | None, paths: Sequence[Path]) -> tuple[str, str]:
    """Those given, else the files' own; two that are alike are told apart."""
    if names is not None:
        words = [word.strip() for word in names.split(",")]
        if len(words) != 2 or not all(words) or words[0] == words[1]:
            raise click.UsageError(f"--names are two, with a comma between; found '{names}'")
        return words[0], words[1]
    first, second = (path.resolve().name.removesuffix(".csv") for path in paths)
    return (first, second) if first != second else (f"{first} (1)", f"{second} (2)")


def _settings(
    settings: Comparing, names: str | None, margin: float | None, paths: Sequence[Path]
) -> Comparing:
    changed = dataclasses.replace(settings, baseline=_names(names, paths)[0])
    return changed if margin is None else dataclasses.replace(changed, margin=margin)


def _stems(folder: Path | None) -> list[str]:
    """Names of patients: those of folders, and of files without the ending of their kind."""
    if folder is None:
        return []
    names = [
        path.name if path.is_dir() else Path(path.name.removesuffix(".gz")).stem
        for path in folder.iterdir()
    ]
    return names + [name.removesuffix("_0000") for name in names]  # as nnU-Net calls images


def _training_volumes(study: Path | None) -> list[str]:
    if study is None:
        return []
    with open_study(study) as opened, opened.reading() as connection:
        return [v.name for v in find_volumes(connection) if v.split is Split.TRAIN]


def _compare_arms(study: Path, printed: Path | None, as_json: bool) -> None:
    with open_study(study) as opened, bar("compare") as watch:
        outcome = compare_study(opened, printed=printed, command=command_line(), watch=watch)
        made = None if "comparison" in outcome.failed else read_comparison(opened)
    say_outcomes([outcome])
    if made is not None:
        _give(made, as_json)
    stop_if_failed([outcome])
    if not as_json:
        say_next("compare", study)


def _give(made: Comparison, as_json: bool) -> None:
    if as_json:
        give_json(made)
        return
    for arm in made.arms[1:]:
        for metric in COMPARED:
            tests = [t for t in made.tests if (t.arm, t.metric) == (arm, metric)]
            if tests:
                give(tests_table(tests) + "\n")
    if len(made.arms) > 2:
        give(arms_table(made.tests) + "\n")
    for words in comparison_in_words(made):
        give_words(words)
    for place, reason in made.left_out.items():
        say(f"left out {place}: {reason}")
