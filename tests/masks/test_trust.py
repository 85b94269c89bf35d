"""Probability of voxels and confidence of slices, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manyhands.masks.trust import slice_confidence, voxel_probability
from manyhands.types import MaskStack, StackArray

SHAPE = (3, 4, 5)
NOWHERE = np.zeros(SHAPE, dtype=np.bool_)
NO_WEIGHTS = np.zeros((3, *SHAPE), dtype=np.float32)


def constant(value: float) -> StackArray:
    return np.full(SHAPE, value, dtype=np.float32)


class TestVoxelProbability:
    """Of each voxel given its evidence and its neighbours' labels."""

    def test_without_neighbours_it_grows_with_the_evidence_from_0_to_1(self) -> None:
        found = [
            float(voxel_probability(constant(e), NO_WEIGHTS, NOWHERE)[1, 2, 2])
            for e in (-1e4, -60, -2, 0, 2, 60, 1e4)
        ]
        assert (np.diff(found[1:-1]) > 0).all()
        assert found[3] == 0.5
        assert found[2] + found[4] == pytest.approx(1)
        assert 0 <= found[0] < 0.01
        assert 0.99 < found[-1] <= 1

    def test_neighbours_pull_by_the_weight_of_the_face_between(self) -> None:
        """Ising's field: each neighbour is worth evidence of plus or minus the face's weight."""
        rng = np.random.default_rng(0)
        weights = rng.uniform(0, 2, (3, *SHAPE)).astype(np.float32)
        mask = rng.random(SHAPE) < 0.5
        evidence = rng.normal(0, 3, SHAPE).astype(np.float32)
        pull = np.zeros(SHAPE, dtype=np.float32)
        for k, r, c in np.ndindex(SHAPE):
            for axis, step in ((0, (1, 0, 0)), (1, (0, 1, 0)), (2, (0, 0, 1))):
                after, before = np.add((k, r, c), step), np.subtract((k, r, c), step)
                if after[axis] < SHAPE[axis]:
                    pull[k, r, c] += weights[axis, k, r, c] * (1 if mask[tuple(after)] else -1)
                if before[axis] >= 0:
                    sign = 1 if mask[tuple(before)] else -1
                    pull[k, r, c] += weights[(axis, *before)] * sign
        np.testing.assert_allclose(
            voxel_probability(evidence, weights, mask),
            voxel_probability(evidence + pull, NO_WEIGHTS, NOWHERE),
            atol=1e-6,
        )

    @settings(max_examples=30)
    @given(st.integers(0, 1000), st.floats(0, 100))
    def test_the_contrary_has_the_rest(self, seed: int, strength: float) -> None:
        rng = np.random.default_rng(seed)
        evidence = rng.normal(0, strength, SHAPE).astype(np.float32)
        weights = rng.uniform(0, 5, (3, *SHAPE)).astype(np.float32)
        mask = rng.random(SHAPE) < 0.5
        found = voxel_probability(evidence, weights, mask)
        assert 0 <= found.min() <= found.max() <= 1
        contrary = voxel_probability(-evidence, weights, ~mask)
        np.testing.assert_allclose(found + contrary, 1, atol=1e-5)


class TestSliceConfidence:
    """The Dice to expect of each slice."""

    def test_certain_masks_have_1(self) -> None:
        mask = np.random.default_rng(0).random(SHAPE) < 0.5
        np.testing.assert_allclose(slice_confidence(mask.astype(np.float32), mask), 1)

    def test_by_hand(self) -> None:
        """5 of 20 voxels in the mask. At 1/2 everywhere: 2 x 2.5 / (5 + 10). At 0.8 in the mask
        and 0.1 outside: 2 x 4 / (5 + 5.5). Without any in the mask: 0."""
        mask = np.zeros(SHAPE, dtype=np.bool_)
        mask[:, 0] = True
        probability = np.full(SHAPE, 0.5, dtype=np.float32)
        probability[1] = np.where(mask[1], 0.8, 0.1)
        probability[2] = np.where(mask[2], 0.0, 0.1)
        np.testing.assert_allclose(
            slice_confidence(probability, mask), [5 / 15, 8 / 10.5, 0], rtol=1e-5
        )

    def test_slices_without_mask_have_none(self) -> None:
        mask: MaskStack = NOWHERE.copy()
        mask[1, 1, 1] = True
        for probability in (0.0, 0.5, 1.0):
            found = slice_confidence(constant(probability), mask)
            assert np.isnan(found).tolist() == [True, False, True]
