"""Tables of trained models: arms against the baseline, what others printed, every patient."""

from __future__ import annotations

from collections.abc import Sequence

from manyhands.report.content import ReportContent
from manyhands.report.tables import ALL_STRUCTURES, MISSING, Row, Table, structure_colours
from manyhands.types import Comparison, Interval, LabelMean, PairedTest, PatientMean

MEAN = "mean of structures"

TITLES = {
    "volume_dice": "Volume Dice\N{NO-BREAK SPACE}↑",
    "nsd": "NSD\N{NO-BREAK SPACE}↑",
    "hd95_mm": "HD95, mm\N{NO-BREAK SPACE}↓",
}
LABEL_METRICS = {
    "slice_dice_paper": "Slice Dice, predicted slices",
    "slice_dice": "Slice Dice, all slices",
    "volume_dice": "Volume Dice",
}
DIGITS = {"hd95_mm": 1}


def label_table(content: ReportContent) -> Table:
    """The crowd's labels as the published study's Table 1 (left) has them: a row a structure."""
    found = {(m.structure, m.metric): m for m in content.label_means}
    names = dict.fromkeys(m.structure for m in content.label_means)
    colours = structure_colours(content)
    rows = tuple(
        Row(
            name or ALL_STRUCTURES,
            tuple(_label_cell(found.get((name, metric))) for metric in LABEL_METRICS),
            colours.get(name or "", ""),
            is_strong=name is None,
        )
        for name in names
    )
    return Table(
        "Labels of the crowd: mean ± 1.96 SD/√n over patients, and 95 % bootstrap interval",
        ("Structure", *LABEL_METRICS.values()),
        rows,
    )


def _label_cell(found: LabelMean | None) -> str:
    if found is None:
        return MISSING
    return f"{mean(found.mean, 2)}{between(found.mean.interval, 2)}"


def tests_tables(content: ReportContent) -> tuple[Table, ...]:
    """A table for each arm and metric: a row a structure, the mean of structures last."""
    return tuple(_tests_table(content, tests) for tests in _groups(content))


def arm_table(models: Comparison) -> Table:
    """All arms at a glance, each beside the baseline of its own patients: means of structures."""
    tests = {(t.arm, t.metric): t for t in models.tests if t.structure is None}
    metrics = [metric for metric in TITLES if any(key[1] == metric for key in tests)]
    return Table(
        f"All arms: mean of structures; arm minus {models.baseline}, with a 95 % interval",
        (
            "Arm",
            "Patients",
            *(f"{TITLES[m][:-2]}: {what}" for m in metrics for what in ("arm", "difference")),
            "p of Dice",
            "At the margin",
        ),
        tuple(
            _arm_row(arm, [tests.get((arm, metric)) for metric in metrics])
            for arm in models.arms[1:]
        ),
    )


def _arm_row(arm: str, tests: Sequence[PairedTest | None]) -> Row:
    known = [test for test in tests if test is not None]
    cells = [cell for test in tests for cell in _arm_cells(test)]
    dice = next((test for test in known if test.metric == "volume_dice"), None)
    last = (MISSING, MISSING) if dice is None else (p_value(dice.p), dice.verdict)
    count = max((test.difference.n for test in known), default=0)
    return Row(arm, (str(count), *cells, *last))


def _arm_cells(test: PairedTest | None) -> tuple[str, str]:
    if test is None:
        return MISSING, MISSING
    digits = DIGITS.get(test.metric, 2)
    difference = test.difference
    words = signed(difference.mean, digits + 1) + between(difference.interval, digits + 1)
    return mean(test.arm_mean, digits), words


def effect_tables(content: ReportContent) -> tuple[Table, ...]:
    """The same again with the sizes of effects."""
    return tuple(_effect_table(content, tests) for tests in _groups(content))


def _groups(content: ReportContent) -> list[list[PairedTest]]:
    """The tests of each arm and metric."""
    groups: dict[tuple[str, str], list[PairedTest]] = {}
    for test in content.models.tests if content.models else ():
        groups.setdefault((test.arm, test.metric), []).append(test)
    return list(groups.values())


def _title(test: PairedTest) -> str:
    return f"{TITLES[test.metric][:-2]}: {test.arm} against {test.baseline}"


