"""Which volumes are shown as pictures: chosen by rule, so that nobody picks the pretty ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from manyhands.report.content import ReportContent

FIRST = 3
"""So many are shown where nothing tells one volume from another."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A volume to show and why: "Best", "Median", "Worst", or what else the rule gave."""

    volume: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rule:
    """How the choices were made, in a sentence for the reader, and the choices."""

    sentence: str
    choices: tuple[Choice, ...]


def choose_cases(content: ReportContent) -> Rule:
    """Best, median and worst by mean volume Dice; without scores, by the share of slices seen;
    where that is the same of all, the first of the study.

    Of an even number the lower of the two in the middle is the median; of equal ones the earlier in
    the study comes first. Two volumes are the best and the worst, one is itself, none is none.
    """
    by_dice = _mean_dice(content)
    if by_dice:
        return Rule(
            "Chosen by the mean volume Dice over the structures of a volume.",
            _best_median_worst(by_dice, ("Best", "Median", "Worst")),
        )
    by_coverage = _mean_coverage(content)
    if len(set(by_coverage.values())) > 1:
        return Rule(
            "Chosen by the share of slices that somebody looked at.",
            _best_median_worst(by_coverage, ("Most looked at", "Median", "Least looked at")),
        )
    return Rule(
        f"The first {FIRST} of the study." if len(content.volumes) > FIRST else "All of the study.",
        tuple(Choice(volume, "Volume") for volume in content.volumes[:FIRST]),
    )


def choose_patients(content: ReportContent) -> Rule:
    """Best, median and worst by the mean volume Dice of the first arm beside the baseline; none
    where no models are compared, or their pictures cannot be had.

    Only patients that every arm has.
    """
    models = content.models
    if models is None or content.load_models is None:
        return Rule("", ())
    values: dict[str, list[float]] = {}
    arm = models.arms[1]
    for score in models.scores:
        if score.arm == arm and score.volume_dice is not None:
            values.setdefault(score.patient, []).append(score.volume_dice)
    by_arm = [{s.patient for s in models.scores if s.arm == name} for name in models.arms]
    common = set.intersection(*by_arm)
    means = {name: float(np.mean(dice)) for name, dice in values.items() if name in common}
    if not means:
        return Rule("", ())
    return Rule(
        f"Chosen by the mean volume Dice that arm {arm} reached.",
        _best_median_worst(means, ("Best", "Median", "Worst")),
    )


def _mean_dice(content: ReportContent) -> Mapping[str, float]:
    """By volume; those where nothing is applicable are left out."""
    values: dict[str, list[float]] = {}
    for score in content.scores:
        if score.volume_dice is not None and score.volume in content.volumes:
            values.setdefault(score.volume, []).append(score.volume_dice)
    return {volume: float(np.mean(dice)) for volume, dice in values.items()}


def _mean_coverage(content: ReportContent) -> Mapping[str, float]:
    values: dict[str, list[float]] = {}
    for coverage in content.coverage:
        if coverage.volume in content.volumes:
            values.setdefault(coverage.volume, []).append(coverage.seen_share)
    return {volume: float(np.mean(shares)) for volume, shares in values.items()}


def _best_median_worst(
    values: Mapping[str, float], reasons: tuple[str, str, str]
) -> tuple[Choice, ...]:
    ordered = sorted(values, key=lambda volume: -values[volume])
    if len(ordered) == 1:
        return (Choice(ordered[0], "The only volume"),)
    best, median, worst = reasons
    chosen = {ordered[0]: best, ordered[-1]: worst}
    if len(ordered) > 2:
        chosen = {ordered[0]: best, ordered[len(ordered) // 2]: median, ordered[-1]: worst}
    return tuple(Choice(volume, reason) for volume, reason in chosen.items())
