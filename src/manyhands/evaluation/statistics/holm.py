"""Several tests at once: Holm's adjustment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p: Sequence[float]) -> tuple[float, ...]:
    """p values adjusted so that one of them being small by chance alone is as rare as for one test.

    In the order given. Holm (1979, Scandinavian Journal of Statistics 6, 65). None give none.
    Raises `ValueError` for what is no probability.
    """
    given = np.asarray(p, dtype=np.float64)
    if not ((given >= 0) & (given <= 1)).all():
        raise ValueError(f"p values lie between 0 and 1, got {p!r}")
    order = np.argsort(given, kind="stable")
    factors = len(given) - np.arange(len(given))
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * given[order]), 1.0)
    return tuple(adjusted.tolist())
