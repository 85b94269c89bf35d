"""When two implementations say the same of a slice, in numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RELATIVE = 1e-3
PIXELS_IN_10_000 = 5


def check_same_logits(ours: npt.NDArray[np.float32], reference: npt.NDArray[np.float32]) -> None:
    """Logits within a thousandth of the largest, masks alike but for 5 of 10,000 pixels."""
    assert ours.shape == reference.shape
    assert np.abs(ours - reference).max() <= RELATIVE * np.abs(reference).max()
    different = np.count_nonzero((ours > 0) != (reference > 0))
    assert different * 10_000 <= PIXELS_IN_10_000 * ours.size
    assert np.ptp(reference) > 0.01, "a constant answer would agree with anything"
