"""How good is a structure of a volume, said without a reference?

    python -m benchmarks.quality learn     writes quality/learned.py, from training cases
    python -m benchmarks.quality check     how well that does on test cases; what re-asking gains
    python -m benchmarks.quality learn check       both, the second with what the first has learned

Crowds of one to four people of mixed profiles, of whom some stop part-way, box each case several
times over; the true Dice of what comes of it is set against what can be known without reference.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from benchmarks.data import GROUPS
from benchmarks.quality_crowds import PHANTOMS, Sample, ask_again, load, samples_of
from benchmarks.tables import format_table
from manyhands.quality import features, learned
from manyhands.quality.prediction import LEARNED, Regression, predict_dice, to_logit
from manyhands.types import Interval

FloatArray = npt.NDArray[np.float64]

TRAINING = (
    *GROUPS["MR training"],
    "abdomen_mr/smoke",
    *GROUPS["CT 02"],
    *GROUPS["CT 03"],
    *PHANTOMS,
)
TEST = (*GROUPS["MR test"], *GROUPS["CT 01"])
RIDGE = 3.0  # as if three more samples said that nothing matters
HUBER = 1.0  # error of a logit from which on a sample counts less
ROUNDS = 5
PARTS = 5  # of the predicted values, each with intervals of its own
OUTSIDE = 0.05  # share of the true values that intervals leave out
REASKED = 0.1  # share of the structures on which one more person is asked


def learn(samples: Sequence[Sample]) -> tuple[Regression, FloatArray]:
    """The regression, and for each sample (n,) the logit predicted by one that has not seen its
    case: the residuals of these make the intervals.
    """
    x = np.array([features.describe(sample.subject) for sample in samples])
    y = to_logit(np.array([sample.dice for sample in samples]))
    cases = np.array([sample.case for sample in samples])
    unseen = np.zeros(len(y))
    for case in np.unique(cases):
        others = cases != case
        unseen[~others] = regress(x[others], y[others]).predict(x[~others])
    fitted = regress(x, y, reaches=find_reaches(unseen, y))
    return fitted, unseen


def regress(
    x: FloatArray, y: FloatArray, reaches: Sequence[tuple[float, float, float]] = ()
) -> Regression:
    """Ridge regression of y (n,) on the features x (n, m), by Huber's loss: samples that nothing
    explains count less (Huber 1964, doi 10.1214/aoms/1177703732), by reweighting.
    """
    blank = Regression(0.0, x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6), np.zeros(0), reaches)
    z = np.column_stack([np.ones(len(x)), blank.standardise(x)])
    penalty = RIDGE * np.diag([0.0, *np.ones(x.shape[1])])
    say = np.ones(len(y))
    for _ in range(ROUNDS):
        found = np.linalg.solve((z.T * say) @ z + penalty, (z.T * say) @ y)
        say = np.minimum(1, HUBER / np.maximum(np.abs(y - z @ found), 1e-9))
    return replace(
        blank, intercept=float(found[0]), weights=np.asarray(found[1:], dtype=np.float64)
    )


def find_reaches(predicted: FloatArray, y: FloatArray) -> list[tuple[float, float, float]]:
    """For each part of the predicted values: up to where, and how far y lies below and above."""
    order = np.argsort(predicted)
    reaches = []
    for part in np.array_split(order, PARTS):
        error = y[part] - predicted[part]
        # Conformal: the quantile of n + 1 values of which the new one may be the largest.
        share = min(1.0, (1 - OUTSIDE / 2) * (len(part) + 1) / len(part))
        below, above = np.quantile(-error, share), np.quantile(error, share)
        reaches.append((float(predicted[part].max()), float(max(below, 0)), float(max(above, 0))))
    return reaches


def as_module(found: Regression, n: int) -> str:
    """The text of `quality/learned.py`."""
    lines = [
        '"""Constants of the predicted Dice, written by `python -m benchmarks.quality learn`.',
        "",
        f"From {n} structures of {len(TRAINING)} training volumes, boxed by simulated crowds.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        f"INTERCEPT = {found.intercept:.4f}",
        "",
        "TERMS = {  # feature: mean, scale, weight",
    ]
    rows = zip(features.FEATURES, found.means, found.scales, found.weights, strict=True)
    lines += [f'    "{name}": ({m:.4f}, {s:.4f}, {w:.4f}),' for name, m, s, w in rows]
    lines += ["}", "", "REACHES = (  # predicted logit up to, true one below it by, above it by"]
    lines += [
        f"    ({up_to:.3f}, {below:.3f}, {above:.3f})," for up_to, below, above in found.reaches
    ]
    return "\n".join([*lines, ")", ""])


