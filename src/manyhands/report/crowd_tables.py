"""Tables of the people: what they gave, in what time, how far each can be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from manyhands.report.content import Contribution, LearnedBias, ReportContent
from manyhands.report.model_tables import signed
from manyhands.report.tables import MISSING, Row, Table, structure_colours
from manyhands.types import Interval, Reliability

EDGES = ("top", "left", "bottom", "right")
"""Of a box on the page: row 0, column 0, row 1, column 1."""

GOLD_HEADINGS = {
    "row0_mm": "top",
    "column0_mm": "left",
    "row1_mm": "bottom",
    "column1_mm": "right",
    "before_first_mm": "below the first slice",
    "after_last_mm": "above the last slice",
}


def people_table(content: ReportContent) -> Table:
    """A row for each annotator and one for all: volumes, slices, boxes, and time if it is known.

    Who is on `leave_out` has worked all the same, and is marked.
    """
    people = list(dict.fromkeys(c.annotator for c in content.contributions))
    simulated = {c.annotator for c in content.contributions if c.is_simulated}
    left_out = set(content.config.leave_out) if content.config else set()
    rows = []
    for name in people:
        kinds = (("simulated", simulated), ("left out of all labels", left_out))
        marks = ", ".join(mark for mark, those in kinds if name in those)
        rows.append(_person_row(content, f"{name} ({marks})" if marks else name, [name]))
    if len(people) > 1:
        rows.append(_person_row(content, "all together", people, is_strong=True))
    headings = ("Annotator", "Volumes", "Structures", "Slices answered", "Boxes")
    timed = ("Seconds for a slice", "Minutes") if content.times else ()
    return Table("Who gave what", (*headings, *timed), tuple(rows))


def _person_row(
    content: ReportContent, header: str, people: Sequence[str], *, is_strong: bool = False
) -> Row:
    own = [c for c in content.contributions if c.annotator in people]
    times = [t for t in content.times if t.annotator in people]
    cells: tuple[str, ...] = (
        str(max(c.n_volumes for c in own)),
        str(len({c.structure for c in own if c.n_slices})),
        str(sum(c.n_slices for c in own)),
        str(sum(c.n_boxes for c in own)),
    )
    if content.times:
        seconds, answers = sum(t.total_s for t in times), sum(t.n_answers for t in times)
        mean_s = f"{seconds / answers:.2f}" if answers else MISSING
        cells = (*cells, mean_s, f"{seconds / 60:.1f}" if answers else MISSING)
    return Row(header, cells, is_strong=is_strong)


def effort_table(content: ReportContent) -> Table:
    """A row for each structure: slices, boxes, mean seconds of a slice, minutes of all people."""
    colours = structure_colours(content)
    rows = []
    for structure in dict.fromkeys(c.structure for c in content.contributions):
        own = [c for c in content.contributions if c.structure == structure]
        times = [t for t in content.times if t.structure == structure]
        seconds, answers = sum(t.total_s for t in times), sum(t.n_answers for t in times)
        cells = (*_sums(own), *((f"{seconds / answers:.2f}", f"{seconds / 60:.1f}")
                                if answers else (MISSING, MISSING)))  # fmt: skip
        rows.append(Row(structure, cells if content.times else cells[:2], colours[structure]))
    headings = (
        "Structure",
        "Slices answered",
        "Boxes",
        "Seconds for a slice",
        "Minutes, all people",
    )
    return Table(
        "How much work each structure was",
        headings if content.times else headings[:3],
        tuple(rows),
    )


def _sums(own: Iterable[Contribution]) -> tuple[str, str]:
    own = tuple(own)
    return str(sum(c.n_slices for c in own)), str(sum(c.n_boxes for c in own))


def reliability_table(content: ReportContent) -> Table:
    """A row for each annotator, all structures together."""
    rows = [
        Row(name, _reliability_cells(overall))
        for name, (overall, *_) in content.reliability.items()
    ]
    return Table(
        "All structures, estimate and 95 % interval",
        ("Annotator", *RELIABILITY_HEADINGS),
        tuple(rows),
    )


RELIABILITY_HEADINGS = (
    "Slices",
    "Sensitivity",
    "Specificity",
    "Agreement, IoU",
    "Repeatability, IoU",
    "Seconds for a slice",
)


def structure_reliability_table(content: ReportContent) -> Table:
    """A row for each annotator and structure."""
    names = {s.structure_id: s.name for s in content.structures}
    rows = [
        Row(name, (names.get(one.structure_id or 0, MISSING), *_reliability_cells(one)))
        for name, (_, *each) in content.reliability.items()
        for one in each
    ]
    return Table(
        "Each structure, estimate and 95 % interval",
        ("Annotator", "Structure", *RELIABILITY_HEADINGS),
        tuple(rows),
        words=1,
    )


def _reliability_cells(one: Reliability) -> tuple[str, ...]:
    return (
        str(one.n_slices),
        *(_interval(v, 2) for v in (one.sensitivity, one.specificity)),
        *(_interval(v, 2) for v in (one.agreement, one.repeatability)),
        _interval(one.seconds_per_slice, 1),
    )


def bias_table(content: ReportContent) -> Table:
    """A row for each annotator: how far each edge lies outside what all agree on."""
    rows = [
        Row(name, tuple(_interval(edge, 1) for edge in overall.bias_mm))
        for name, (overall, *_) in content.reliability.items()
        if overall.bias_mm is not None
    ]
    return Table(
        "How far each edge lies outside (+) or inside (−) what all agree on, mm, 95 % interval",
        ("Annotator", *EDGES),
        tuple(rows),
    )


def gold_table(content: ReportContent) -> Table:
    """A row for each structure: all annotators together."""
    together = [one for one in content.gold if one.annotator is None]
    return _gold_table(content, together, who="")


def annotator_gold_table(content: ReportContent) -> Table:
    """A row for each structure and annotator."""
    each = [one for one in content.gold if one.annotator is not None]
    return _gold_table(content, each, who="Annotator")


def _gold_table(content: ReportContent, learned: Sequence[LearnedBias], *, who: str) -> Table:
    colours = structure_colours(content)
    rows = []
    for one in learned:
        cells = tuple(_mm(one.edges_mm.get(key)) for key in GOLD_HEADINGS)
        name = (str(one.annotator),) if who else ()
        rows.append(Row(one.structure, (*name, *cells), colours.get(one.structure, "")))
    return Table(
        "How far boxes lie outside (+) or inside (−) the reference, mm",
        ("Structure", *((who,) if who else ()), *GOLD_HEADINGS.values()),
        tuple(rows),
        words=1 if who else 0,
    )


def _mm(value: float | None) -> str:
    return MISSING if value is None else signed(value, 1)


def _interval(interval: Interval | None, digits: int) -> str:
    if interval is None:
        return MISSING
    low, high = (f"{v:.{digits}f}" for v in (interval.low, interval.high))
    return f"{interval.estimate:.{digits}f} ({low} to {high})".replace("-", "−")
