"""A network's logits made log-odds that can be added to those of the intensities.

A network's logits say *more* or *less*, not how much: on pictures unlike those it learned from they
are too sure of themselves, each network in its own way. What they are worth is read off the volume
at hand: a logistic regression of the mask so far on the logits (Platt 1999) gives the odds at each
logit, and what the boxes say already, how much of them is filled, is taken off again. What remains
is a ratio of likelihoods, and these may be added as far as the two look at different things.

A network that knows nothing of an organ thereby has no say in it, whatever it claims.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from manyhands.types import LogOddsStack, MaskStack

CLIP = 4.0
"""No voxel's logit says more than this, as with the evidence of intensities."""
MOST_VOXELS = 20_000
ROUNDS = 12
RIDGE = 1e-3
LEAST_SPREAD = 1e-6


def calibrated(logits: LogOddsStack, mask: MaskStack, where: MaskStack) -> npt.NDArray[np.float32]:
    """Log-likelihood ratios in place of `logits`, as far as `mask` bears them out.

    Both are compared in the voxels `where`; with none there, or a mask that holds all or none of
    them, all is 0, as it is where larger logits do not go with the mask.
    """
    index = np.flatnonzero(where)
    index = index[:: max(1, len(index) // MOST_VOXELS)]
    values = logits.reshape(-1)[index].astype(np.float64)
    is_mask = mask.reshape(-1)[index].astype(np.float64)
    filled = is_mask.mean() if len(index) else 0.0
    spread = float(values.std()) if len(index) else 0.0
    if not 0 < filled < 1 or spread < LEAST_SPREAD:
        return np.zeros(logits.shape, dtype=np.float32)
    centre = float(values.mean())
    slope, offset = logistic((values - centre) / spread, is_mask)
    if slope <= 0:
        return np.zeros(logits.shape, dtype=np.float32)
    prior = np.log(filled / (1 - filled))
    ratio = (logits - np.float32(centre)) * np.float32(slope / spread) + np.float32(offset - prior)
    return np.asarray(np.clip(ratio, -CLIP, CLIP), dtype=np.float32)


def logistic(
    values: npt.NDArray[np.float64], is_true: npt.NDArray[np.float64]
) -> tuple[float, float]:
    """Slope and offset of the log-odds of `is_true` (n,) 0 or 1, linear in `values` (n,).

    By Newton's method; a small ridge keeps the slope finite where values part the two wholly.
    """
    design = np.stack([values, np.ones_like(values)], axis=1)
    found = np.zeros(2)
    penalty = RIDGE * len(values) * np.array([1.0, 0.0])
    for _ in range(ROUNDS):
        probability = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        weight = probability * (1 - probability) + 1e-9
        gradient = design.T @ (is_true - probability) - penalty * found
        curvature = (design * weight[:, None]).T @ design + np.diag(penalty)
        found = found + np.linalg.solve(curvature, gradient)
    return float(found[0]), float(found[1])
