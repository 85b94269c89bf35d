"""The judge: says of a finished fit, voxel by voxel, what an expert would call structure.

A model that learns from its own mask believes its own leaks. The judge has seen on training cases
what fits look like where they are right and where they are wrong, in terms that know no organ
(`context.py`), and gives log-odds. Judged again, its own better mask improves it once more: the
auto-context of Tu and Bai (2010, doi 10.1109/TPAMI.2009.186).

It is a network of 721 numbers, `judge.json`; `python -m benchmarks.learn_judge` learns it and says
what it gives on cases it has not seen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from manyhands.evidence.context import FEATURES, describe_voxels, in_region
from manyhands.evidence.region import OUTSIDE, Region
from manyhands.types import LogOddsStack, MaskStack

FILE = "judge.json"
# Dice is highest when voxels a little less likely than not are taken too. Chosen of 0 to 1 on half
# of the training cases.
INCLINATION = 0.3
# Below, it has seen one real vessel and phantoms: on aortas of training cases it had not seen its
# masks were worse than the fit's by .03 to .09 on CT and .01 to .03 on MR.
SMALLEST_MM = 40.0
CHUNK = 8192  # voxels at a time: what is between the layers stays in the cache

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Network:
    """Scaled features through one hidden layer (n_features, n_hidden), rectified, to log-odds."""

    mean: FloatArray
    scale: FloatArray
    hidden: FloatArray
    hidden_bias: FloatArray
    output: FloatArray
    output_bias: float

    def __call__(self, features: FloatArray) -> FloatArray:
        """Log-odds (n,) of features (n, n_features)."""
        found = np.empty(len(features), dtype=np.float32)
        for start in range(0, len(features), CHUNK):
            some = (features[start : start + CHUNK] - self.mean) / self.scale
            found[start : start + CHUNK] = self._log_odds(some)
        return found

    def _log_odds(self, scaled: FloatArray) -> FloatArray:
        hidden = np.maximum(scaled @ self.hidden + self.hidden_bias, 0)
        return np.asarray(hidden @ self.output + self.output_bias, dtype=np.float32)

    def to_json(self) -> dict[str, Any]:
        """Rounded to four figures, which changes no log-odds by more than a hundredth."""
        parts = {name: np.asarray(value) for name, value in vars(self).items()}
        rounded = {
            name: np.vectorize(lambda x: float(f"{x:.4g}"))(part).tolist()
            for name, part in parts.items()
        }
        return {"features": list(FEATURES), **rounded}


def network_from_json(table: dict[str, Any]) -> Network:
    """The network of `to_json`. Raises `ValueError` if it was learned on other features."""
    if tuple(table["features"]) != FEATURES:
        raise ValueError(f"the judge was learned on {table['features']}, not on {FEATURES}")
    arrays = {
        name: np.array(table[name], dtype=np.float32)
        for name in ("mean", "scale", "hidden", "hidden_bias", "output")
    }
    return Network(**arrays, output_bias=float(table["output_bias"]))


@cache
def learned_network() -> Network:
    """The network that comes with the package."""
    text = resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    return network_from_json(json.loads(text))


def knows_size(region: Region) -> bool:
    """Whether the judge has seen enough structures as large as this one to be asked about it."""
    return region.side_mm >= SMALLEST_MM


def judge_evidence(
    region: Region, mask: MaskStack | None, network: Network | None = None
) -> LogOddsStack:
    """Log-odds of each voxel, given a fitted mask, which may not be empty; -60 outside the boxes.

    `network` is the one that comes with the package, if none is given. Raises `ValueError` without
    a mask: there is nothing to judge.
    """
    if mask is None or not mask.any():
        raise ValueError("the judge needs a mask that is not empty")
    log_odds = (network or learned_network())(describe_voxels(region, mask))
    return in_region(region, log_odds + np.float32(INCLINATION), OUTSIDE)
