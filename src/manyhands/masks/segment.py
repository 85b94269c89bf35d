"""One volume's structures, from consensus to label volume."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from manyhands.errors import ConfigError
from manyhands.evidence import MODELS, Model, Sight, look_ahead, make_scene, models_in_scene
from manyhands.geometry import from_stack
from manyhands.masks.fit import Fitted, find_taken, fit
from manyhands.masks.tidy import tidy
from manyhands.masks.trust import slice_confidence
from manyhands.masks.working_grid import WorkingImage, prepare_image, restore
from manyhands.types import (
    IGNORE_LABEL,
    Consensus,
    Labels,
    LabelStack,
    MaskStack,
    Progress,
    Segmentation,
    StackArray,
    Volume,
)


def segment(
    volume: Volume,
    structures: Mapping[int, Consensus],
    *,
    model: str = "intensity",
    sight: Sight | None = None,
    progress: Progress | None = None,
) -> Segmentation:
    """Label a volume from the consensus boxes of its structures, by id; all are solved together.

    On a slice where a structure that somebody has begun was not seen, voxels without a label are
    `IGNORE_LABEL`: nobody can say that they are background. Structures without a track give no
    voxels. Deterministic. `sight` is the loaded network of a model that has one. Raises
    `ConfigError` for a model that `MODELS` does not list, and for one that lacks its network.
    """
    chosen = find_model(model, sight)
    image = prepare_image(volume)
    regions = {s: image.cut_region(c) for s, c in structures.items() if has_boxes(c)}
    shown: Model | Mapping[int, Model] = chosen
    if sight is not None and chosen.network is not None:
        scene = make_scene(volume, structures, image.block, sight)
        encoding, progress = _halves(progress)
        look_ahead(scene, structures, encoding)
        shown = models_in_scene(scene, regions)
    fitted = fit(regions, shown, progress=progress) if regions else {}

    labels = np.zeros(volume.grid.stack_shape, dtype=np.uint8)
    probability = np.ones(volume.grid.stack_shape, dtype=np.float32)
    confidence = {s: np.full(len(labels), np.nan) for s in structures}
    for structure_id, found in fitted.items():
        others = [f for s, f in fitted.items() if s != structure_id]
        mask = tidy(found.region, found.mask, find_taken(found.region, others))
        _paint(structure_id, mask, found, image, labels, probability)
        of_slices = slice_confidence(found.probability, mask)
        confidence[structure_id][found.region.slices[0]] = of_slices
    ignore_unseen(labels, structures)
    return Segmentation(
        Labels(np.ascontiguousarray(from_stack(labels)), volume.grid),
        np.ascontiguousarray(from_stack(probability)),
        confidence,
    )


def find_model(name: str, sight: Sight | None = None) -> Model:
    """The model of that name. Raises `ConfigError` if there is none, or its network is missing."""
    if name not in MODELS:
        raise ConfigError(f"unknown model '{name}'; known are {', '.join(MODELS)}")
    if MODELS[name].network is not None and sight is None:
        raise ConfigError(
            f"the model '{name}' needs its network: load one, and give it as `sight`; "
            "`manyhands segment --model` does both"
        )
    return MODELS[name]


def _halves(progress: Progress | None) -> tuple[Progress, Progress]:
    """What is told of encoding slices, the first half, and of all else, the second."""
    told = progress or (lambda _share: None)
    return (lambda share: told(share / 2)), (lambda share: told(0.5 + share / 2))


def has_boxes(consensus: Consensus) -> bool:
    return any(len(track) for track in consensus.tracks)


def _paint(
    structure_id: int,
    mask: MaskStack,
    found: Fitted,
    image: WorkingImage,
    labels: LabelStack,
    probability: StackArray,
) -> None:
    """Enter one structure's mask, which lies in its region's crop, into the volume."""
    offset = found.region.offset
    where, share = restore(mask.astype(np.float32), image.block, offset, labels.shape)
    _, likely = restore(found.probability, image.block, offset, labels.shape)
    # The cut gives no voxel twice; two fillings of one gap may meet, then the first keeps it.
    is_mine = (share > 0.5) & (labels[where] == 0)
    is_background = (labels[where] == 0) & ~is_mine
    probability[where][is_background] = np.minimum(probability[where], 1 - likely)[is_background]
    probability[where][is_mine] = likely[is_mine]
    labels[where][is_mine] = structure_id


def ignore_unseen(labels: LabelStack, structures: Mapping[int, Consensus]) -> None:
    """Where nobody looked, nobody can say that it is background."""
    for consensus in structures.values():
        if consensus.is_seen.any():
            unseen = labels[~consensus.is_seen]
            unseen[unseen == 0] = IGNORE_LABEL
            labels[~consensus.is_seen] = unseen
