"""How far beyond its boxes a structure may reach, where people's edges were moved inwards."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import sides
from manyhands.types import Track

MOST_MARGIN_SHARE = 0.2  # of a box's side, on each side

EdgeDistances = npt.NDArray[np.float64]  # (n, 4): of row0, column0, row1, column1, in pixels


def find_margin_px(track: Track) -> EdgeDistances:
    """How far (n, 4) beyond each edge of a track the structure may reach.

    As many spreads as the track's margin says, but no more than a share of the box's side: a
    structure is never far outside its boxes.
    """
    return np.minimum(
        track.margin * track.spread_px, MOST_MARGIN_SHARE * np.tile(sides(track.boxes), 2)
    )
