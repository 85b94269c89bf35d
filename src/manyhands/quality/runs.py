"""Runs of slices: findings speak of "slices 3 to 7" rather than of five slices."""

from __future__ import annotations

import numpy as np

from manyhands.types import MaskArray


def find_runs(mask: MaskArray) -> list[tuple[int, int]]:
    """First and last index of each run of true in a mask (n,)."""
    edges = np.flatnonzero(np.diff(np.pad(mask, 1).astype(np.int8))).reshape(-1, 2)
    return [(int(start), int(stop) - 1) for start, stop in edges]


def find_runs_among(mask: MaskArray, among: MaskArray) -> list[tuple[int, int]]:
    """The same, where only the indices `among` (n,) count: what lies between two parts no run.

    With a stride most slices are answered by nobody; those that are answered are neighbours.
    """
    indices = np.flatnonzero(among)
    return [(int(indices[a]), int(indices[b])) for a, b in find_runs(mask[indices])]


def in_words(run: tuple[int, int]) -> str:
    """A run as "slice 3" or "slices 3 to 7"."""
    first, last = run
    return f"slice {first}" if first == last else f"slices {first} to {last}"
