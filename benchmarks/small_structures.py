"""What is gained by believing small structures to be ellipses, on the aortas of training cases?

    python -m benchmarks.small_structures

Mean volume Dice with three crowds, of the aorta alone: boxes drawn in to the mask, as those of all
other structures are, beside boxes drawn in to ellipses (`manyhands.masks.ellipses`). The cases are
the 3 mm MR, CT 02 as it is, in coarser pixels and as without contrast medium, and four phantoms
with and without.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from unittest.mock import patch

import numpy as np
from tqdm import tqdm

from benchmarks.crowds import CROWDS, agree
from benchmarks.data import NAMES, Case, load_case
from benchmarks.learn_judge import (
    COARSE_NOISE_HU,
    PHANTOM_SPACINGS_MM,
    coarser,
    phantom,
    without_medium,
)
from benchmarks.tables import format_table
from manyhands.evaluation import volume_dice
from manyhands.evidence import MODELS
from manyhands.masks import segment
from manyhands.types import Consensus

AORTA = next(number for number, name in NAMES.items() if name == "aorta")
WAYS = {
    "the mask": replace(MODELS["intensity"], has_ellipses=False),
    "ellipses": MODELS["intensity"],
}


def cases() -> Iterator[Case]:
    yield load_case("abdomen_mr/smoke")
    ct = load_case("abdomen_ct/case02")
    yield from (ct, coarser(ct, noise=0), without_medium(coarser(ct, noise=COARSE_NOISE_HU)))
    for number in range(len(PHANTOM_SPACINGS_MM)):
        yield phantom(number)
        yield without_medium(phantom(number))


def measure(case: Case, agreed: Mapping[int, Consensus], way: str) -> float:
    """Volume Dice of the aorta. Nobody but this benchmark wants the first way."""
    with patch.dict(MODELS, intensity=WAYS[way]):
        found = segment(case.volume, agreed).labels.data == AORTA
    return volume_dice(case.reference.data == AORTA, found) or 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description="Small structures as ellipses.")
    parser.add_argument("--seeds", type=int, default=4, help="crowds to average over (4)")
    seeds = parser.parse_args().seeds
    dice: dict[tuple[str, str], list[float]] = {key: [] for key in product(WAYS, CROWDS)}
    for case in tqdm(list(cases()), unit="case", file=sys.stderr):
        for (crowd, profiles), seed in product(CROWDS.items(), range(seeds)):
            agreed = agree(case, profiles, seed=seed, complete=True)
            for way in WAYS:
                dice[way, crowd].append(measure(case, {AORTA: agreed[AORTA]}, way))
    rows = [[way, *(f"{np.mean(dice[way, crowd]):.3f}" for crowd in CROWDS)] for way in WAYS]
    print(format_table(["boxes drawn in to", *CROWDS], rows))


if __name__ == "__main__":
    main()
