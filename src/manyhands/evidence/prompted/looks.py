"""What a network says of one structure, slice by slice; nothing is asked twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from manyhands.evidence.prompted.ensemble import Asked, ask, boxes_to_ask
from manyhands.evidence.prompted.planes import look_across
from manyhands.evidence.prompted.scene import Edges, OwnBox, Scene
from manyhands.evidence.region import BoxOnSlice, Region
from manyhands.evidence.sam import Prompt
from manyhands.evidence.sam.video import Piece
from manyhands.types import LogOddsStack, MaskStack, Shape3

MOVED_SHARE = 0.03
"""A box is asked with again once an edge has moved by more than this share of the box's sides."""
ACROSS_SAY = 2 / 3
"""Of the two planes across, coronal and sagittal, beside the slice itself."""

Place = tuple[int, int]
"""Slice of the volume, and piece of the structure."""


@dataclass(frozen=True)
class _Look:
    """The box that was asked with, and the answer in the region's crop."""

    edges: Edges
    logits: LogOddsStack


@dataclass
class Looks:
    """One structure in a scene, and what the network answered so far.

    The first boxes are asked with as an ensemble. Boxes that were tightened since are asked with
    once more, and both answers are averaged: the second box fits, the first were independent.
    """

    scene: Scene
    structure_id: int
    _crop: tuple[Shape3, tuple[int, ...]] | None = field(default=None, init=False)
    _first: dict[Place, _Look] = field(default_factory=dict, init=False)
    _again: dict[Place, _Look] = field(default_factory=dict, init=False)
    _carried: dict[int, LogOddsStack] = field(default_factory=dict, init=False)
    _across: LogOddsStack | None = field(default=None, init=False)

    def __call__(self, region: Region, mask: MaskStack | None) -> LogOddsStack:
        """Logits (slices, rows, columns) in the region's crop, 0 where nothing was asked.

        Each answer counts as much as it is to be trusted. `mask`, if it is not empty, is where the
        second look is taken.
        """
        self._forget_other_crops(region)
        logits = np.full(region.image.shape, -np.inf, dtype=np.float32)
        for box in region.boxes:
            said = self._of_box(region, box)
            if said is not None:  # of several pieces, whichever holds the voxel
                logits[box.slice_index] = np.maximum(logits[box.slice_index], said)
        logits[np.isneginf(logits)] = 0
        if self.scene.sight.looks_twice and mask is not None and mask.any():
            self._add_across(region, mask, logits)
        return logits

    def _forget_other_crops(self, region: Region) -> None:
        if self._crop != (region.offset, region.image.shape):
            self._crop = (region.offset, region.image.shape)
            self._first, self._again, self._carried, self._across = {}, {}, {}, None

    def _of_box(self, region: Region, box: BoxOnSlice) -> LogOddsStack | None:
        """What is known of one box: asked with, or carried to it from slices where people drew."""
        k = box.slice_index + region.offset[0]
        drawn = self.scene.drawn.get((self.structure_id, box.piece))
        if self.scene.sight.propagate is None or not drawn:
            return self._asked(region, box)
        if box.piece not in self._carried:
            self._carried[box.piece] = self._carry(region, box.piece, drawn)
        carried: LogOddsStack = self._carried[box.piece][box.slice_index]
        if k not in drawn:
            return carried
        asked = self._asked(region, box)
        return carried if asked is None else _mean(carried, asked)

    def _asked(self, region: Region, box: BoxOnSlice) -> LogOddsStack | None:
        """Mean of what was answered to the first box and to the one it has become."""
        place = (box.slice_index, box.piece)
        edges = self.scene.edges_px(region, box.edges)
        first = self._first.get(place)
        if first is None or _has_grown(first.edges, edges):
            own = self._own_boxes(box.slice_index + region.offset[0])
            boxes = boxes_to_ask(edges, own, self.scene.picture_shape)
            if not boxes:
                return None
            first = _Look(edges, self._ask(region, box, boxes))
            self._first[place] = first
            self._again.pop(place, None)
        if not _has_moved(first.edges, edges):
            return first.logits
        again = self._again.get(place)
        if again is None or _has_moved(again.edges, edges):
            again = _Look(edges, self._ask(region, box, [Asked(edges, 1.0)]))
            self._again[place] = again
        return _mean(first.logits, again.logits)

    def _ask(self, region: Region, box: BoxOnSlice, boxes: Sequence[Asked]) -> LogOddsStack:
        scene = self.scene
        embedding = scene.embedding(box.slice_index + region.offset[0])
        answer = ask(scene.sight.network, embedding, boxes)
        return scene.to_crop(region, answer.logits) * np.float32(answer.confidence)

    def _own_boxes(self, k: int) -> list[OwnBox]:
        drawn = self.scene.sight.own_boxes.get(self.structure_id, ())
        return [box for box in drawn if box.slice_index == k]

    def _carry(self, region: Region, piece: int, drawn: frozenset[int]) -> LogOddsStack:
        """One piece carried through its slices, no further than it is said to be present."""
        first = region.offset[0]
        edges = {
            box.slice_index + first: self.scene.edges_px(region, box.edges)
            for box in region.boxes
            if box.piece == piece
        }
        carried = np.zeros(region.image.shape, dtype=np.float32)
        prompts = {k: Prompt(box=box) for k, box in edges.items() if k in drawn}
        propagate = self.scene.sight.propagate
        if prompts and propagate is not None:
            followed = Piece(prompts, min(edges), max(edges))
            for seen in propagate(self.scene.embedding, [followed]):
                carried[seen.slice_index - first] = self.scene.to_crop(region, seen.logits)
        return carried

    def _add_across(self, region: Region, mask: MaskStack, logits: LogOddsStack) -> None:
        """Average in the second look, which is taken once, where it saw something."""
        if self._across is None:
            self._across = look_across(self.scene, region, mask)
        seen = ~np.isnan(self._across)
        logits[seen] += np.float32(ACROSS_SAY) * (self._across[seen] - logits[seen])


def _mean(one: LogOddsStack, other: LogOddsStack) -> LogOddsStack:
    return np.asarray((one + other) / 2, dtype=np.float32)


def _has_grown(before: Edges, now: Edges) -> bool:
    """Tightening only makes boxes smaller: one that is larger was drawn anew."""
    outward = (np.array(now) - before) * (-1, -1, 1, 1)
    return bool((outward > MOVED_SHARE * _sides(before)).any())


def _has_moved(before: Edges, now: Edges) -> bool:
    return bool((np.abs(np.array(now) - before) > MOVED_SHARE * _sides(before)).any())


def _sides(edges: Edges) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    row0, column0, row1, column1 = edges
    return np.array([row1 - row0, column1 - column0] * 2, dtype=np.float64)
