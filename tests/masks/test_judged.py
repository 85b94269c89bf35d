"""What judging adds to a fit, on phantoms that the judge was not learned on."""

from __future__ import annotations

import numpy as np
import pytest

from manyhands.evidence import MODELS, Model
from manyhands.geometry import to_stack
from manyhands.masks.fit import Fitted, fit
from manyhands.masks.working_grid import prepare_image
from manyhands.phantom import make_phantom
from manyhands.types import Consensus, LabelStack, MaskStack, Track

LOOSE_MM = np.array([-7.0, -6.0, 7.0, 6.0])  # as real annotators draw, or a little looser


def agreed(mask: MaskStack, pixel_mm: float) -> Consensus:
    """Loose boxes on every slice of a mask."""
    slices = np.flatnonzero(mask.any(axis=(1, 2)))
    boxes = np.empty((len(slices), 4))
    for n, k in enumerate(slices):
        rows, columns = (np.flatnonzero(mask[k].any(axis=axis)) for axis in (1, 0))
        boxes[n] = (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)
    boxes = np.clip(boxes + LOOSE_MM / pixel_mm, 0, [*mask.shape[1:]] * 2)
    track = Track(slices, boxes, np.ones(len(slices), np.bool_), np.zeros_like(boxes))
    presence = np.where(mask.any(axis=(1, 2)), 1.0, 0.0)
    return Consensus((track,), presence, np.ones(len(mask), np.bool_))


def mean_dice(fitted: dict[int, Fitted], labels: LabelStack) -> float:
    dice = []
    for structure_id, found in fitted.items():
        truth = labels[found.region.slices] == structure_id
        dice.append(2 * (truth & found.mask).sum() / (truth.sum() + found.mask.sum()))
    return float(np.mean(dice))


@pytest.mark.parametrize("seed", [7, 8])
def test_loose_boxes_give_better_masks_when_the_fit_is_judged(seed: int) -> None:
    volume, reference, _ = make_phantom((125, 100, 40), spacing_mm=(3.0, 3.0, 6.0), seed=seed)
    labels = to_stack(reference.data)
    image = prepare_image(volume)
    regions = {s: image.cut_region(agreed(labels == s, 3.0)) for s in range(1, 6)}
    model = MODELS["intensity"]
    alone, judged = (mean_dice(fit(regions, one), labels) for one in (Model(model.fit), model))
    assert judged > 0.9
    assert judged > alone
