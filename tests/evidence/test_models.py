"""What the evidence of every model of the table must do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from manyhands.config import Config
from manyhands.evidence import MODELS, Evidence, Region
from manyhands.evidence.intensity import intensity_evidence
from manyhands.evidence.region import FAR, OUTSIDE, BoxOnSlice, cut_region


def region_of(slices: int) -> Region:
    """A bright square in a loose box, at a picture's upper border."""
    stack = np.random.default_rng(0).normal(0.4, 0.05, (slices, 36, 40)).astype(np.float32)
    stack[:, 2:20, 12:30] += 0.3
    box = np.array([0.0, 9.0, 24.0, 33.0])
    boxes = [BoxOnSlice(k, 0, box) for k in range(slices)]
    return cut_region(stack, boxes, (4.0, 2.5, 2.5))


def test_the_first_model_is_the_default() -> None:
    assert next(iter(MODELS)) == Config(structures=()).model


# What a network adds is tested over all of them in prompted/test_prompted.py.
OWN = {name: model for name, model in MODELS.items() if model.network is None}
FITTING = {name: model.fit for name, model in OWN.items()}
JUDGING = {name: model.judge for name, model in OWN.items() if model.judge is not None}


@pytest.mark.parametrize("give", FITTING.values(), ids=FITTING)
@pytest.mark.parametrize("slices", [1, 4])
class TestWhatFits:
    """First without a mask, then with the one it led to."""

    def test_finite_in_shape_and_more_likely_inside_than_far(
        self, give: Evidence, slices: int
    ) -> None:
        region = region_of(slices)
        mask = None
        for _ in range(3):
            evidence = give(region, mask)
            assert evidence.shape == region.image.shape
            assert evidence.dtype == np.float32
            assert np.isfinite(evidence).all()
            assert evidence[region.inside].max() > 0
            assert evidence[region.zone == FAR].max(initial=-1) < 0
            mask = evidence > 0

    def test_the_same_again(self, give: Evidence, slices: int) -> None:
        region = region_of(slices)
        mask = give(region, None) > 0
        image, before = region.image.copy(), mask.copy()
        for given in (None, mask):
            np.testing.assert_array_equal(give(region, given), give(region, given))
        np.testing.assert_array_equal(region.image, image)
        np.testing.assert_array_equal(mask, before)

    def test_a_mask_without_voxels(self, give: Evidence, slices: int) -> None:
        """As after a cut that found nothing."""
        region = region_of(slices)
        evidence = give(region, np.zeros(region.image.shape, dtype=np.bool_))
        assert np.isfinite(evidence).all()
        assert (evidence[region.inside] > 0).any()


@pytest.mark.parametrize("give", JUDGING.values(), ids=JUDGING)
@pytest.mark.parametrize("slices", [1, 4])
class TestWhatJudges:
    def test_finite_the_same_again_and_nothing_outside_the_boxes_that_were_drawn(
        self, give: Evidence, slices: int
    ) -> None:
        region = region_of(slices)
        tight = region.tightened([replace(b, edges=b.edges * 0.9 + 1) for b in region.boxes])
        mask = intensity_evidence(tight, None) > 0
        evidence = give(tight, mask)
        assert evidence.shape == region.image.shape
        assert evidence.dtype == np.float32
        assert np.isfinite(evidence).all()
        assert (evidence[~region.inside] == OUTSIDE).all()
        assert (evidence[region.inside & ~tight.inside] > OUTSIDE).all()
        np.testing.assert_array_equal(give(tight, mask), evidence)

    def test_there_must_be_something_to_judge(self, give: Evidence, slices: int) -> None:
        region = region_of(slices)
        with pytest.raises(ValueError, match="mask"):
            give(region, np.zeros(region.image.shape, dtype=np.bool_))
