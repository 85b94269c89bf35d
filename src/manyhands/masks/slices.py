"""Masks as the study of 2024 made them: every slice by itself, no voxel of a mask doubted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from manyhands.evidence import Sight
from manyhands.evidence.prompted.paper import paper_box, paper_picture
from manyhands.evidence.prompted.scene import Edges
from manyhands.evidence.sam import Decoded, Prompt
from manyhands.geometry import from_stack, to_stack
from manyhands.masks.segment import ignore_unseen
from manyhands.types import Consensus, Labels, Progress, Segmentation, Volume

Boxes = Mapping[int, Mapping[int, Sequence[Edges]]]
"""By structure and slice, the boxes to ask with."""


def segment_slices(
    volume: Volume,
    structures: Mapping[int, Consensus],
    boxes: Boxes,
    sight: Sight,
    *,
    with_edges: bool,
    progress: Progress | None = None,
) -> Segmentation:
    """Ask the network on each slice with its boxes and paint the answers, structure by structure.

    Of the three masks that the network has for a box, the one with the best predicted score is
    taken; where structures overlap, the one with the higher id has the voxel. On slices nobody
    answered on, voxels without a label are `IGNORE_LABEL`. The confidence of a slice is the mean
    predicted score of its boxes.
    """
    stack = to_stack(volume.data)
    labels = np.zeros(stack.shape, dtype=np.uint8)
    probability = np.ones(stack.shape, dtype=np.float32)
    confidence = {s: np.full(len(stack), np.nan) for s in structures}
    slices = sorted({k for of_slices in boxes.values() for k in of_slices})
    for number, k in enumerate(slices):
        picture = paper_picture(stack[k], with_edges=with_edges)
        (embedding,) = sight.network.encode([picture])
        for structure_id in sorted(boxes):
            cut = [paper_box(edges) for edges in boxes[structure_id].get(k, ())]
            prompts = [Prompt(box=edges) for edges in cut if edges is not None]
            if prompts:
                answer = sight.network.decode(
                    embedding, prompts, several=True, edges_are_indices=True
                ).best()
                _paint(structure_id, answer, labels[k], probability[k])
                confidence[structure_id][k] = float(np.clip(answer.scores, 0, 1).mean())
        if progress:
            progress((number + 1) / len(slices))
    ignore_unseen(labels, structures)
    return Segmentation(
        Labels(np.ascontiguousarray(from_stack(labels)), volume.grid),
        np.ascontiguousarray(from_stack(probability)),
        confidence,
    )


def _paint(
    structure_id: int,
    answer: Decoded,
    labels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    probability: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> None:
    """Enter the union of a structure's masks into its slice, over what is there."""
    logits = answer.logits[:, 0].max(axis=0)
    is_mine = logits > 0
    likely = (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)
    labels[is_mine] = structure_id
    probability[is_mine] = likely[is_mine]
    is_free = labels == 0
    probability[is_free] = np.minimum(probability, 1 - likely)[is_free]
