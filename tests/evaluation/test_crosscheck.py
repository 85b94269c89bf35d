"""Our metrics against MONAI's, which follow the same definitions (extra `crosscheck`)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from manyhands.evaluation import hd95_mm, nsd, surface_distances, volume_dice
from manyhands.types import MaskArray, Spacing

pytest.importorskip("torch", reason="needs the extra 'crosscheck'")
with warnings.catch_warnings():
    # What other packages deprecate on import is not ours to mend.
    warnings.simplefilter("ignore")
    monai = pytest.importorskip("monai.metrics", reason="needs the extra 'crosscheck'")


def blob(rng: np.random.Generator) -> MaskArray:
    """A ragged thing, often of several pieces and often touching the border of the image."""
    smooth = ndimage.gaussian_filter(rng.normal(size=(20, 24, 9)), (2.5, 2.5, 1.2))
    return np.asarray(smooth > np.percentile(smooth, 75))


def one_hot(mask: MaskArray) -> Any:
    import torch

    return torch.as_tensor(mask.astype(np.float32))[None, None]


# MONAI 1.5 and 1.6 call a function of their own with an argument they have deprecated.
@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy:FutureWarning")
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (0.8, 1.2, 5.0)])
def test_same_as_monai(seed: int, spacing_mm: Spacing) -> None:
    rng = np.random.default_rng(seed)
    reference, prediction = blob(rng), blob(rng)
    pair = {"y_pred": one_hot(prediction), "y": one_hot(reference), "include_background": True}

    distances = surface_distances(reference, prediction, spacing_mm)
    assert volume_dice(reference, prediction) == pytest.approx(monai.compute_dice(**pair).item())
    assert nsd(distances, 2.0) == pytest.approx(
        monai.compute_surface_dice(**pair, class_thresholds=[2.0], spacing=spacing_mm).item()
    )
    assert hd95_mm(distances) == pytest.approx(
        monai.compute_hausdorff_distance(**pair, percentile=95, spacing=spacing_mm).item()
    )
