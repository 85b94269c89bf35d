"""How much annotators agree, without anybody who knows better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import iou, iou_matrix
from manyhands.quality.given import Given
from manyhands.types import BoxArray

FloatArray = npt.NDArray[np.float64]


def iou_on_slices(first: BoxArray, second: BoxArray) -> FloatArray:
    """IoU of boxes (slices, 4) with boxes (slices, 4), (slices,); 0 where either is NaN."""
    return iou(np.nan_to_num(first), np.nan_to_num(second))


def pair_iou(first: Given, second: Given) -> FloatArray:
    """IoU on each slice (n,) that both boxed; of no such slice none."""
    both = first.has_box & second.has_box
    return iou(first.boxes[both], second.boxes[both])


def median_pair_iou(given: Mapping[str, Given]) -> dict[tuple[str, str], float]:
    """Median IoU of each pair of annotators over the slices both boxed; pairs without are absent.

    Names within a pair are in the order of `given`.
    """
    found = {(a, b): pair_iou(given[a], given[b]) for a, b in combinations(given, 2)}
    return {pair: float(np.median(values)) for pair, values in found.items() if len(values)}


def agreement_with_others(given: Mapping[str, Given]) -> dict[str, FloatArray]:
    """For each annotator, the IoU with everybody else on each slice that both boxed, (n,)."""
    return {
        name: np.concatenate(
            [pair_iou(given[name], given[other]) for other in given if other != name]
            or [np.empty(0)]
        )
        for name in given
    }


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Sums of distances between values: seen on the same slice, and to be expected by chance.

    Of several structures or volumes they may be added; `n_values` counts what had a fellow.
    """

    observed: float = 0.0
    expected: float = 0.0
    n_values: int = 0

    def __add__(self, other: Disagreement) -> Disagreement:
        return Disagreement(
            self.observed + other.observed,
            self.expected + other.expected,
            self.n_values + other.n_values,
        )

    @property
    def alpha(self) -> float | None:
        """Krippendorff's alpha; None where all values are alike or nothing can be compared."""
        return 1 - self.observed / self.expected if self.expected > 0 else None


def sum_up(parts: Iterable[Disagreement]) -> Disagreement:
    return sum(parts, Disagreement())


def measure_disagreement(given: Sequence[Given]) -> Disagreement:
    """The terms of Krippendorff's alpha of boxes, for one structure of one volume.

    A unit is a slice, a value a box or *absent*; slices with one value do not count. The distance
    of two boxes is 1 - IoU, of a box and *absent* 1, of two *absent* 0. Alpha is 1 where all agree,
    0 where they agree as boxes of different slices do. Krippendorff 2004, Content Analysis, ch. 11;
    with distances as here, Braylan, Alonso and Lease 2022, doi 10.1145/3485447.3512242.
    """
    if not given:
        return Disagreement()
    votes = np.array([g.is_vote for g in given])
    boxes = np.nan_to_num(np.array([g.boxes for g in given]))  # *absent* has no area: IoU 0
    has_box = np.array([g.has_box for g in given])
    n_votes = votes.sum(axis=0)
    counted = votes & (n_votes >= 2)
    n = int(counted.sum())
    if n == 0:
        return Disagreement()
    observed = 0.0
    for a, b in combinations(range(len(given)), 2):
        both = counted[a] & counted[b] & (has_box[a] | has_box[b])
        distances = 1 - iou(boxes[a, both], boxes[b, both])
        observed += 2 * float((distances / (n_votes[both] - 1)).sum())
    return Disagreement(observed, _expected(boxes[counted & has_box], n), n)


def _expected(boxes: BoxArray, n: int) -> float:
    """Sum of the distances of all values with all others, as if drawn without regard to slices.

    `boxes` (m, 4) of `n` values; the other n - m are *absent*.
    """
    m = len(boxes)
    if m == 0:
        return 0.0
    between_boxes = m * m - float(sum(iou_matrix(boxes[i : i + 1], boxes).sum() for i in range(m)))
    return (between_boxes + 2 * m * (n - m)) / (n - 1)
