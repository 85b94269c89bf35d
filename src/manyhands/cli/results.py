"""Commands that turn answers into results: `consensus segment evaluate report export run demo`."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import click

from manyhands.cli.arguments import FOLDER, json_option, study_argument
from manyhands.cli.next_step import say_next
from manyhands.cli.terminal import (
    NAMES_SAID,
    bar,
    command_line,
    give,
    give_json,
    listed,
    say,
    say_outcomes,
    stop_if_failed,
    tell,
)
from manyhands.pipeline import (
    EVERYBODY,
    REPORT_PATH,
    VOTED,
    LabelSet,
    alone,
    check_ready,
    dice_table,
    evaluate_volumes,
    export_nifti,
    export_yolo,
    find_agreement,
    find_ignored,
    find_unanswered,
    open_demo,
    read_scores,
    report_study,
    run_demo,
    run_study,
    scored_label_sets,
    segment_each_alone,
    segment_volumes,
    vote_over_masks,
)
from manyhands.store import Study, open_study
from manyhands.types import IGNORE_LABEL

annotator_option = click.option(
    "--annotator", metavar="NAME", help="Only the boxes of this person, to compare with."
)


@click.command()
@study_argument
@annotator_option
def consensus(study: Path, annotator: str | None) -> None:
    """Find what the annotators together say of each structure."""
    labels = alone(annotator) if annotator else EVERYBODY
    with open_study(study) as opened, bar("consensus") as watch:
        check_ready(opened)
        outcome = find_agreement(opened, labels, command=command_line(), watch=watch)
    tell([outcome])
    say_next("consensus", study)


@click.command()
@study_argument
@annotator_option
@click.option("--model", help="Instead of the one in manyhands.toml.")
@click.option(
    "--vote",
    is_flag=True,
    help="Label the volumes of each annotator's boxes alone and let these vote, to compare with.",
)
def segment(study: Path, annotator: str | None, model: str | None, vote: bool) -> None:
    """Turn boxes into one label volume for each volume."""
    if vote and annotator:
        raise click.UsageError("--vote is of all annotators; leave --annotator out")
    command = command_line()
    with open_study(study) as opened, bar("segment") as watch:
        check_ready(opened)
        if vote:
            outcomes = [
                *segment_each_alone(opened, model=model, command=command, watch=watch),
                vote_over_masks(opened, command=command),
            ]
        else:
            labels = alone(annotator) if annotator else EVERYBODY
            outcomes = [segment_volumes(opened, labels, model=model, command=command, watch=watch)]
        _say_unseen(opened)
    tell(outcomes)
    say_next("segment", study)


def _say_unseen(study: Study) -> None:
    """What the label volumes do not know: in them it looks like any other value."""
    alike: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for structure, volumes in find_unanswered(study).items():
        alike[volumes].append(structure)
    for volumes, structures in alike.items():
        say(
            f"nobody answered on {', '.join(structures)} in {listed(volumes)}: "
            "the labels say nothing about that"
        )
    ignored = sorted(find_ignored(study).items(), key=lambda item: -item[1])
    for volume, share in ignored[:NAMES_SAID]:
        percent = f"{share:.0%}" if share >= 0.005 else "less than 1%"
        say(f"nobody looked at {percent} of {volume}: {IGNORE_LABEL} in its label volume")
    if len(ignored) > NAMES_SAID:
        say(f"and {len(ignored) - NAMES_SAID} more volumes have such voxels: see the report")
    elif ignored:
        say("of which structures, on which slices: Coverage in the report")


@click.command()
@study_argument
@annotator_option
@click.option("--vote", is_flag=True, help="The labels that were voted, to compare with.")
@json_option
def evaluate(study: Path, annotator: str | None, vote: bool, as_json: bool) -> None:
    """Compare the label volumes with their references."""
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
        _give_table(opened, (labels,))
    stop_if_failed([outcome])
    if not as_json:
        say_next("evaluate", study)


def _give_table(study: Study, label_sets: tuple[LabelSet, ...]) -> None:
    rows = [(labels.title, read_scores(study, labels)) for labels in label_sets]
    rows = [row for row in rows if row[1]]
    if rows:
        give(dice_table(study.config.structures, rows))


@click.command()
@study_argument
def report(study: Path) -> None:
    """Write one HTML page of all that was found."""
    with open_study(study) as opened, bar("report") as watch:
        check_ready(opened)
        outcome = report_study(opened, command=command_line(), watch=watch)
    say_outcomes([outcome])
    _give_report(opened)
    stop_if_failed([outcome])
    say_next("report", study)


def _give_report(study: Study) -> None:
    if study.path(REPORT_PATH).is_file():
        give(str(study.path(REPORT_PATH)))


@click.command()
@study_argument
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["nifti", "yolo"]),
    default="nifti",
    show_default=True,
    help="Label volumes, or everybody's boxes.",
)
@click.option("--to", "folder", required=True, type=FOLDER, help="A folder; made if missing.")
def export(study: Path, format_name: str, folder: Path) -> None:
    """Write results for other programs."""
    with open_study(study) as opened:
        if format_name == "nifti":
            written = export_nifti(opened, folder, command=command_line())
        else:
            written = export_yolo(opened, folder)
    for path in written:
        give(str(path))


@click.command()
@study_argument
def run(study: Path) -> None:
    """All from `consensus` to `report`, skipping what is up to date."""
    with open_study(study) as opened:
        outcomes = run_study(opened, command=command_line(), watching=bar)
        say_outcomes(outcomes)
        _say_unseen(opened)
        _give_table(opened, (EVERYBODY,))
        _give_report(opened)
    stop_if_failed(outcomes)
    say_next("run", study)


@click.command()
@click.argument("folder", type=FOLDER, default=Path("demo"))
def demo(folder: Path) -> None:
    """The whole chain on a made-up patient, into FOLDER (else `demo`)."""
    say("A phantom, two simulated annotators as in the paper, a careful and a poor one.")
    with open_demo(folder) as study:
        outcomes = run_demo(study, command=command_line(), watching=bar)
        say_outcomes(outcomes)
        _give_table(study, scored_label_sets(study))
        _give_report(study)
    stop_if_failed(outcomes)
    say_next("demo", folder)
