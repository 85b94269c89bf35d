"""One volume's structures, from consensus to label volume."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from manyhands.errors import ConfigError
from manyhands.evidence import MODELS, prepare
from manyhands.evidence.region import BoxOnSlice, Region, cut_region
from manyhands.geometry import from_stack, to_stack
from manyhands.masks.fit import Fitted, fit
from manyhands.masks.tidy import tidy
from manyhands.masks.trust import slice_confidence
from manyhands.masks.working_grid import block_means, block_size, restore
from manyhands.types import (
    IGNORE_LABEL,
    Consensus,
    Labels,
    LabelStack,
    Progress,
    Segmentation,
    Spacing,
    StackArray,
    Volume,
)


def segment(
    volume: Volume,
    structures: Mapping[int, Consensus],
    *,
    model: str = "intensity",
    progress: Progress | None = None,
) -> Segmentation:
    """Label a volume from the consensus boxes of its structures, by id; all are solved together.

    On a slice where a structure that somebody has begun was not seen, voxels without a label are
    `IGNORE_LABEL`: nobody can say that they are background. Structures without a track give no
    voxels. Deterministic. Raises `ConfigError` for a model that `MODELS` does not list.
    """
    if model not in MODELS:
        raise ConfigError(f"unknown model '{model}'; known are {', '.join(MODELS)}")
    stack = to_stack(volume.data)
    size = block_size(volume.grid.stack_spacing_mm)
    regions = cut_regions(volume, structures, size)
    fitted = fit(regions, MODELS[model], progress=progress) if regions else {}

    labels = np.zeros(stack.shape, dtype=np.uint8)
    probability = np.ones(stack.shape, dtype=np.float32)
    confidence = {s: np.full(len(stack), np.nan) for s in structures}
    for structure_id, found in fitted.items():
        confidence[structure_id][found.region.slices[0]] = _paint(
            structure_id, found, size, labels, probability
        )
    _ignore_unseen(labels, structures)
    return Segmentation(
        Labels(np.ascontiguousarray(from_stack(labels)), volume.grid),
        np.ascontiguousarray(from_stack(probability)),
        confidence,
    )


def cut_regions(
    volume: Volume, structures: Mapping[int, Consensus], size: int
) -> dict[int, Region]:
    """The crops around all structures that have a track, on the grid of blocks of `size` pixels."""
    boxes = {s: _boxes(c, size) for s, c in structures.items() if any(len(t) for t in c.tracks)}
    if not boxes:
        return {}
    k_mm, row_mm, column_mm = volume.grid.stack_spacing_mm
    spacing_mm: Spacing = (k_mm, row_mm * size, column_mm * size)
    blocks = block_means(to_stack(volume.data), size)
    image: StackArray = prepare(blocks, volume.modality, spacing_mm)
    return {s: cut_region(image, of_structure, spacing_mm) for s, of_structure in boxes.items()}


def _boxes(consensus: Consensus, size: int) -> list[BoxOnSlice]:
    return [
        BoxOnSlice(int(k), piece, edges / size)
        for piece, track in enumerate(consensus.tracks)
        for k, edges in zip(track.slice_indices, track.boxes, strict=True)
    ]


def _paint(
    structure_id: int, found: Fitted, size: int, labels: LabelStack, probability: StackArray
) -> np.ndarray:
    """Enter one structure into the volume; returns the confidence of its slices."""
    mask = tidy(found.region, found.mask)
    where, share = restore(mask.astype(np.float32), size, found.region.offset, labels.shape)
    _, likely = restore(found.probability, size, found.region.offset, labels.shape)
    # Masks of two structures never share a block, so two shares never both exceed one half.
    is_mine = (share > 0.5) & (labels[where] == 0)
    # Of background: that it is no structure at all.
    is_other = (labels[where] == 0) & ~is_mine
    probability[where][is_other] = np.minimum(probability[where], 1 - likely)[is_other]
    probability[where][is_mine] = likely[is_mine]
    labels[where][is_mine] = structure_id
    return slice_confidence(found.probability, mask)


def _ignore_unseen(labels: LabelStack, structures: Mapping[int, Consensus]) -> None:
    for consensus in structures.values():
        if consensus.is_seen.any():
            unseen = labels[~consensus.is_seen]
            unseen[unseen == 0] = IGNORE_LABEL
            labels[~consensus.is_seen] = unseen
