"""A volume kept ready, so that one structure's mask follows a changed box at once."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from manyhands.evidence import Model, Scene, Sight, make_scene, models_in_scene
from manyhands.evidence.region import Region
from manyhands.masks.fit import Fitted, find_taken, fit
from manyhands.masks.segment import find_model, has_boxes
from manyhands.masks.tidy import tidy
from manyhands.masks.working_grid import prepare_image, restore
from manyhands.types import Consensus, MaskStack, Volume


@dataclass(frozen=True)
class MaskUpdate:
    """A structure's `mask` (slices, rows, columns) within the part `where` of the stack."""

    where: tuple[slice, slice, slice]
    mask: MaskStack


class LiveMasks:
    """The masks of one volume, fitted once; each `refresh` starts from what is known."""

    def __init__(
        self,
        volume: Volume,
        structures: Mapping[int, Consensus],
        *,
        model: str = "intensity",
        sight: Sight | None = None,
    ) -> None:
        """`sight` is the loaded network of a model that has one, as for `segment`."""
        self._shape = volume.grid.stack_shape
        self._model = find_model(model, sight)
        self._image = prepare_image(volume)
        self._scene: Scene | None = None
        if sight is not None and self._model.network is not None:
            self._scene = make_scene(volume, structures, self._image.block, sight)
        self._models: dict[int, Model] = {}
        regions = {s: self._image.cut_region(c) for s, c in structures.items() if has_boxes(c)}
        self._fitted = fit(regions, self._models_of(regions)) if regions else {}

    def for_another(self) -> LiveMasks:
        """The same volume without any masks, for somebody else; what was prepared is shared."""
        other = copy.copy(self)
        other._fitted, other._models = {}, {}
        return other

    def refresh(self, structure_id: int, consensus: Consensus) -> MaskUpdate:
        """Fit one structure to its new boxes; the others keep their voxels.

        Starts from the structure's last mask, if there is one. No boxes take the mask away.
        """
        if not has_boxes(consensus):
            self._fitted.pop(structure_id, None)
            return MaskUpdate((slice(0), slice(0), slice(0)), np.zeros((0, 0, 0), dtype=np.bool_))
        before = self._fitted.get(structure_id)
        region, start = self._region(consensus, before)
        taken = find_taken(region, [f for s, f in self._fitted.items() if s != structure_id])
        self._fitted |= fit(
            {structure_id: region},
            self._models_of([structure_id]),
            start={structure_id: start} if start else None,
            taken={structure_id: taken},
        )
        return self._update(self._fitted[structure_id], taken)

    def _models_of(self, structure_ids: Collection[int]) -> dict[int, Model]:
        """Each structure's own, which remembers what a network said of boxes that have stayed."""
        new = [s for s in structure_ids if s not in self._models]
        if self._scene is None:
            self._models |= dict.fromkeys(new, self._model)
        else:
            self._models |= models_in_scene(self._scene, new)
        return {s: self._models[s] for s in structure_ids}

    def _region(self, consensus: Consensus, before: Fitted | None) -> tuple[Region, Fitted | None]:
        """The crop of the last fit with the new boxes; a new one where they have outgrown it."""
        if before is not None:
            boxes = before.region.to_own(self._image.boxes_of(consensus))
            if before.region.holds(boxes):
                return before.region.with_boxes(boxes), before
        return self._image.cut_region(consensus), None

    def _update(self, found: Fitted, taken: MaskStack) -> MaskUpdate:
        mask = tidy(found.region, found.mask, taken).astype(np.float32)
        where, share = restore(mask, self._image.block, found.region.offset, self._shape)
        return MaskUpdate(where, np.asarray(share > 0.5))
