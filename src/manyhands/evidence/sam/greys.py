"""How a volume becomes slices of 256 greys, as a model of the table wants them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from manyhands.evidence.sam.table import Greys, SamModel
from manyhands.geometry import to_stack
from manyhands.types import Modality, Volume, VolumeArray, Window
from manyhands.volumes import CT_WINDOWS, apply_window, default_window

# MedSAM's training pictures (Ma et al. 2024, its preprocessing of CT and MR).
MEDSAM_CT_WINDOW = CT_WINDOWS["soft tissue"]
MEDSAM_PERCENTILES = (0.5, 99.5)


def to_greys(
    volume: Volume, model: SamModel, window: Window | None = None
) -> npt.NDArray[np.uint8]:
    """Pictures (slices, rows, columns) of a volume, 0 to 255.

    `window` None: the study's default. MedSAM has its own rule unless a window is given.
    """
    if window is None and model.greys is Greys.MEDSAM:
        return np.ascontiguousarray(to_stack(medsam_greys(volume)))
    greys = apply_window(volume.data, window or default_window(volume))
    return np.ascontiguousarray(to_stack(greys))


def medsam_greys(volume: Volume) -> npt.NDArray[np.uint8]:
    """(i, j, k): clipped, and the darkest to the brightest voxel of the *volume* made 0 to 255.

    CT is clipped to -160..240 HU. MR to percentiles 0.5 and 99.5 of what is above 0, and what is 0
    stays 0. A volume of one intensity is all 0.
    """
    data = volume.data
    if volume.modality is Modality.CT:
        return _stretched(np.clip(data, MEDSAM_CT_WINDOW.low, MEDSAM_CT_WINDOW.high))
    above = data[data > 0]
    if not len(above):
        return np.zeros(data.shape, dtype=np.uint8)
    low, high = np.percentile(above, MEDSAM_PERCENTILES)
    greys = _stretched(np.clip(data, low, high))
    greys[data == 0] = 0
    return greys


def _stretched(data: VolumeArray) -> npt.NDArray[np.uint8]:
    low, high = float(data.min()), float(data.max())
    # Cut, not rounded, to whole greys: so did the pictures that MedSAM learned from.
    return ((data - low) / max(high - low, 1e-6) * 255).astype(np.uint8)
