"""How a slice becomes a network's input: one rule a kind of resizing, one a kind of normalising.

Read in the authors' sources. Traps that others fell into: padding comes after normalising; MedSAM
stretches a slice and knows no ImageNet; SAM 2 stretches too, and resizes numbers, not greys.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage as ndi

from manyhands.evidence.sam.engine import Picture
from manyhands.evidence.sam.table import Normalise, Resize, SamModel
from manyhands.evidence.sam.torch_ready import require_torch

FloatPicture = npt.NDArray[np.float32]

# Of ImageNet, red green blue, on the scale of greys 0 to 255.
IMAGENET_MEAN = np.array([123.675, 116.28, 103.53], dtype=np.float32)
IMAGENET_STD = np.array([58.395, 57.12, 57.375], dtype=np.float32)
LEAST_RANGE = 1e-8  # a slice of one grey has none: all of it becomes 0


def resized_shape(resize: Resize, shape: tuple[int, int], input_px: int) -> tuple[int, int]:
    """Rows and columns that a slice of `shape` has in the network's input, padding left out."""
    if resize is not Resize.LONGEST_SIDE:
        return (input_px, input_px)
    scale = input_px / max(shape)
    # At least one: a slice may be a thousand times as long as it is wide.
    rows, columns = (max(1, int(side * scale + 0.5)) for side in shape)
    return (rows, columns)


def input_scale(model: SamModel, shape: tuple[int, int], input_px: int) -> tuple[float, float]:
    """Pixels of the input per voxel, along rows and columns; after rounding, so not quite alike."""
    rows, columns = resized_shape(model.resize, shape, input_px)
    return (rows / shape[0], columns / shape[1])


def to_input(picture: Picture, model: SamModel, input_px: int) -> npt.NDArray[np.float32]:
    """The network's input (3, input_px, input_px) for one slice of greys (rows, columns)."""
    size = resized_shape(model.resize, picture.shape, input_px)
    grey = _RESIZERS[model.resize](picture, size)
    if model.normalise is Normalise.SLICE_RANGE:
        low, high = float(grey.min()), float(grey.max())
        scaled = (grey - low) / max(high - low, LEAST_RANGE)
        return np.broadcast_to(scaled.astype(np.float32), (3, *size))
    full = np.zeros((3, input_px, input_px), dtype=np.float32)
    for colour, mean, std in zip(full, IMAGENET_MEAN, IMAGENET_STD, strict=True):
        part = colour[: size[0], : size[1]]
        # In place: a GPU is faster than the memory of the processor.
        np.subtract(grey, mean, out=part)
        np.divide(part, std, out=part)
    return full


def _resize_pillow(picture: Picture, size: tuple[int, int], how: Image.Resampling) -> FloatPicture:
    rows, columns = size
    resized = Image.fromarray(np.ascontiguousarray(picture)).resize((columns, rows), how)
    return np.asarray(resized, dtype=np.float32)


def _resize_bilinear(picture: Picture, size: tuple[int, int]) -> FloatPicture:
    """On greys, rounded to greys again, as SAM's predictor does."""
    return _resize_pillow(picture, size, Image.Resampling.BILINEAR)


def _resize_bicubic(picture: Picture, size: tuple[int, int]) -> FloatPicture:
    """On greys, rounded to greys again, as SAM 2 reads the frames of a video."""
    return _resize_pillow(picture, size, Image.Resampling.BICUBIC)


def _resize_numbers(picture: Picture, size: tuple[int, int]) -> FloatPicture:
    """Bilinear with anti-aliasing on numbers, as SAM 2's predictor does on pictures."""
    torch = require_torch()
    numbers: Any = torch.from_numpy(picture.astype(np.float32))[None, None]
    resized = torch.nn.functional.interpolate(
        numbers, size, mode="bilinear", align_corners=False, antialias=True
    )
    return np.asarray(resized[0, 0].numpy())


def _resize_spline(picture: Picture, size: tuple[int, int]) -> FloatPicture:
    """Cubic spline, smoothed first where it shrinks, as scikit-image does for MedSAM."""
    numbers = picture.astype(np.float64)
    factors = np.divide(picture.shape, size)
    if (factors > 1).any():
        numbers = ndi.gaussian_filter(numbers, np.maximum(0, (factors - 1) / 2), mode="mirror")
    resized = ndi.zoom(numbers, 1 / factors, order=3, mode="mirror", grid_mode=True)
    return np.asarray(np.clip(resized, picture.min(), picture.max()), dtype=np.float32)


_RESIZERS = {
    Resize.LONGEST_SIDE: _resize_bilinear,
    Resize.SQUARE: _resize_numbers,
    Resize.SQUARE_CUBIC: _resize_spline,
    Resize.SQUARE_GREYS: _resize_bicubic,
}
