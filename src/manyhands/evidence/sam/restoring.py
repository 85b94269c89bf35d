"""How the decoder's small logits become log-odds of the slice's voxels, one rule a kind of mask."""

from __future__ import annotations

from typing import Any

from manyhands.evidence.sam.pictures import resized_shape
from manyhands.evidence.sam.table import MaskRule, SamModel
from manyhands.evidence.sam.torch_ready import require_torch

LEAST_PROBABILITY = 1e-6  # keeps log-odds of probabilities finite


def restore(low: Any, model: SamModel, shape: tuple[int, int], input_px: int) -> Any:
    """Tensor (n, m, rows, columns) of a slice of `shape`, from the decoder's (n, m, side, side).

    Above 0 lies the mask, whichever rule.
    """
    if model.mask_rule is MaskRule.SIGMOID_THEN_RESIZE:
        # Probabilities are what is interpolated: not the same mask as from interpolated logits.
        return _resize(low.sigmoid(), shape).logit(eps=LEAST_PROBABILITY)
    if model.mask_rule is MaskRule.RESIZE:
        return _resize(low, shape)
    rows, columns = resized_shape(model.resize, shape, input_px)
    full = _resize(low, (input_px, input_px))
    return _resize(full[..., :rows, :columns], shape)


def _resize(pictures: Any, size: tuple[int, int]) -> Any:
    interpolate = require_torch().nn.functional.interpolate
    return interpolate(pictures, size, mode="bilinear", align_corners=False)
