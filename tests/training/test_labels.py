from __future__ import annotations

import numpy as np
import pytest

from manyhands.errors import ConfigError
from manyhands.training import (
    Band,
    ignore_background,
    ignore_doubtful,
    renumber,
    restore_ids,
)
from manyhands.types import IGNORE_LABEL, LabelArray, VolumeArray

SPACING_MM = (1.0, 1.0, 2.0)


def test_numbers_are_consecutive_and_ignore_is_the_highest() -> None:
    labels = np.array([[[0, 7, 3, 9, IGNORE_LABEL]]], dtype=np.uint8)

    # 9 is no structure that is learned: background, not ignored.
    assert renumber(labels, (3, 7)).tolist() == [[[0, 2, 1, 0, 3]]]


def test_numbers_come_back_as_ids() -> None:
    labels = np.array([[[0, 7, 3, IGNORE_LABEL]]], dtype=np.uint8)

    assert restore_ids(renumber(labels, (3, 7)), (3, 7)).tolist() == labels.tolist()


def test_254_structures_still_leave_a_number_for_ignore() -> None:
    ids = tuple(range(1, 255))
    labels = np.array([[[254, IGNORE_LABEL]]], dtype=np.uint8)

    assert renumber(labels, ids).tolist() == [[[254, 255]]]
    assert restore_ids(renumber(labels, ids), ids).tolist() == labels.tolist()


def test_background_is_ignored_where_something_was_not_looked_for() -> None:
    labels = np.array([[[0, 1, IGNORE_LABEL]]], dtype=np.uint8)

    assert ignore_background(labels).tolist() == [[[IGNORE_LABEL, 1, IGNORE_LABEL]]]


def cube(radius: int) -> LabelArray:
    """Of label 1, so many voxels of 1 mm to each side of the middle one of 41."""
    inside = np.abs(np.arange(-20, 21)) <= radius
    return np.asarray(np.einsum("i,j,k->ijk", *[inside.astype(np.uint8)] * 3))


def ignored_depths(labels: LabelArray, likely: VolumeArray, **settings: float) -> list[int]:
    """Distances from the centre, along one axis, of what is ignored."""
    trust = {1: np.full(41, 0.9)}
    band = Band(**settings)
    doubted = ignore_doubtful(labels, likely, trust, (1.0, 1.0, 1.0), band)
    return np.flatnonzero(doubted[20, 20, 20:] == IGNORE_LABEL).tolist()


def test_band_is_as_wide_as_a_share_of_the_radius() -> None:
    """The nearest voxel outside is 17 mm from the middle: a tenth of that is one voxel."""
    doubtful = np.full((41, 41, 41), 0.5, dtype=np.float32)

    assert ignored_depths(cube(16), doubtful, width=0.1) == [16, 17]
    assert ignored_depths(cube(16), doubtful, width=0.2) == [14, 15, 16, 17, 18, 19]


def test_what_is_certain_is_not_ignored() -> None:
    certain = np.full((41, 41, 41), 0.95, dtype=np.float32)

    assert ignored_depths(cube(16), certain, width=0.2) == []


def test_small_structures_keep_their_edge() -> None:
    doubtful = np.full((41, 41, 41), 0.5, dtype=np.float32)

    assert ignored_depths(cube(8), doubtful, width=0.2) == []
    assert ignored_depths(cube(8), doubtful, width=0.2, smallest_radius_mm=5.0) == [8, 9]


def test_a_slice_that_is_not_trusted_loses_its_whole_band() -> None:
    certain = np.full((41, 41, 41), 0.95, dtype=np.float32)
    trust = {1: np.where(np.arange(41) == 20, 0.3, 0.9)}
    doubted = ignore_doubtful(cube(16), certain, trust, (1.0, 1.0, 1.0), Band(width=0.1))

    assert np.unique(np.nonzero(doubted == IGNORE_LABEL)[2]).tolist() == [20]


def test_a_band_does_not_reach_into_a_neighbour() -> None:
    labels = cube(16)
    labels[20, 20, 37:] = 2
    doubtful = np.full((41, 41, 41), 0.5, dtype=np.float32)

    assert ignored_depths(labels, doubtful, width=0.1) == [16]


def test_no_band_is_the_default() -> None:
    labels = cube(16)

    assert ignore_doubtful(labels, np.zeros((1,), np.float32), {}, SPACING_MM, Band()) is labels


def test_a_band_too_wide_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"0 to 0.25 of a structure's radius, got 0.3"):
        Band(width=0.3)
