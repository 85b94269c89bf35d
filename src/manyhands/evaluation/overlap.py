"""How much of two masks is the same: Dice of the volume, and two means over its slices.

Masks are (i, j, k), slices are planes of constant k. Dice (1945, doi 10.2307/1932409) is twice the
common part over the sum of both. Everywhere: None where both masks are empty (nothing to be right
or wrong about), 0 where one is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from manyhands.types import MaskArray

Counts = npt.NDArray[np.int64]


def volume_dice(reference: MaskArray, prediction: MaskArray) -> float | None:
    """Dice of all voxels together."""
    common, total = (counts.sum() for counts in _counts_by_slice(reference, prediction))
    return float(2 * common / total) if total else None


def slice_dice(reference: MaskArray, prediction: MaskArray) -> float | None:
    """Mean Dice over the slices where the reference or the prediction has something."""
    common, total = _counts_by_slice(reference, prediction)
    return _mean_dice(common, total, total > 0) if total.any() else None


def slice_dice_paper(reference: MaskArray, prediction: MaskArray) -> float | None:
    """Mean Dice over the slices where the *prediction* has something.

    So counted by Kulkarni et al. (2024, arXiv 2403.15218). Slices of the structure that nobody
    boxed do not lower it, so it says how good the masks are, not how good the volume is.
    """
    common, total = _counts_by_slice(reference, prediction)
    is_predicted = np.asarray(prediction.any(axis=(0, 1)))
    if not is_predicted.any():
        return 0.0 if total.any() else None
    return _mean_dice(common, total, is_predicted)


def _counts_by_slice(reference: MaskArray, prediction: MaskArray) -> tuple[Counts, Counts]:
    """Voxels in both masks, and the sum of the voxels of each; both (slices,)."""
    if reference.shape != prediction.shape:
        raise ValueError(
            f"two masks of one shape are compared, got a reference of shape {reference.shape} "
            f"and a prediction of shape {prediction.shape}"
        )
    common = np.count_nonzero(reference & prediction, axis=(0, 1))
    each = (np.count_nonzero(mask, axis=(0, 1)) for mask in (reference, prediction))
    return common, np.add(*each)


def _mean_dice(common: Counts, total: Counts, slices: npt.NDArray[np.bool_]) -> float:
    return float(np.mean(2 * common[slices] / total[slices]))
