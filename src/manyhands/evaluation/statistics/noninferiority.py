"""Is it surely not much worse? The question that a test for a difference does not answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from manyhands.evaluation.statistics.signed_rank import Numbers, checked, signed_rank_test

NON_INFERIOR = "non-inferior"
INFERIOR = "inferior"
OPEN = "not decided"


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """`p` is of the hypothesis that at least `margin` is lost; `verdict` is one of three."""

    p: float
    margin: float
    verdict: str


def noninferiority_test(
    gains: Sequence[float] | Numbers, margin: float, *, alpha: float = 0.05
) -> NonInferiority:
    """Do gains (n,), new minus old and more is better, surely lie above minus `margin`?

    One-sided exact signed-rank tests of gains plus margin at `alpha` / 2, the usual level where a
    two-sided test has `alpha` (so the interval of the shift lies above minus the margin): above it
    is *non-inferior*, below it is *inferior*, else it is *not decided*.
    Raises `ValueError` for a margin that is not above 0.
    """
    if not 0 < margin < np.inf:
        raise ValueError(f"margin must be above 0, got {margin}")
    beyond = checked(gains) + margin
    p = signed_rank_test(beyond, "greater").p
    if p <= alpha / 2:
        verdict = NON_INFERIOR
    elif signed_rank_test(beyond, "less").p <= alpha / 2:
        verdict = INFERIOR
    else:
        verdict = OPEN
    return NonInferiority(p, margin, verdict)
