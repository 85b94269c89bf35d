"""STAPLE: masks of several people weighed by how well they agree, kept to compare with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from manyhands.errors import MethodError
from manyhands.masks.vote import vote
from manyhands.types import IGNORE_LABEL, LabelArray, MaskArray

# The share of background in the crop is STAPLE's prior, so the margin is part of the result.
MARGIN = 3
MAX_ROUNDS = 50


def staple(labels: Sequence[LabelArray]) -> LabelArray:
    """One label volume from several of one shape, by STAPLE for each structure alone.

    Simultaneous truth and performance level estimation (Warfield, Zou and Wells 2004, doi
    10.1109/TMI.2004.828354), as SimpleITK has it (the extra `itk`). Each structure is cropped to
    what anybody marked and `MARGIN` voxels around; of structures that claim one voxel the likelier
    has it. STAPLE may take background for structure and structure for background; where it finds
    the structure beyond all masks, or where all of a crop is structure to everybody and it finds
    nothing, the majority is taken instead. Voxels marked `IGNORE_LABEL` are background to it, for
    it knows no missing votes; where all ignore, the voxel is ignored. Raises `MethodError` as
    `vote`, or where SimpleITK is not installed.
    """
    majority = vote(labels)
    found = np.unique(np.concatenate([np.unique(volume) for volume in labels]))
    elected = np.zeros_like(majority)
    likeliest = np.full(majority.shape, 0.5)
    for label in found[(found != 0) & (found != IGNORE_LABEL)]:
        masks = [volume == label for volume in labels]
        crop = _crop(np.logical_or.reduce(masks))
        probability = _probability([mask[crop] for mask in masks], majority[crop] == label)
        wins = probability > likeliest[crop]
        elected[crop][wins] = label
        likeliest[crop][wins] = probability[wins]
    elected[majority == IGNORE_LABEL] = IGNORE_LABEL
    return elected


def _crop(marked: MaskArray) -> tuple[slice, ...]:
    """The part of a volume with a mark in it and the margin around."""
    places = np.nonzero(marked)
    return tuple(slice(max(int(p.min()) - MARGIN, 0), int(p.max()) + 1 + MARGIN) for p in places)


def _probability(masks: Sequence[MaskArray], majority: MaskArray) -> npt.NDArray[np.float64]:
    """Of each voxel to be structure."""
    try:
        import SimpleITK
    except ImportError:
        raise MethodError("STAPLE needs SimpleITK: pip install 'manyhands[itk]'") from None
    estimate = SimpleITK.STAPLEImageFilter()
    estimate.SetForegroundValue(1)
    estimate.SetMaximumIterations(MAX_ROUNDS)
    images = [SimpleITK.GetImageFromArray(mask.astype(np.uint8)) for mask in masks]
    found = SimpleITK.GetArrayFromImage(estimate.Execute(images))
    probability = np.asarray(found, dtype=np.float64)
    is_turned = (probability[~np.logical_or.reduce(masks)] > 0.5).any()
    is_defined = np.isfinite(probability).all()  # it is not where everything is structure
    return probability if is_defined and not is_turned else majority.astype(np.float64)
