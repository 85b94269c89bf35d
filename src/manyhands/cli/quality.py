"""The command that says what is doubtful: `quality`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from manyhands.cli.arguments import json_option, study_argument
from manyhands.cli.next_step import say_next
from manyhands.cli.terminal import bar, command_line, give, give_json, say, tell
from manyhands.store import open_study
from manyhands.types import Finding, PredictedDice

WORST = 5
"""Structures of a volume that are named because they are expected to be the worst."""


@click.command()
@study_argument
@click.option(
    "--quick",
    is_flag=True,
    help="Do not move the boxes to see whether the masks stay: in seconds, but what is not stable "
    "is not found.",
)
@json_option
def quality(study: Path, quick: bool, as_json: bool) -> None:
    """Say what is doubtful, what to do, and how good the labels are expected to be."""
    from manyhands.pipeline import judge_study, read_judgement

    with open_study(study) as opened, bar("quality") as watch:
        outcome = judge_study(opened, is_quick=quick, command=command_line(), watch=watch)
        judgement = read_judgement(opened)
    if as_json:
        give_json(judgement)
    elif outcome.done or outcome.skipped:
        give(findings_table(judgement.findings))
        if judgement.predicted:
            give("\n" + predicted_table(judgement.predicted[:WORST]))
    else:
        say("nothing to judge yet: `manyhands segment` makes the label volumes")
    tell([outcome])
    if not as_json:
        say_next("quality", study)


def findings_table(findings: Sequence[Finding]) -> str:
    """Two lines for each finding: what, where and how much is at stake; then what to do."""
    if not findings:
        return "Nothing doubtful was found."
    lines = []
    for finding in findings:
        lines.append(
            f"{finding.priority:4.0%}  {finding.severity}  {finding.code}  {finding.place}".rstrip()
        )
        lines.append(f"      {finding.message} {finding.suggestion}")
    return "\n".join(["What to look at, by the share of a structure that is at stake:", *lines])


def predicted_table(predicted: Sequence[PredictedDice]) -> str:
    """Dice expected of structures of a volume, in the order given."""
    names = [f"{p.volume}, {p.structure}" for p in predicted]
    width = max(len(name) for name in names)
    rows = [
        f"{name.ljust(width)}  {p.dice.estimate:.2f} ({p.dice.low:.2f} to {p.dice.high:.2f})"
        for name, p in zip(names, predicted, strict=True)
    ]
    return "\n".join(["Lowest Dice expected (95 % interval):", *rows])