def _tests_table(content: ReportContent, tests: Sequence[PairedTest]) -> Table:
    first = tests[0]
    digits = DIGITS.get(first.metric, 2)
    unit = "" if first.metric != "hd95_mm" else " mm"
    return Table(
        f"{_title(first)}; mean ± 1.96 SD/√n over patients",
        (
            "Structure",
            "Patients",
            first.baseline,
            first.arm,
            "Mean difference [95 %]",
            "p, exact",
            "p, Holm",
            f"At a margin of {first.margin:g}{unit}",
        ),
        tuple(
            _row(
                content,
                test,
                str(test.difference.n),
                mean(test.baseline_mean, digits),
                mean(test.arm_mean, digits),
                signed(test.difference.mean, digits + 1)
                + between(test.difference.interval, digits + 1),
                p_value(test.p),
                MISSING if test.p_holm is None else p_value(test.p_holm),
                test.verdict,
            )
            for test in tests
        ),
    )


def _effect_table(content: ReportContent, tests: Sequence[PairedTest]) -> Table:
    more = DIGITS.get(tests[0].metric, 2) + 1
    return Table(
        f"{_title(tests[0])}; sizes of effects",
        (
            "Structure",
            "Shift [95 %]",
            "Rank-biserial",
            "SD of differences",
            "Patients alike",
            "p of non-inferiority",
        ),
        tuple(
            _row(
                content,
                test,
                signed(test.shift, more) + between(test.shift_interval, more),
                signed(test.rank_biserial, 2),
                number(test.sd_difference, more),
                str(test.n_equal),
                p_value(test.p_noninferior),
            )
            for test in tests
        ),
    )


def _row(content: ReportContent, test: PairedTest, *cells: str) -> Row:
    colours = structure_colours(content)
    name = test.structure or MEAN
    return Row(name, cells, colours.get(name, ""), is_strong=test.structure is None)


def printed_table(comparison: Comparison) -> Table:
    """Printed p values beside those of the exact test."""
    return Table(
        "p values that were printed, beside the exact test of the same numbers",
        ("Structure", "Where", "Printed", "Exact", "Verdict"),
        tuple(
            Row(
                check.structure or MEAN,
                (
                    check.source or MISSING,
                    check.printed,
                    check.found,
                    "the same" if check.agrees else "DIFFERENT",
                ),
                is_strong=not check.agrees,
            )
            for check in comparison.printed
        ),
        words=1,
    )


def patient_table(content: ReportContent) -> Table:
    """Every patient and structure: what all tests are made of."""
    models = content.models
    assert models is not None
    colours = structure_colours(content)
    metrics = [m for m in TITLES if any(getattr(s, m) is not None for s in models.scores)]
    found = {(s.patient, s.structure, s.arm): s for s in models.scores}
    places = dict.fromkeys((s.patient, s.structure) for s in models.scores)
    rows = []
    for patient, structure in places:
        scores = [found.get((patient, structure, arm)) for arm in models.arms]
        values = [None if s is None else getattr(s, m) for m in metrics for s in scores]
        digits = [DIGITS.get(m, 3) for m in metrics for _ in models.arms]
        cells = (number(v, d) for v, d in zip(values, digits, strict=True))
        rows.append(Row(structure, (patient, *cells), colours.get(structure, "")))
    headings = (f"{TITLES[m][:-2]}, {arm}" for m in metrics for arm in models.arms)
    return Table("Every patient", ("Structure", "Patient", *headings), tuple(rows), words=1)


def mean(value: PatientMean, digits: int) -> str:
    spread = "" if value.half_width is None else f" ± {value.half_width:.{digits}f}"
    return f"{value.mean:.{digits}f}{spread}"


def between(interval: Interval | None, digits: int) -> str:
    if interval is None:
        return ""
    return f" [{signed(interval.low, digits, plus='')}, {signed(interval.high, digits, plus='')}]"


def signed(value: float, digits: int, *, plus: str = "+") -> str:
    text = f"{abs(value):.{digits}f}"
    is_zero = float(text) == 0
    return f"{'' if is_zero else '−' if value < 0 else plus}{text}"


def p_value(p: float) -> str:
    return "<\N{NO-BREAK SPACE}.001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def number(value: float | None, digits: int) -> str:
    return MISSING if value is None else f"{value:.{digits}f}"
