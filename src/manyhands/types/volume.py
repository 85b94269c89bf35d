"""Images and labels on their grids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from manyhands.types.arrays import Affine, LabelArray, Shape3, Spacing, VolumeArray


class Modality(StrEnum):
    CT = "CT"
    MR = "MR"


class Split(StrEnum):
    TRAIN = "train"
    TEST = "test"


@dataclass(frozen=True)
class SourceGrid:
    """How a file's voxels lay before they became RAS+: all that is needed to write a result back.

    `permutation[a]` is the RAS+ axis that source axis `a` became, `flips[a]` says whether it was
    turned round. `header` is whatever the format must repeat bit by bit, opaque to other rooms.
    """

    shape: tuple[int, ...]
    permutation: tuple[int, int, int]
    flips: tuple[bool, bool, bool]
    header: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Grid:
    """Shape (i, j, k) and affine of a volume in RAS+ order, with the grid of its file."""

    shape: Shape3
    affine: Affine
    source: SourceGrid

    @property
    def spacing_mm(self) -> Spacing:
        """Length of a voxel along i, j and k."""
        i, j, k = np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0))
        return (float(i), float(j), float(k))

    @property
    def stack_spacing_mm(self) -> Spacing:
        """Length of a voxel along slice, row and column."""
        i, j, k = self.spacing_mm
        return (k, j, i)

    @property
    def stack_shape(self) -> Shape3:
        """Slices, rows, columns."""
        i, j, k = self.shape
        return (k, j, i)


@dataclass(frozen=True)
class Volume:
    """One 3D image: `data` (i, j, k) float32 in RAS+ order, CT in HU."""

    data: VolumeArray
    grid: Grid
    modality: Modality = Modality.CT


@dataclass(frozen=True)
class Labels:
    """One label volume: `data` (i, j, k) uint8 in RAS+ order."""

    data: LabelArray
    grid: Grid


@dataclass(frozen=True)
class Window:
    """Intensities `centre - width / 2 .. centre + width / 2` are shown from black to white."""

    centre: float
    width: float

    @property
    def low(self) -> float:
        return self.centre - self.width / 2

    @property
    def high(self) -> float:
        return self.centre + self.width / 2


@dataclass(frozen=True)
class Segmentation:
    """Label volume of one volume with what is known of its trust.

    `labels` (i, j, k), `probability` (i, j, k) of the label given (of background where 0), and per
    structure id the `confidence` of each slice, (slices,), NaN where the structure is not.
    """

    labels: Labels
    probability: VolumeArray
    confidence: Mapping[int, npt.NDArray[np.float64]]


class Reader(Protocol):
    """Reads one file of a format: the image's voxels and their grid."""

    def __call__(self, path: Path) -> Volume: ...
