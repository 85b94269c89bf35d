"""Masks of a subject as runs, which the reviewer's page cuts in any plane."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from manyhands.geometry import to_stack
from manyhands.pipeline import EVERYBODY
from manyhands.store import Study, VolumeRecord
from manyhands.types import LabelStack, MaskStack, Structure
from manyhands.volumes import read_labels


@dataclass(frozen=True, slots=True)
class MaskRuns:
    """A mask within a block: `offset` and `shape` along slice, row and column, and the lengths of
    its runs in that order, which begin with voxels that are not in it.
    """

    offset: tuple[int, int, int]
    shape: tuple[int, int, int]
    runs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Masks:
    """The mask that was made, and the reference's; None where there is none."""

    mask: MaskRuns | None
    reference: MaskRuns | None


def read_masks(study: Study, volume: VolumeRecord, structure: Structure) -> Masks:
    """The mask that was made of a subject, and that of the reference."""
    labels = study.path(EVERYBODY.labels_path(volume.name))
    reference = study.path(volume.reference_path) if volume.reference_path else None
    return Masks(
        mask=_mask_of(labels, structure.structure_id),
        reference=_mask_of(reference, structure.structure_id),
    )


def _mask_of(path: Path | None, structure_id: int) -> MaskRuns | None:
    if path is None or not path.is_file():
        return None
    return runs_of(_label_stack(path, path.stat().st_mtime_ns) == structure_id)


@lru_cache(maxsize=4)  # a reviewer goes through the structures of a volume one after the other
def _label_stack(path: Path, _changed: int) -> LabelStack:
    return np.ascontiguousarray(to_stack(read_labels(path).data))


def runs_of(mask: MaskStack) -> MaskRuns:
    """A mask (slices, rows, columns) as the runs of the block around it; an empty one has none."""
    found = np.argwhere(mask)
    if not len(found):
        return MaskRuns((0, 0, 0), (0, 0, 0), ())
    low, high = found.min(axis=0), found.max(axis=0) + 1
    block = mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    changes = np.flatnonzero(np.diff(block.reshape(-1), prepend=False, append=False))
    ends = np.concatenate([changes, [block.size]])
    runs = np.diff(ends, prepend=0)
    if runs[-1] == 0:
        runs = runs[:-1]
    return MaskRuns(_three(low), _three(high - low), tuple(runs.tolist()))


def _three(values: npt.NDArray[np.int64]) -> tuple[int, int, int]:
    a, b, c = values.tolist()
    return (a, b, c)
