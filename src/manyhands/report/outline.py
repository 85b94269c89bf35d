"""The outline of a mask as an SVG path that runs along the edges of its pixels."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from manyhands.types import MaskArray

Corner = tuple[int, int]  # row, column of a corner of pixels


def outline_path(mask: MaskArray) -> str:
    """Closed loops around a mask (row, column), in units of pixels, x to the right and y down.

    To be filled with the rule `evenodd`: holes are loops of their own. Empty for an empty mask.
    """
    return "".join(_as_path(loop) for loop in _loops(_edges(mask)))


def _edges(mask: MaskArray) -> dict[Corner, list[Corner]]:
    """From each corner where the outline goes on; the mask is always on the right-hand side."""
    padded = np.pad(np.asarray(mask, dtype=np.int8), 1)
    down, right = np.diff(padded, axis=0)[:, 1:-1], np.diff(padded, axis=1)[1:-1, :]
    edges: dict[Corner, list[Corner]] = {}
    for steps, is_start, (rows, columns) in (
        ((0, 1), True, np.nonzero(down > 0)),  # upper edges run to the right
        ((0, 1), False, np.nonzero(down < 0)),  # lower ones to the left
        ((1, 0), False, np.nonzero(right > 0)),  # left ones up
        ((1, 0), True, np.nonzero(right < 0)),  # right ones down
    ):
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            ends = [(row, column), (row + steps[0], column + steps[1])]
            start, end = ends if is_start else ends[::-1]
            edges.setdefault(start, []).append(end)
    return edges


def _loops(edges: dict[Corner, list[Corner]]) -> list[list[Corner]]:
    """Each loop begins and ends at the same corner. Uses the edges up."""
    loops = []
    while edges:
        corner = next(iter(edges))
        loop = [corner]
        while corner in edges:
            following = edges[corner].pop()
            if not edges[corner]:
                del edges[corner]
            loop.append(following)
            corner = following
        loops.append(loop)
    return loops


def _as_path(loop: list[Corner]) -> str:
    """Steps in one direction become one line."""
    path = f"M{loop[0][1]} {loop[0][0]}"
    run = [0, 0]
    for (row, column), (next_row, next_column) in pairwise(loop):
        step = (next_row - row, next_column - column)
        if run[0] * step[0] + run[1] * step[1] <= 0:
            path += _line(run)
            run = [0, 0]
        run = [run[0] + step[0], run[1] + step[1]]
    return path + _line(run) + "z"


def _line(run: list[int]) -> str:
    rows, columns = run
    return f"v{rows}" if rows else f"h{columns}" if columns else ""
