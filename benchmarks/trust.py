"""Can one trust the confidence that comes with each slice of a mask?

    python -m benchmarks.trust

On the training cases, with loose boxes: mean confidence beside mean slice Dice, how well the one
ranks the other (Spearman), and the Dice of the tenth of slices that are trusted least.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from benchmarks.crowds import CROWDS, agree
from benchmarks.data import GROUPS, Case, load_case
from benchmarks.tables import format_table
from manyhands.geometry import to_stack
from manyhands.masks import segment

FloatArray = npt.NDArray[np.float64]


def find_pairs(case: Case, profiles: Sequence[str]) -> FloatArray:
    """Confidence and Dice (n, 2) of every slice that has a mask."""
    found = segment(case.volume, agree(case, profiles, seed=0, complete=True))
    labels, reference = to_stack(found.labels.data), to_stack(case.reference.data)
    pairs = []
    for structure_id in case.structures:
        mask, truth = labels == structure_id, reference == structure_id
        common = 2 * (mask & truth).sum(axis=(1, 2))
        total = mask.sum(axis=(1, 2)) + truth.sum(axis=(1, 2))
        for k in np.flatnonzero(mask.any(axis=(1, 2))):
            pairs.append((found.confidence[structure_id][k], common[k] / total[k]))
    return np.array(pairs)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Confidence of slices beside their Dice.")
    parser.add_argument("--groups", nargs="+", choices=list(GROUPS), default=["MR training"])
    arguments = parser.parse_args(argv)
    rows = []
    for group in arguments.groups:
        cases = [load_case(name) for name in GROUPS[group]]
        for crowd in ("one paper annotator", "four annotators"):
            pairs = np.concatenate([find_pairs(case, CROWDS[crowd]) for case in cases])
            confidence, dice = pairs.T
            least = dice[np.argsort(confidence)[: max(len(dice) // 10, 1)]]
            rank = spearmanr(confidence, dice).statistic
            figures = (confidence.mean(), dice.mean(), rank, least.mean())
            rows.append([group, crowd, str(len(dice)), *(f"{figure:.3f}" for figure in figures)])
    header = ["", "boxes", "slices", "confidence", "Dice", "Spearman", "Dice of least trusted 10 %"]
    print(format_table(header, rows))


if __name__ == "__main__":
    main()
