"""Tables of how far to trust labels and people: Dice to be expected, agreement, time."""

from __future__ import annotations

from collections.abc import Iterable

from manyhands.report.content import ReportContent
from manyhands.report.tables import MISSING, Row, Table, structure_colours
from manyhands.types import AnsweringTime


def predicted_table(content: ReportContent) -> Table:
    """A row for each structure of a volume, the worst first."""
    colours = structure_colours(content)
    return Table(
        "Volume Dice to be expected, worst first",
        ("Structure", "Volume", "Expected Dice", "95 % interval"),
        tuple(
            Row(
                p.structure,
                (p.volume, f"{p.dice.estimate:.2f}", f"{p.dice.low:.2f} to {p.dice.high:.2f}"),
                colours.get(p.structure, ""),
            )
            for p in content.predicted
        ),
        words=1,
    )


def agreement_table(content: ReportContent) -> Table:
    """A row for each structure: all annotators, then each of them with the others."""
    colours = structure_colours(content)
    people = _sorted_names(a.annotator for a in content.agreements)
    found = {(a.structure, a.annotator): a for a in content.agreements}
    rows = []
    for structure in dict.fromkeys(a.structure for a in content.agreements):
        together = found.get((structure, None))
        alpha = None if together is None else together.alpha
        ious = [found.get((structure, name)) for name in (None, *people)]
        cells = (_number(alpha), *(_number(None if a is None else a.median_iou) for a in ious))
        rows.append(Row(structure, cells, colours.get(structure, "")))
    return Table(
        "Krippendorff's alpha, and median overlap (IoU) of two people's boxes on one slice",
        ("Structure", "Alpha", "All pairs", *people),
        tuple(rows),
    )


def time_table(content: ReportContent) -> Table:
    """A row for each annotator: the median seconds of an answer on each structure, minutes of all.

    The last column is the sum over the answers that were timed.
    """
    people = _sorted_names(time.annotator for time in content.times)
    timed = {time.structure for time in content.times}
    structures = [s.name for s in content.structures if s.name in timed]
    found = {(time.annotator, time.structure): time for time in content.times}
    rows = []
    for name in people:
        own = [found.get((name, structure)) for structure in structures]
        total_s = sum(time.total_s for time in own if time is not None)
        cells = (*map(_median_s, own), f"{total_s / 60:.1f}")
        rows.append(Row(name, cells))
    return Table(
        "Median seconds of an answer on one slice",
        ("Annotator", *structures, "All, minutes"),
        tuple(rows),
    )


def _median_s(time: AnsweringTime | None) -> str:
    return MISSING if time is None else f"{time.median_s:.1f}"


def _number(value: float | None) -> str:
    return MISSING if value is None else f"{value:.2f}".replace("-", "−")


def _sorted_names(names: Iterable[str | None]) -> list[str]:
    return sorted({name for name in names if name is not None})
