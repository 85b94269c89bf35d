"""A comparison of models as a terminal shows it: tables in columns, and sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from manyhands.evaluation import format_p
from manyhands.types import Comparison, PairedTest, PatientMean, Power, PrintedCheck

TITLES = {"volume_dice": "volume Dice", "nsd": "NSD", "hd95_mm": "HD95, mm"}
DIGITS = {"volume_dice": 2, "nsd": 2, "hd95_mm": 1}


def tests_table(tests: Sequence[PairedTest]) -> str:
    """A line for each structure, of one arm and one metric."""
    first = tests[0]
    digits = DIGITS[first.metric]
    heading = (TITLES[first.metric], "n", first.baseline, first.arm, "difference [95 %]", "p",
               "Holm", "rank-biserial", f"at a margin of {first.margin:g}")  # fmt: skip
    rows = [heading, *(_row(test, digits) for test in tests)]
    return _columns(rows, words=(0, len(heading) - 1))


def arms_table(tests: Sequence[PairedTest]) -> str:
    """A line for each arm: the mean of its structures beside that of the baseline."""
    heading = ("mean of structures", "n", "baseline", "arm", "difference [95 %]", "p", "verdict")
    rows = [
        (
            f"{test.arm}, {TITLES[test.metric]}",
            str(test.difference.n),
            _mean(test.baseline_mean, DIGITS[test.metric]),
            _mean(test.arm_mean, DIGITS[test.metric]),
            _difference(test),
            format_p(test.p),
            test.verdict,
        )
        for metric in TITLES
        for test in tests
        if (test.structure, test.metric) == (None, metric)
    ]
    return _columns([heading, *rows], words=(0, len(heading) - 1))


def _columns(rows: Sequence[Sequence[str]], *, words: Collection[int]) -> str:
    """Columns of words begin below each other, those of numbers end so."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(test: PairedTest, digits: int) -> tuple[str, ...]:
    return (
        test.structure or "mean",
        str(test.difference.n),
        _mean(test.baseline_mean, digits),
        _mean(test.arm_mean, digits),
        _difference(test),
        format_p(test.p),
        "" if test.p_holm is None else format_p(test.p_holm),
        f"{test.rank_biserial:+.2f}",
        test.verdict,
    )


def _difference(test: PairedTest) -> str:
    more = DIGITS[test.metric] + 1
    between = test.difference.interval
    interval = "" if between is None else f" [{between.low:.{more}f}, {between.high:.{more}f}]"
    return f"{test.difference.mean:+.{more}f}{interval}"


def _mean(mean: PatientMean, digits: int) -> str:
    spread = "" if mean.half_width is None else f" ± {mean.half_width:.{digits}f}"
    return f"{mean.mean:.{digits}f}{spread}"


def comparison_in_words(made: Comparison) -> Iterator[str]:
    """What the tables are, and what they can and cannot show, a paragraph each."""
    yield "mean ± 1.96 SD/sqrt(n); p: exact signed ranks; difference with a bootstrap interval"
    yield from dict.fromkeys(map(_effects_in_words, made.powers))
    yield from (_noninferior_in_words(p) for p in made.powers if p.noninferior is not None)
    yield from map(printed_in_words, made.printed)
    yield from made.notes


def _effects_in_words(power: Power) -> str:
    found = ", ".join(f"{effect:g} with {share:.0%}" for effect, share in power.by_effect.items())
    return f"{power.n} patients: an effect (mean / SD of differences) is found, of {found}."


def _noninferior_in_words(power: Power) -> str:
    return (
        f"If {power.arm} were just as good, its non-inferiority would be shown with "
        f"{power.noninferior:.0%}; 80% would take about {power.n_needed} patients."
    )


def printed_in_words(check: PrintedCheck) -> str:
    """Whether an exact test says the same as what was printed."""
    place = f" ({check.source})" if check.source else ""
    verb = "agrees with" if check.agrees else "DISAGREES with"
    return (
        f"{check.structure or 'mean'}: exact p {check.found} {verb} the printed {check.printed}"
        f"{place}"
    )
