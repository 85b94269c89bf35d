"""Dice, NSD and HD95 of one case, ours against MONAI's in one run: are they equal, who is faster?

    python -m benchmarks.metrics

A phantom with five structures, and a prediction that is off by a voxel or two and has an island.
Needs the extra `crosscheck`. CPU seconds, which say more than wall time on a busy machine.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from benchmarks.tables import format_table
from manyhands.config import make_structures
from manyhands.evaluation import score_volume
from manyhands.phantom import NAMES, make_phantom
from manyhands.types import LabelArray, Labels

METRICS = ("volume_dice", "nsd", "hd95_mm")
TOLERANCE_MM = 2.0
AIM = 4.0  # times as fast as MONAI
HEIGHT_MM, WIDTH_MM = 300.0, 400.0

Values = dict[str, list[float]]
"""By metric, one number for each structure."""


@dataclass(frozen=True)
class Measured:
    """What a program gave, and the CPU seconds it took."""

    values: Values
    cpu_s: float


def make_case(size: int, slices: int) -> tuple[Labels, Labels]:
    """Reference and prediction (size, size, slices)."""
    spacing_mm = (WIDTH_MM / size, WIDTH_MM / size, HEIGHT_MM / slices)
    _, reference, _ = make_phantom((size, size, slices), spacing_mm=spacing_mm)
    return reference, Labels(_spoil(reference.data), reference.grid)


def _spoil(reference: LabelArray) -> LabelArray:
    """Structures moved, grown or shrunk by a voxel, and an island of the first."""
    spoiled = np.zeros_like(reference)
    for structure_id, mask in ((s, reference == s) for s in range(1, len(NAMES) + 1)):
        moved = np.roll(mask, (structure_id % 3, -1), axis=(0, 1))
        change = ndimage.binary_dilation if structure_id % 2 else ndimage.binary_erosion
        spoiled[change(moved)] = structure_id
    corner = tuple(slice(n // 10, n // 10 + 3) for n in reference.shape)
    spoiled[corner] = 1
    return spoiled


def measure(work: Callable[[], Values]) -> Measured:
    began = time.process_time()
    values = work()
    return Measured(values, time.process_time() - began)


def by_manyhands(reference: Labels, prediction: Labels) -> Values:
    """All that a `Score` has: two more definitions of slice Dice too."""
    scores = score_volume(
        reference, prediction, make_structures(NAMES), nsd_tolerance_mm=TOLERANCE_MM
    )
    return {metric: [getattr(score, metric) for score in scores] for metric in METRICS}


def by_monai(reference: Labels, prediction: Labels) -> Values:
    """Each metric of all structures at once, as MONAI's documentation calls it."""
    metrics, pair = _monai(), _one_hot(reference, prediction)
    spacing_mm = reference.grid.spacing_mm
    limits = [TOLERANCE_MM] * len(NAMES)
    with warnings.catch_warnings():
        # MONAI calls a function of its own in a way that it has deprecated.
        warnings.simplefilter("ignore", FutureWarning)
        found = {
            "volume_dice": metrics.compute_dice(**pair),
            "nsd": metrics.compute_surface_dice(
                **pair, class_thresholds=limits, spacing=spacing_mm
            ),
            "hd95_mm": metrics.compute_hausdorff_distance(
                **pair, percentile=95, spacing=spacing_mm
            ),
        }
    return {metric: values[0].tolist() for metric, values in found.items()}


def _monai() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what others deprecate on import
        try:
            import monai.metrics
        except ImportError:
            raise SystemExit(
                "needs the extra 'crosscheck': pip install manyhands[crosscheck]"
            ) from None
    return monai.metrics


def _one_hot(reference: Labels, prediction: Labels) -> dict[str, Any]:
    import torch

    def stacked(labels: LabelArray) -> Any:
        masks = np.stack([labels == structure_id for structure_id in range(1, len(NAMES) + 1)])
        return torch.as_tensor(masks[None])

    return {
        "y_pred": stacked(prediction.data),
        "y": stacked(reference.data),
        "include_background": True,
    }


def compare(size: int, slices: int) -> tuple[Measured, Measured]:
    """Ours and MONAI's, after each has had its imports."""
    case = make_case(size, slices)
    small = make_case(32, 12)
    for warm_up in (by_manyhands, by_monai):
        warm_up(*small)
    return measure(lambda: by_manyhands(*case)), measure(lambda: by_monai(*case))


def largest_difference(ours: Values, theirs: Values) -> float:
    return max(
        abs(a - b) for metric in METRICS for a, b in zip(ours[metric], theirs[metric], strict=True)
    )


def table(ours: Measured, theirs: Measured) -> str:
    rows = [
        (name, *(f"{v:.4f}" for m in METRICS for v in (ours.values[m][n], theirs.values[m][n])))
        for n, name in enumerate(NAMES)
    ]
    heading = ("", *(f"{m}{who}" for m in METRICS for who in ("", ", MONAI")))
    return format_table(heading, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--size", type=int, default=512, help="rows and columns of a slice")
    parser.add_argument("--slices", type=int, default=150)
    asked = parser.parse_args(arguments)
    ours, theirs = compare(asked.size, asked.slices)
    print(table(ours, theirs))
    apart, ratio = largest_difference(ours.values, theirs.values), theirs.cpu_s / ours.cpu_s
    print(f"\nlargest difference {apart:.1e} (asked: below 5e-05)")
    print(f"CPU seconds: manyhands {ours.cpu_s:.2f}, MONAI {theirs.cpu_s:.2f}")
    print(f"{ratio:.1f} times as fast (asked: {AIM:g})")


if __name__ == "__main__":
    main()
