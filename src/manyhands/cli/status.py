"""The command that says who has finished what, and whether more people are asked: `status`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from manyhands.cli.arguments import json_option, study_argument
from manyhands.cli.terminal import bar, give, give_json, say
from manyhands.store import Study, find_annotators, find_volumes, open_study

if TYPE_CHECKING:
    from manyhands.pipeline import Watch

NOBODY = "-"


@dataclass(frozen=True, slots=True)
class SubjectStatus:
    """One structure of one volume: who has finished it, and how many `more` are asked, and why."""

    volume: str
    structure: str
    finished_by: tuple[str, ...]
    more: int
    why: str


@click.command()
@study_argument
@click.option("--open", "only_open", is_flag=True, help="Only what more people are asked about.")
@json_option
def status(study: Path, only_open: bool, as_json: bool) -> None:
    """Say who has finished what, and about what more people are asked, and why.

    A line for each structure of each volume. For boxes that come from another program; people who
    annotate on the page get their next task by themselves.
    """
    with open_study(study) as opened, bar("status") as watch:
        everything = find_status(opened, watch)
    shown = [one for one in everything if one.more or not only_open]
    if as_json:
        give_json(shown)
    elif shown:
        give(status_table(shown))
    else:
        say("nobody else is asked" if everything else "no volume to ask about: see `manyhands add`")


def find_status(study: Study, watch: Watch) -> list[SubjectStatus]:
    """The status of all that is asked about, in the order of volumes; not of gold."""
    from manyhands.pipeline.asking import find_standings

    with study.reading() as connection:
        volumes = {v.volume_id: v.name for v in find_volumes(connection)}
        people = {a.annotator_id: a.name for a in find_annotators(connection)}
    structures = {s.structure_id: s.name for s in study.config.structures}
    return [
        SubjectStatus(
            volumes[standing.subject.volume_id],
            structures[standing.subject.structure_id],
            tuple(sorted(people[annotator_id] for annotator_id in standing.finished_by)),
            standing.decision.n_more,
            standing.decision.reason,
        )
        for standing in find_standings(study, watch=watch)
        if volumes[standing.subject.volume_id] not in study.config.gold
    ]


def status_table(subjects: Sequence[SubjectStatus]) -> str:
    """A line for each: volume, structure, who has finished, how many more are asked, why."""
    heading = ("volume", "structure", "finished by", "more", "why")
    rows = [
        (s.volume, s.structure, ", ".join(s.finished_by) or NOBODY, str(s.more), s.why)
        for s in subjects
    ]
    widths = [max(len(row[n]) for row in (heading, *rows)) for n in range(4)]
    return "\n".join(
        "  ".join(
            (
                volume.ljust(widths[0]),
                structure.ljust(widths[1]),
                finished.ljust(widths[2]),
                more.rjust(widths[3]),
                why,
            )
        )
        for volume, structure, finished, more, why in (heading, *rows)
    )
