"""Slices and boxes exactly as the study of 2024 gave them to SAM and MedSAM.

Read in the study's own published code (Kulkarni et al. 2024, arXiv 2403.15218). Its MedSAM was
MedSAM's weights with SAM's preparation of pictures, not that of MedSAM's authors.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

from manyhands.evidence.prompted.scene import Edges
from manyhands.evidence.sam import Picture

WHITE = 255.0


def paper_picture(plane: npt.NDArray[np.float32], *, with_edges: bool) -> Picture:
    """Greys of a slice (rows, columns): its darkest voxel 0, its brightest 255.

    `with_edges` adds the size of its gradient (Sobel), stretched alike, and stretches the sum. A
    slice of one intensity is all 0.
    """
    # The study's slices went through PNG files of 8 bits.
    picture = np.floor(_stretched(plane))
    if with_edges:
        gradient = np.hypot(ndi.sobel(picture, axis=0), ndi.sobel(picture, axis=1))
        picture = _stretched(picture + _stretched(gradient))
    return picture.astype(np.uint8)


def _stretched(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.zeros(values.shape, dtype=np.float32)
    return ((values - low) / (high - low) * WHITE).astype(np.float32)


def paper_box(edges: Edges) -> Edges | None:
    """The box in whole pixels, cut off as the study did; None where nothing is left of it.

    It took edges for indices of pixels: a network is to be asked with `edges_are_indices`.
    """
    row0, column0, row1, column1 = (float(int(edge)) for edge in edges)
    return (row0, column0, row1, column1) if row0 < row1 and column0 < column1 else None
