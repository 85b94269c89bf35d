"""Windows: which intensities are shown from black to white, and pictures of 256 greys made so."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from manyhands.errors import ConfigError
from manyhands.types import Modality, Volume, VolumeArray, Window

CT_WINDOWS: dict[str, Window] = {
    "soft tissue": Window(40, 400),
    "liver": Window(60, 160),
    "lung": Window(-600, 1500),
    "bone": Window(400, 1800),
}
"""Centre and width in HU."""

# As MedSAM's training pictures were made (Ma et al. 2024, doi 10.1038/s41467-024-44824-z).
MR_PERCENTILES = (0.5, 99.5)
# Percentiles do not need every voxel: about this many along i and j are looked at.
_SAMPLES_PER_AXIS = 128


def default_window(volume: Volume) -> Window:
    """Soft tissue for CT, percentiles of the body for MR."""
    if volume.modality is Modality.CT:
        return CT_WINDOWS["soft tissue"]
    return mr_window(volume)


def mr_window(volume: Volume) -> Window:
    """From percentile 0.5 to 99.5 of the body's intensities, which have no unit in MR.

    The body is what is brighter than half-way from the darkest to the mean of the volume, with the
    holes of each slice filled, because bright fat encloses organs that may be as dark as air. (The
    mean itself, or Otsu's threshold, loses muscle and fat where fat is suppressed: a window made
    so shows them black.) A volume of one intensity gets a window of width 1.
    """
    i, j, _ = volume.data.shape
    sample = volume.data[:: -(-i // _SAMPLES_PER_AXIS), :: -(-j // _SAMPLES_PER_AXIS), :]
    body = _body(sample)
    low, high = np.percentile(sample[body] if body.any() else sample, MR_PERCENTILES)
    return Window(centre=float(low + high) / 2, width=float(high - low) or 1.0)


def _body(data: VolumeArray) -> npt.NDArray[np.bool_]:
    # A percentile, not the minimum: padding may lie far below every real voxel.
    darkest = np.percentile(data, MR_PERCENTILES[0])
    bright = data > (darkest + data.mean(dtype=np.float64)) / 2
    in_slice = ndimage.generate_binary_structure(2, 1)[:, :, np.newaxis]
    return np.asarray(ndimage.binary_fill_holes(bright, structure=in_slice))


def apply_window(pictures: npt.NDArray[np.floating], window: Window) -> npt.NDArray[np.uint8]:
    """Intensities of any shape as greys of the same shape: `low` and below 0, `high` and above 255.

    Raises `ConfigError` for a window that is not wider than 0.
    """
    if not window.width > 0:
        raise ConfigError(f"a window must be wider than 0, got {window.width}")
    greys = np.clip(pictures, window.low, window.high)
    greys -= window.low
    greys *= 255 / window.width
    np.rint(greys, out=greys)
    return np.asarray(greys, dtype=np.uint8)
