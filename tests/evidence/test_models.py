"""What every model of the table must do."""

from __future__ import annotations

import numpy as np
import pytest

from manyhands.config import Config
from manyhands.evidence import MODELS, Model, Region
from manyhands.evidence.region import FAR, BoxOnSlice, cut_region


def region_of(slices: int) -> Region:
    """A bright square in a loose box, at a picture's upper border."""
    stack = np.random.default_rng(0).normal(0.4, 0.05, (slices, 36, 40)).astype(np.float32)
    stack[:, 2:20, 12:30] += 0.3
    box = np.array([0.0, 9.0, 24.0, 33.0])
    boxes = [BoxOnSlice(k, 0, box) for k in range(slices)]
    return cut_region(stack, boxes, (4.0, 2.5, 2.5))


def test_the_first_model_is_the_default() -> None:
    assert next(iter(MODELS)) == Config(structures=()).model


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("slices", [1, 4])
class TestEveryModel:
    """First without a mask, then with the one it led to."""

    def test_finite_in_shape_and_more_likely_inside_than_far(
        self, model: Model, slices: int
    ) -> None:
        region = region_of(slices)
        mask = None
        for _ in range(3):
            evidence = model(region, mask)
            assert evidence.shape == region.image.shape
            assert evidence.dtype == np.float32
            assert np.isfinite(evidence).all()
            assert evidence[region.inside].max() > 0
            assert evidence[region.zone == FAR].max(initial=-1) < 0
            mask = evidence > 0

    def test_the_same_again(self, model: Model, slices: int) -> None:
        region = region_of(slices)
        mask = model(region, None) > 0
        image, before = region.image.copy(), mask.copy()
        for given in (None, mask):
            np.testing.assert_array_equal(model(region, given), model(region, given))
        np.testing.assert_array_equal(region.image, image)
        np.testing.assert_array_equal(mask, before)

    def test_a_mask_without_voxels(self, model: Model, slices: int) -> None:
        """As after a cut that found nothing."""
        region = region_of(slices)
        evidence = model(region, np.zeros(region.image.shape, dtype=np.bool_))
        assert np.isfinite(evidence).all()
        assert (evidence[region.inside] > 0).any()
