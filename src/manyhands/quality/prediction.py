"""The Dice to be expected of a structure of a volume, with an interval, without a reference.

A robust linear regression of the logit of the Dice on a few numbers, and intervals as wide as it
was wrong on cases it had not seen (conformal prediction, Vovk et al. 2005; by predicted value as
Mondrian categories, Vovk et al. 2003). `learned.py` holds the constants and says what makes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from manyhands.quality.features import describe
from manyhands.quality.learned import INTERCEPT, REACHES, TERMS
from manyhands.quality.subject import Subject
from manyhands.types import Interval

FloatArray = npt.NDArray[np.float64]

LEAST, MOST = 0.02, 0.98
"""A Dice is held between these before its logit is taken, which of 0 and 1 has no end."""

FARTHEST = 4.0
"""Standard deviations; of what lies farther out nothing was learned."""


@dataclass(frozen=True)
class Regression:
    """Logit of the Dice = `intercept` + `weights` · (features - `means`) / `scales`, each of these
    held between -`FARTHEST` and `FARTHEST`: one odd number must not decide alone.

    `reaches` are lines (up to which predicted logit, how far the true logit may lie below, how far
    above it), in rising order; the last line holds for all above.
    """

    intercept: float
    means: FloatArray
    scales: FloatArray
    weights: FloatArray
    reaches: Sequence[tuple[float, float, float]]

    def predict(self, features: FloatArray) -> FloatArray:
        """Logits (n,) of features (n, m)."""
        return np.asarray(self.intercept + self.standardise(features) @ self.weights)

    def standardise(self, features: FloatArray) -> FloatArray:
        """Features (n, m) brought to mean 0 and scale 1, and held."""
        return np.clip((features - self.means) / self.scales, -FARTHEST, FARTHEST)

    def interval(self, logit: float) -> Interval:
        """The Dice of a predicted logit, with the interval that holds 95 % of the true ones.

        An end beyond what a Dice is held between when learning is 0 or 1.
        """
        lines = [line for line in self.reaches if logit <= line[0]]
        _, below, above = lines[0] if lines else self.reaches[-1]
        estimate, low, high = (to_dice(x) for x in (logit, logit - below, logit + above))
        return Interval(estimate, low if low > LEAST else 0.0, high if high < MOST else 1.0)


LEARNED = Regression(
    INTERCEPT,
    np.array([mean for mean, _, _ in TERMS.values()]),
    np.array([scale for _, scale, _ in TERMS.values()]),
    np.array([weight for _, _, weight in TERMS.values()]),
    REACHES,
)


def predict_dice(subject: Subject, regression: Regression = LEARNED) -> Interval | None:
    """The volume Dice to be expected; None for a structure that nobody boxed, which has no mask."""
    if not subject.consensus.tracks:
        return None
    (logit,) = regression.predict(describe(subject)[None]).tolist()
    return regression.interval(logit)


def to_logit(dice: FloatArray) -> FloatArray:
    held = np.clip(dice, LEAST, MOST)
    return np.asarray(np.log(held / (1 - held)))


def to_dice(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))
