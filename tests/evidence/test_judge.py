"""The judge's network: what it says of masks is tested with the fits, in `masks/test_judged.py`."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pytest

from manyhands.evidence.context import FEATURES
from manyhands.evidence.judge import (
    Network,
    learned_network,
    network_from_json,
)


def of(numbers: object) -> npt.NDArray[np.float32]:
    return np.array(numbers, dtype=np.float32)


def network(n_features: int = len(FEATURES)) -> Network:
    rng = np.random.default_rng(0)

    def some(*shape: int) -> npt.NDArray[np.float32]:
        return rng.normal(size=shape).astype(np.float32)

    return Network(
        some(n_features), 1 + some(n_features) ** 2, some(n_features, 5), some(5), some(5), 0.25
    )


def test_the_network_by_hand() -> None:
    """One feature, two hidden units of which one is silent: 3 * (2 * (5 - 1) / 2 - 1) + 1."""
    one = Network(
        mean=of([1]),
        scale=of([2]),
        hidden=of([[2, -2]]),
        hidden_bias=of([-1, 1]),
        output=of([3, 7]),
        output_bias=1.0,
    )
    np.testing.assert_allclose(one(of([[5], [1]])), of([10, 8]))


def test_many_voxels_are_the_same_as_few() -> None:
    """More than go at a time."""
    some = np.random.default_rng(0).normal(size=(1000, len(FEATURES))).astype(np.float32)
    many = np.tile(some, (450, 1))
    np.testing.assert_allclose(network()(many), np.tile(network()(some), 450), rtol=1e-4, atol=1e-4)


def test_written_and_read_it_says_the_same() -> None:
    some = np.random.default_rng(0).normal(size=(200, len(FEATURES))).astype(np.float32)
    again = network_from_json(json.loads(json.dumps(network().to_json())))
    np.testing.assert_allclose(again(some), network()(some), rtol=0.01, atol=0.02)


def test_a_network_of_other_features_is_refused() -> None:
    table = network().to_json() | {"features": ["intensity"]}
    with pytest.raises(ValueError, match="learned on"):
        network_from_json(table)


def test_the_one_that_comes_along_fits_the_features() -> None:
    found = learned_network()
    assert found.hidden.shape[0] == len(FEATURES)
    assert learned_network() is found
