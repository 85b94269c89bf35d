"""What a promptable network is shown of a volume: whole slices, and everybody's boxes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from manyhands.evidence.region import Region
from manyhands.evidence.sam import Embedding
from manyhands.evidence.sam.cached import CachedNetwork
from manyhands.evidence.sam.greys import to_greys
from manyhands.evidence.sam.video import Followed, Piece
from manyhands.types import Consensus, Progress, Spacing, Volume, Window

GreyStack = npt.NDArray[np.uint8]
Edges = tuple[float, float, float, float]
LogitStack = npt.NDArray[np.float32]


@dataclass(frozen=True)
class OwnBox:
    """A box as one annotator drew it, in pixels of the slice, with that annotator's say, 0 to 1."""

    slice_index: int
    edges: Edges
    say: float = 1.0


Propagation = Callable[[Callable[[int], Embedding], Sequence[Piece]], Sequence[Followed]]
"""Carries pieces from slices with boxes to the others; it is given the slices' embeddings."""


@dataclass(frozen=True)
class Sight:
    """A loaded network, and what it is given to see with: all that a `Scene` needs but the volume.

    `own_boxes` are those the annotators drew, by structure. With `looks_twice` the network also
    sees coronal and sagittal planes. `propagate` is of a network that carries masks from slice to
    slice. `window` None: the network's own way from intensities to greys. `ran_on` says
    what answers: device, engine and precision.
    """

    network: CachedNetwork
    own_boxes: Mapping[int, Sequence[OwnBox]] = field(default_factory=dict)
    looks_twice: bool = False
    propagate: Propagation | None = None
    window: Window | None = None
    ran_on: str = ""


@dataclass(frozen=True)
class Scene:
    """One volume as a network sees it.

    `greys` (slices, rows, columns) are 0 to 255; `block` of their pixels along each side are one of
    a region's. `drawn` says, by structure and piece, on which slices somebody drew.
    """

    greys: GreyStack
    spacing_mm: Spacing
    block: int
    sight: Sight
    drawn: Mapping[tuple[int, int], frozenset[int]] = field(default_factory=dict)

    def embedding(self, slice_index: int) -> Embedding:
        """What the encoder says of one slice."""
        (embedding,) = self.sight.network.encode([self.greys[slice_index]])
        return embedding

    def edges_px(self, region: Region, edges: npt.NDArray[np.float64]) -> Edges:
        """A box of the region's crop in pixels of the slice."""
        _, row, column = region.offset
        shift = np.array([row, column, row, column], dtype=np.float64)
        row0, column0, row1, column1 = ((edges + shift) * self.block).tolist()
        return (row0, column0, row1, column1)

    def to_crop(self, region: Region, logits: LogitStack) -> LogitStack:
        """Block means of pictures (..., rows, columns) of whole slices, in the region's crop."""
        _, row, column = region.offset
        rows, columns = region.image.shape[1:]
        part = logits[
            ...,
            row * self.block : (row + rows) * self.block,
            column * self.block : (column + columns) * self.block,
        ]
        # A last part block is filled up with its last pixels.
        missing = [
            (0, n * self.block - m) for n, m in zip((rows, columns), part.shape[-2:], strict=True)
        ]
        part = np.pad(part, [*[(0, 0)] * (part.ndim - 2), *missing], mode="edge")
        blocks = part.reshape(*part.shape[:-2], rows, self.block, columns, self.block)
        return np.asarray(blocks.mean(axis=(-3, -1)), dtype=np.float32)

    @property
    def picture_shape(self) -> tuple[int, int]:
        _, rows, columns = self.greys.shape
        return (rows, columns)


def make_scene(
    volume: Volume, structures: Mapping[int, Consensus], block: int, sight: Sight
) -> Scene:
    """The scene of a volume whose structures, by id, were agreed on."""
    drawn = {
        (structure_id, piece): frozenset(track.slice_indices[track.is_drawn].tolist())
        for structure_id, consensus in structures.items()
        for piece, track in enumerate(consensus.tracks)
    }
    greys = to_greys(volume, sight.network.model, sight.window)
    return Scene(greys, volume.grid.stack_spacing_mm, block, sight, drawn)


def look_ahead(
    scene: Scene, structures: Mapping[int, Consensus], progress: Progress | None = None
) -> None:
    """Encode every slice that will be asked about, and no other, unless it is kept already."""
    slices = boxed_slices(structures)
    scene.sight.network.encode_ahead([scene.greys[k] for k in slices], progress=progress)


def boxed_slices(structures: Mapping[int, Consensus]) -> list[int]:
    """The slices on which any structure has a box: those a network is asked about."""
    indices = {
        int(k) for c in structures.values() for track in c.tracks for k in track.slice_indices
    }
    return sorted(indices)