def judge_prediction(intervals: Sequence[Interval], dice: FloatArray) -> list[str]:
    """Rank correlation, mean absolute error, share within the interval, its mean width."""
    estimate, low, high = np.array([(i.estimate, i.low, i.high) for i in intervals]).T
    figures = (
        spearmanr(estimate, dice).statistic,
        np.abs(estimate - dice).mean(),
        ((dice >= low) & (dice <= high)).mean(),
        (high - low).mean(),
    )
    return [str(len(dice)), *(f"{figure:.3f}" for figure in figures)]


HEADING = ["", "structures", "Spearman", "mean error", "within interval", "its width"]


def learn_command(crowds: int) -> Regression:
    """Learn, write `quality/learned.py`, and say how well cases are predicted by all others."""
    samples = list(samples_of(TRAINING, crowds, seed=0))
    found, unseen = learn(samples)
    dice = np.array([sample.dice for sample in samples])
    row = judge_prediction([found.interval(logit) for logit in unseen.tolist()], dice)
    print(format_table(HEADING, [["training, each case by the others", *row]]))
    path = Path(learned.__file__)
    path.write_text(as_module(found, len(samples)), encoding="utf-8")
    print(f"written to {path.name}", end="\n\n", flush=True)
    return found


def check_command(crowds: int, regression: Regression = LEARNED) -> None:
    samples = list(samples_of(TEST, crowds, seed=1))
    dice = np.array([sample.dice for sample in samples])
    intervals = [predict_dice(sample.subject, regression) for sample in samples]
    known = [interval for interval in intervals if interval is not None]
    rows = [["test", *judge_prediction(known, dice)]]
    for group in ("MR test", "CT 01"):
        own = [n for n, sample in enumerate(samples) if sample.case in GROUPS[group]]
        rows.append([group, *judge_prediction([known[n] for n in own], dice[own])])
    print(format_table(HEADING, rows), end="\n\n")
    print(
        format_table(
            ["one more person is asked on", "mean Dice before", "after"], reask(samples, known)
        )
    )


def reask(samples: Sequence[Sample], predicted: Sequence[Interval]) -> list[list[str]]:
    """Mean Dice over all when a tenth of the structures is asked again: by the prediction, by
    chance, and by the truth, which nobody has.
    """
    dice = np.array([sample.dice for sample in samples])
    count = max(1, round(REASKED * len(samples)))
    estimates = np.array([interval.estimate for interval in predicted])
    chance = np.random.default_rng(0).random(len(samples))
    rows = []
    for name, order in (
        ("the 10 % predicted worst", estimates),
        ("10 % by chance", chance),
        ("the 10 % truly worst", dice),
    ):
        chosen = np.argsort(order, kind="stable")[:count]
        after = dice.copy()
        for n in chosen:
            after[n] = ask_again(load(samples[n].case), samples[n])
        rows.append([name, f"{dice.mean():.3f}", f"{after.mean():.3f}"])
    return rows


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="The predicted Dice beside the true one.")
    parser.add_argument("commands", nargs="+", choices=["learn", "check"])
    parser.add_argument("--crowds", type=int, default=3, help="crowds that box each training case")
    parser.add_argument("--test-crowds", type=int, default=2, help="the same of each test case")
    arguments = parser.parse_args(argv)
    regression = learn_command(arguments.crowds) if "learn" in arguments.commands else LEARNED
    if "check" in arguments.commands:
        check_command(arguments.test_crowds, regression)


if __name__ == "__main__":
    main()
