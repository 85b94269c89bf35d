"""Compiles the cut before the first person waits for it: half a minute, once on a machine."""

from __future__ import annotations

import numpy as np

from manyhands.boxes.tracks import make_track
from manyhands.masks import segment
from manyhands.phantom import make_phantom
from manyhands.types import Consensus


def warm_up_masks() -> None:
    """Fit a mask to a tiny volume."""
    volume, _, _ = make_phantom((24, 24, 4), spacing_mm=(14.0, 10.0, 40.0))
    track = make_track([1, 2], [[6.0, 6.0, 18.0, 18.0]] * 2)
    presence, is_seen = np.array([0.0, 1.0, 1.0, 0.0]), np.ones(4, dtype=np.bool_)
    segment(volume, {1: Consensus((track,), presence, is_seen)})
