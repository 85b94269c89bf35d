"""Commands that turn answers into results: `consensus evaluate report export run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from manyhands.cli.arguments import FOLDER, annotator_option, json_option, study_argument
from manyhands.cli.datasets import dataset_options, read_options, write_datasets
from manyhands.cli.next_step import say_next
from manyhands.cli.terminal import (
    bar,
    command_line,
    give,
    give_json,
    say_outcomes,
    stop_if_failed,
    tell,
)
from manyhands.store import Study, open_study

if TYPE_CHECKING:
    from manyhands.pipeline import LabelSet


@click.command()
@study_argument
@annotator_option
def consensus(study: Path, annotator: str | None) -> None:
    """Find what the annotators together say of each structure."""
    from manyhands.pipeline import EVERYBODY, alone, check_ready, find_agreement

    labels = alone(annotator) if annotator else EVERYBODY
    with open_study(study) as opened, bar("consensus") as watch:
        check_ready(opened)
        outcome = find_agreement(opened, labels, command=command_line(), watch=watch)
    tell([outcome])
    say_next("consensus", study)


@click.command()
@study_argument
@annotator_option
@click.option("--vote", is_flag=True, help="The labels that were voted, to compare with.")
@json_option
def evaluate(study: Path, annotator: str | None, vote: bool, as_json: bool) -> None:
    """Compare the label volumes with their references."""
    from manyhands.pipeline import (
        EVERYBODY,
        VOTED,
        alone,
        check_ready,
        evaluate_volumes,
        read_scores,
    )

    if vote and annotator:
        raise click.UsageError("--vote is of all annotators; leave --annotator out")
    labels = VOTED if vote else alone(annotator) if annotator else EVERYBODY
    with open_study(study) as opened, bar("evaluate") as watch:
        check_ready(opened)
        outcome = evaluate_volumes(opened, labels, command=command_line(), watch=watch)
    say_outcomes([outcome])
    if as_json:
        give_json(read_scores(opened, labels))
    else:
        give_table(opened, (labels,))
    stop_if_failed([outcome])
    if not as_json:
        say_next("evaluate", study)


def give_table(study: Study, label_sets: tuple[LabelSet, ...]) -> None:
    """Give how good label volumes are, a line for each set that has been compared."""
    from manyhands.pipeline import dice_table, read_scores

    rows = [(labels.title, read_scores(study, labels)) for labels in label_sets]
    rows = [row for row in rows if row[1]]
    if rows:
        give(dice_table(study.config.structures, rows))


@click.command()
@study_argument
@click.option(
    "--figures",
    type=click.Choice(["pdf", "svg"]),
    help="Each figure as a file of its own too, for a paper.",
)
def report(study: Path, figures: str | None) -> None:
    """Write one HTML page of all that was found, and its numbers as JSON and CSV."""
    from manyhands.pipeline import FIGURES_FOLDER, check_ready, report_study

    with open_study(study) as opened, bar("report") as watch:
        check_ready(opened)
        outcome = report_study(opened, figures=figures, command=command_line(), watch=watch)
    say_outcomes([outcome])
    give_report(opened)
    if figures:
        for path in sorted(opened.path(FIGURES_FOLDER).glob(f"*.{figures}")):
            give(str(path))
    stop_if_failed([outcome])
    say_next("report", study)


def give_report(study: Study) -> None:
    """Give the path of the report, where there is one."""
    from manyhands.pipeline import REPORT_PATH

    if study.path(REPORT_PATH).is_file():
        give(str(study.path(REPORT_PATH)))


@click.command()
@study_argument
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["nifti", "yolo", "nnunet"]),
    default="nifti",
    show_default=True,
    help="Label volumes, everybody's boxes, or data sets to train nnU-Net on.",
)
@click.option("--to", "folder", required=True, type=FOLDER, help="A folder; made if missing.")
@dataset_options
def export(
    study: Path,
    format_name: str,
    folder: Path,
    band: float,
    channels: tuple[tuple[str, Path], ...],
    patients: Path | None,
) -> None:
    """Write results for other programs.

    --patients, --channel and --band are of --format nnunet.
    """
    from manyhands.pipeline import export_nifti, export_yolo

    with open_study(study) as opened:
        if format_name == "nnunet":
            written = write_datasets(opened, folder, read_options(band, channels, patients))
        elif format_name == "nifti":
            written = export_nifti(opened, folder, command=command_line())
        else:
            written = export_yolo(opened, folder)
    for path in written:
        give(str(path))


@click.command()
@study_argument
def run(study: Path) -> None:
    """All from `consensus` to `report`, skipping what is up to date."""
    from manyhands.cli.segment import say_unseen
    from manyhands.pipeline import EVERYBODY, run_study

    with open_study(study) as opened:
        outcomes = run_study(opened, command=command_line(), watching=bar)
        say_outcomes(outcomes)
        say_unseen(opened)
        give_table(opened, (EVERYBODY,))
        give_report(opened)
    stop_if_failed(outcomes)
    say_next("run", study)
