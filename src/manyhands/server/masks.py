"""The live mask: what one person's boxes on one structure come to, while they draw."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import to_array
from manyhands.boxes.tracks import interpolate, link
from manyhands.config import Config
from manyhands.crowd import find_consensus
from manyhands.evidence import Sight, without_network
from manyhands.masks.live import LiveMasks, MaskUpdate
from manyhands.server.errors import ApiError
from manyhands.server.schemas import BoxesBySlice
from manyhands.store import VolumeRecord
from manyhands.types import Answer, BoxArray, State, Volume

MOST_VOLUMES = 3  # prepared images, some 10 to 40 MB each
MOST_PEOPLE = 100  # of whom the last masks are known, so that the next starts from them
MIN_SHARE = 0.3  # of its side, that a proposed box keeps however small the mask is there

Boxes = dict[int, BoxArray]


@dataclass
class _Own:
    """One person's masks of one volume. `newest` counts the requests for each structure."""

    masks: LiveMasks
    lock: threading.Lock = field(default_factory=threading.Lock)
    newest: dict[int, int] = field(default_factory=dict)


class Masks:
    """Fits masks; of several requests for one structure that wait, only the newest is done.

    `see` gives the network of a model, None where there is none.
    """

    def __init__(self, see: Callable[[str], Sight | None] = lambda _model: None) -> None:
        self._see = see
        self._images: OrderedDict[tuple[str, str], LiveMasks] = OrderedDict()
        self._own: OrderedDict[tuple[str, str, str], _Own] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()

    def refresh(
        self,
        record: VolumeRecord,
        structure_id: int,
        answers: Sequence[Answer],
        *,
        annotator_id: str,
        wider: Mapping[str, int] | None = None,
        config: Config,
        load: Callable[[], Volume],
    ) -> tuple[MaskUpdate, float]:
        """The mask of one person's `answers` on a structure, and how long the fit took (s).

        Raises `ApiError` 409 where a newer request came while this one waited.
        """
        own = self._own_masks(record, annotator_id, config.model, load)
        with self._lock:
            turn = own.newest[structure_id] = own.newest.get(structure_id, 0) + 1
        with own.lock:
            if own.newest[structure_id] != turn:
                raise ApiError(409, "superseded", "A newer request came before this one began.")
            began = time.perf_counter()
            consensus = find_consensus(
                answers,
                stack_shape=record.stack_shape,
                stack_spacing_mm=record.stack_spacing_mm,
                stride=config.stride,
                wider=wider,
                method=config.consensus,
            )
            update = own.masks.refresh(structure_id, consensus)
            return update, time.perf_counter() - began

    def _own_masks(
        self, record: VolumeRecord, annotator_id: str, model: str, load: Callable[[], Volume]
    ) -> _Own:
        key = (record.volume_id, model, annotator_id)
        with self._lock:
            if key in self._own:
                self._own.move_to_end(key)
                return self._own[key]
        with self._loading:  # one volume is read at a time, or memory is short
            image = self._image(record.volume_id, model, load)
        with self._lock:
            own = self._own.setdefault(key, _Own(image.for_another()))
            while len(self._own) > MOST_PEOPLE:
                self._own.popitem(last=False)
            return own

    def _image(self, volume_id: str, model: str, load: Callable[[], Volume]) -> LiveMasks:
        key = (volume_id, model)
        if key not in self._images:
            sight = self._see(model)
            usable = model if sight else without_network(model)
            self._images[key] = LiveMasks(load(), {}, model=usable, sight=sight)
        self._images.move_to_end(key)
        while len(self._images) > MOST_VOLUMES:
            self._images.popitem(last=False)
        return self._images[key]


def interpolated(answers: Sequence[Answer], first: int = 0, last: int | None = None) -> Boxes:
    """Boxes (n, 4) on the slices `first` to `last` that are open, between those that are not."""
    drawn = {a.slice_index: to_array(a.boxes) for a in answers if a.state is State.BOXES}
    answered = {a.slice_index for a in answers if a.state is not State.OPEN}
    found: dict[int, list[npt.NDArray[np.float64]]] = {}
    for track in map(interpolate, link(drawn)):
        for k, box in zip(track.slice_indices.tolist(), track.boxes, strict=True):
            if k not in answered and first <= k and (last is None or k <= last):
                found.setdefault(k, []).append(box)
    return {k: np.array(boxes) for k, boxes in sorted(found.items())}


def tightened(proposals: Mapping[int, BoxArray], update: MaskUpdate) -> Boxes:
    """The same boxes, each edge moved inwards to the mask; one without mask stays as it is."""
    return {
        k: np.array([_tight(box, mask_on(update, k), update) for box in boxes])
        for k, boxes in proposals.items()
    }


def mask_on(update: MaskUpdate, k: int) -> npt.NDArray[np.bool_] | None:
    """The mask (rows, columns) on a slice, within `update.where`; None where there is none."""
    first = update.where[0].start or 0
    if not first <= k < first + len(update.mask):
        return None
    mask = update.mask[k - first]
    return mask if mask.any() else None


def _tight(
    box: npt.NDArray[np.float64], mask: npt.NDArray[np.bool_] | None, update: MaskUpdate
) -> npt.NDArray[np.float64]:
    if mask is None:
        return box
    corner = np.array([update.where[1].start, update.where[2].start])
    row0, column0 = np.maximum(np.floor(box[:2]) - corner, 0).astype(int)
    row1, column1 = np.maximum(np.ceil(box[2:]) - corner, 0).astype(int)
    part = mask[row0:row1, column0:column1]
    if not part.any():
        return box
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    origin = corner + np.array([row0, column0])
    low = np.maximum(box[:2], origin + np.array([rows[0], columns[0]]))
    high = np.minimum(box[2:], origin + np.array([rows[-1] + 1, columns[-1] + 1]))
    is_thin = high - low < MIN_SHARE * (box[2:] - box[:2])
    return np.concatenate([np.where(is_thin, box[:2], low), np.where(is_thin, box[2:], high)])


def run_lengths(
    mask: npt.NDArray[np.bool_], corner: tuple[int, int]
) -> tuple[tuple[int, int, int, int], list[int]]:
    """The smallest rectangle of a slice that holds a mask, and in it, row after row, the lengths of
    runs: outside, inside, outside, and so on. `corner` is where the mask's first pixel lies. The
    mask must not be empty.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    part = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    flat = part.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    runs = np.diff(np.concatenate([[0], changes, [flat.size]])).tolist()
    if flat[0]:
        runs.insert(0, 0)
    where = (int(corner[0] + rows[0]), int(corner[1] + columns[0]), *part.shape)
    return where, runs


def by_slice(boxes: Boxes) -> BoxesBySlice:
    """Boxes as the page is told them."""
    return {str(k): [tuple(row) for row in rows.tolist()] for k, rows in boxes.items()}
