"""Voting over masks: the usual way to a consensus, kept to compare with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from manyhands.errors import MethodError
from manyhands.types import IGNORE_LABEL, LabelArray


def vote(labels: Sequence[LabelArray], *, at_least: int | None = None) -> LabelArray:
    """One label volume from several of one shape, voxel by voxel.

    A voxel gets the label with most votes if it has more than half of them, or `at_least` that many
    if given; else background. Of labels with equally many votes the smaller id wins. Voxels marked
    `IGNORE_LABEL` are no vote; where nobody votes the voxel is ignored. Raises `MethodError` for no
    volumes, more than 255, volumes that differ in shape, or an `at_least` they cannot reach.
    """
    shapes = {volume.shape for volume in labels}
    if len(shapes) != 1:
        raise MethodError(f"a vote needs label volumes of one shape, got {sorted(shapes)}")
    if len(labels) > 255:
        raise MethodError(f"a vote counts up to 255 label volumes, got {len(labels)}")
    if at_least is not None and not 1 <= at_least <= len(labels):
        raise MethodError(f"at_least must be 1 to {len(labels)}, got {at_least}")
    voters = sum((volume != IGNORE_LABEL).astype(np.uint8) for volume in labels)
    needed = np.asarray(voters) // 2 + 1 if at_least is None else np.uint8(at_least)
    found = np.unique(np.concatenate([np.unique(volume) for volume in labels]))
    elected = np.zeros(labels[0].shape, dtype=np.uint8)
    most = np.zeros(labels[0].shape, dtype=np.uint8)
    for label in found[(found != 0) & (found != IGNORE_LABEL)]:
        votes = np.asarray(sum((volume == label).astype(np.uint8) for volume in labels))
        wins = (votes >= needed) & (votes > most)
        elected[wins] = label
        most[wins] = votes[wins]
    elected[np.asarray(voters) == 0] = IGNORE_LABEL
    return elected
