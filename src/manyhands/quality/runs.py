"""Runs of slices: findings speak of "slices 3 to 7" rather than of five slices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from manyhands.types import MaskArray


def find_runs(mask: MaskArray) -> list[tuple[int, int]]:
    """First and last index of each run of true in a mask (n,)."""
    edges = np.flatnonzero(np.diff(np.pad(mask, 1).astype(np.int8))).reshape(-1, 2)
    return [(int(start), int(stop) - 1) for start, stop in edges]


def in_words(runs: Sequence[tuple[int, int]], *, most: int = 4) -> str:
    """Runs as "slice 3", or "slices 3 to 7 and 9"; after `most` of them "and more"."""
    words = [str(a) if a == b else f"{a} to {b}" for a, b in runs[:most]]
    if len(runs) > most:
        words.append("more")
    listed = " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
    is_one = len(runs) == 1 and runs[0][0] == runs[0][1]
    return f"{'slice' if is_one else 'slices'} {listed}"
