"""How far to trust a cut: the probability of each voxel, the confidence of each slice."""

from __future__ import annotations

import numba as nb
import numpy as np
import numpy.typing as npt

from manyhands.types import LogOddsStack, MaskStack, StackArray

TEMPERATURE = 25.0
"""The evidence of neighbouring voxels is far from independent. Chosen so that the mean confidence
of slices equals their mean Dice on training cases; `python -m benchmarks.trust` shows both."""
JUDGED_TEMPERATURE = 3.5
"""The same for what was judged."""


def voxel_probability(
    evidence: LogOddsStack, weights: StackArray, mask: MaskStack, temperature: float = TEMPERATURE
) -> npt.NDArray[np.float32]:
    """Probability of the structure at each voxel given its evidence and its neighbours' labels.

    The conditional distribution of the random field whose most probable labelling is the cut.
    """
    pull = _pull_of_neighbours(weights, mask)
    logit = np.clip((evidence + pull) / temperature, -30, 30)
    return np.asarray(1 / (1 + np.exp(-logit)), dtype=np.float32)


def slice_confidence(
    probability: npt.NDArray[np.float32], mask: MaskStack
) -> npt.NDArray[np.float64]:
    """Expected Dice of each slice's mask with the truth, (slices,); NaN where there is no mask."""
    size = mask.sum(axis=(1, 2)).astype(np.float64)
    expected = probability.sum(axis=(1, 2), dtype=np.float64)
    common = np.where(mask, probability, 0).sum(axis=(1, 2), dtype=np.float64)
    return np.where(size > 0, 2 * common / np.maximum(size + expected, 1e-9), np.nan)


@nb.njit(parallel=True, cache=True)
def _pull_of_neighbours(weights, mask):  # type: ignore[no-untyped-def]
    slices, rows, columns = mask.shape
    pull = np.zeros(mask.shape, dtype=np.float32)
    for k in nb.prange(slices):
        for r in range(rows):
            for c in range(columns):
                total = 0.0
                if k > 0:
                    total += weights[0, k - 1, r, c] * (1 if mask[k - 1, r, c] else -1)
                if k + 1 < slices:
                    total += weights[0, k, r, c] * (1 if mask[k + 1, r, c] else -1)
                if r > 0:
                    total += weights[1, k, r - 1, c] * (1 if mask[k, r - 1, c] else -1)
                if r + 1 < rows:
                    total += weights[1, k, r, c] * (1 if mask[k, r + 1, c] else -1)
                if c > 0:
                    total += weights[2, k, r, c - 1] * (1 if mask[k, r, c - 1] else -1)
                if c + 1 < columns:
                    total += weights[2, k, r, c] * (1 if mask[k, r, c + 1] else -1)
                pull[k, r, c] = total
    return pull
