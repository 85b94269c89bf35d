"""Slices of a volume in all three planes, cut out of its codes.

Coronal pictures are rows of slices from head to foot, patient's right on the left; sagittal ones
have the patient's front on the left.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from manyhands.server.slices import Codes


class Plane(StrEnum):
    """Across the body (`axial`), seen from the front, seen from the left side."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"


def cut(stack: Codes, plane: Plane, index: int) -> Codes:
    """One picture out of a stack (slices, rows, columns): an axial slice, or a row, or a column.

    Raises `IndexError` for a place outside of the volume.
    """
    axis = list(Plane).index(plane)
    if not 0 <= index < stack.shape[axis]:
        raise IndexError(f"{plane} {index}: the volume has 0 to {stack.shape[axis] - 1}")
    picture = np.take(stack, index, axis=axis)
    return picture if plane is Plane.AXIAL else np.ascontiguousarray(picture[::-1])
