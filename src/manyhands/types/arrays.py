"""Names of arrays with their shapes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# Volumes, indexed (i, j, k) in RAS+ order.
VolumeArray = npt.NDArray[np.float32]
LabelArray = npt.NDArray[np.uint8]  # 0 is background, else the structure's id
MaskArray = npt.NDArray[np.bool_]

# The same as pictures, indexed (k, row, column): patient's right on the left, anterior up.
StackArray = npt.NDArray[np.float32]
LabelStack = npt.NDArray[np.uint8]
MaskStack = npt.NDArray[np.bool_]
LogOddsStack = npt.NDArray[np.float32]  # ln P(structure) / P(not), one structure

# (n, 4): row0, column0, row1, column1 per line; half-open, continuous, in voxel units.
BoxArray = npt.NDArray[np.float64]
Affine = npt.NDArray[np.float64]  # (4, 4), voxel index of a centre to mm in RAS+
Shape3 = tuple[int, int, int]
Spacing = tuple[float, float, float]

IGNORE_LABEL = 255
"""In a label volume: nobody looked here, so it is neither structure nor background."""
