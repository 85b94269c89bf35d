"""What the judge is learned with: copies of cases, folds, and the network itself."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.data import Case
from benchmarks.learn_judge import (
    FOLDS,
    MR,
    OTHER,
    PHANTOM_SPACINGS_MM,
    PLAIN_CONTRAST,
    PLAIN_NOISE_HU,
    coarser,
    fold_of,
    learn,
    phantom,
    without_medium,
)

from manyhands.evidence.context import FEATURES


@pytest.fixture(scope="module")
def case() -> Case:
    return phantom(3)


def test_every_case_has_a_fold_and_every_fold_cases() -> None:
    names = (*MR, *OTHER, *(f"phantom{n}" for n in range(len(PHANTOM_SPACINGS_MM))))
    assert {fold_of(name) for name in names} == set(range(FOLDS))


def test_a_copy_is_in_the_fold_of_its_case(case: Case) -> None:
    """Else it would be learned from what it is tried on."""
    assert coarser(case, noise=0).name == without_medium(case).name == case.name


def test_a_coarser_copy_has_four_pixels_in_one(case: Case) -> None:
    found = coarser(case, noise=0)
    shape = case.volume.data.shape
    assert found.volume.data.shape == (shape[0] // 2, shape[1] // 2, shape[2])
    assert found.volume.grid.stack_spacing_mm == (5.0, 6.0, 6.0)
    mean = case.volume.data[4:6, 8:10, 3].mean()
    assert found.volume.data[2, 4, 3] == pytest.approx(mean, abs=1e-3)
    liver = case.reference.data == 1
    for place in np.argwhere(found.reference.data == 1)[::50]:
        i, j, k = place.tolist()
        assert liver[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, k].sum() >= 3
    assert (found.reference.data == 1).sum() * 4 == pytest.approx(liver.sum(), rel=0.1)


def test_without_medium_soft_tissues_differ_less_and_bone_and_fat_stay(case: Case) -> None:
    before, after = case.volume.data, without_medium(case).volume.data
    noise = (after - before)[before < 0]
    assert noise.mean() == pytest.approx(0, abs=0.5)
    assert noise.std() == pytest.approx(PLAIN_NOISE_HU, rel=0.05)
    soft = (before > 60) & (before < 200)
    slope = np.polyfit(before[soft], after[soft], 1)[0]
    assert slope == pytest.approx(PLAIN_CONTRAST, abs=0.02)
    assert (after - before)[before > 300].mean() == pytest.approx(0, abs=2)


def test_the_network_learns_what_can_be_learned_and_the_same_again() -> None:
    """Either of two features decides, which no straight line through both says."""
    rng = np.random.default_rng(0)
    features = rng.normal(3, 2, (20_000, len(FEATURES))).astype(np.float32)
    is_true = np.maximum(features[:, 0], features[:, 6]) > 5
    network = learn([(features[:15_000], is_true[:15_000])])
    found = network(features[15_000:]) > 0
    assert np.mean(found == is_true[15_000:]) > 0.93
    again = learn([(features[:15_000], is_true[:15_000])])
    np.testing.assert_array_equal(again.hidden, network.hidden)
