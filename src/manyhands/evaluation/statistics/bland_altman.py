"""How far two measurements of the same thing lie apart: Bland and Altman's limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from manyhands.evaluation.statistics.means import NORMAL_95
from manyhands.evaluation.statistics.signed_rank import Numbers


@dataclass(frozen=True, slots=True)
class Limits:
    """Mean difference, and the limits between which 95 % of differences lie if they are normal.

    `low` and `high` are None for a single difference.
    """

    bias: float
    low: float | None
    high: float | None
    n: int


def limits_of_agreement(differences: Sequence[float] | Numbers) -> Limits:
    """Mean ± 1.96 SD of differences (n,), SD with n - 1 in its denominator.

    Bland and Altman (1986, doi 10.1016/S0140-6736(86)90837-8). Raises `ValueError` for none.
    """
    numbers = np.asarray(differences, dtype=np.float64)
    if not numbers.size:
        raise ValueError("limits of agreement need one difference or more")
    bias = float(numbers.mean())
    if len(numbers) == 1:
        return Limits(bias, None, None, 1)
    reach = NORMAL_95 * float(numbers.std(ddof=1))
    return Limits(bias, bias - reach, bias + reach, len(numbers))
