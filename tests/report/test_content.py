from __future__ import annotations

import numpy as np

from manyhands.report import Coverage, coverage_of
from manyhands.types import Consensus, Track


def test_coverage_comes_from_the_consensus() -> None:
    """Boxes on slices 1 to 3, the middle one interpolated; nobody looked at slice 5."""
    track = Track(
        slice_indices=np.array([1, 2, 3]),
        boxes=np.tile([0.0, 0.0, 4.0, 4.0], (3, 1)),
        is_drawn=np.array([True, False, True]),
        spread_px=np.zeros((3, 4)),
    )
    is_seen = np.array([True, True, True, True, True, False])
    coverage = coverage_of("one", "liver", Consensus((track,), is_seen.astype(float), is_seen))
    assert (coverage.volume, coverage.structure) == ("one", "liver")
    assert coverage.has_box.tolist() == [False, True, True, True, False, False]
    assert coverage.is_drawn.tolist() == [False, True, False, True, False, False]
    assert coverage.is_seen.tolist() == is_seen.tolist()
    assert not coverage.is_complete
    assert coverage.seen_share == 5 / 6


def test_a_volume_without_slices_is_complete() -> None:
    nothing = np.zeros(0, dtype=bool)
    coverage = Coverage("one", "liver", nothing, nothing, nothing)
    assert coverage.is_complete
    assert coverage.seen_share == 1
