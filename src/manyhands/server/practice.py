"""A few slices whose truth is known, to learn on: what is wrong with a box is said at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from manyhands.boxes.arithmetic import area, box_of_mask, hull, iou, to_array
from manyhands.config import Config
from manyhands.geometry import to_stack
from manyhands.phantom import NAMES, make_phantom
from manyhands.server.pictures import Source
from manyhands.store import Study, find_volumes
from manyhands.types import Box, BoxArray, LabelStack, Structure, Volume
from manyhands.volumes import read_labels, read_volume

WHERE = (0.5, 0.25, 0.8)  # of the way through the structure: first an easy one, last a small one
MADE_UP_SEED = 7
MADE_UP_SHAPE = (128, 102, 48)
MADE_UP_SPACING_MM = (2.8, 2.6, 3.8)
GOOD_IOU = 0.75
HIT_IOU = 0.1  # with less the box is on something else

Verdict = Literal["good", "loose", "tight", "elsewhere", "missed"]

WORDS: dict[Verdict, str] = {
    "good": "Well done: your box touches the outline on all four sides.",
    "loose": "Your box is too large: move its edges in until they touch the outline.",
    "tight": "Your box cuts something off: move its edges out until nothing is left outside.",
    "elsewhere": "That is something else: look where the dashed box is.",
    "missed": "It is on this slice: look where the dashed box is.",
}


@dataclass(frozen=True)
class Item:
    """One slice to practise on; `truth` (1, 4) is the tight box."""

    practice_id: str
    structure: Structure
    slice_index: int
    truth: BoxArray


@dataclass(frozen=True)
class Course:
    """All slices to practise on, and what they are cut from."""

    source: Source
    items: dict[str, Item]
    is_made_up: bool


@dataclass(frozen=True)
class Judged:
    """What is said of somebody's boxes on a slice."""

    iou: float
    verdict: Verdict


class Practice:
    """Makes the course when it is first asked for, and anew when the lead changes the study."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._lock = threading.Lock()
        self._made: tuple[Config, Course | None] | None = None

    def course(self) -> Course | None:
        """What there is to practise on; None where no truth is known of any structure."""
        with self._lock:
            config = self._study.config
            if self._made is None or self._made[0] is not config:
                self._made = (config, _make_course(self._study, config))
            return self._made[1]


def judge(boxes: Sequence[Box], truth: BoxArray) -> Judged:
    """How somebody's boxes lie on the one true box (1, 4); no boxes mean that it was missed."""
    if not boxes:
        return Judged(0.0, "missed")
    drawn = hull(to_array(boxes))[np.newaxis]
    overlap = float(iou(drawn, truth)[0])
    if overlap >= GOOD_IOU:
        return Judged(overlap, "good")
    if overlap < HIT_IOU:
        return Judged(overlap, "elsewhere")
    return Judged(overlap, "loose" if area(drawn)[0] > area(truth)[0] else "tight")


def _make_course(study: Study, config: Config) -> Course | None:
    """On the volume that the lead named; else on a made-up patient, who has five structures."""
    with study.reading() as connection:
        volumes = {volume.name: volume for volume in find_volumes(connection)}
    chosen = volumes.get(config.page.practice)
    if chosen is not None and chosen.reference_path is not None:
        path = study.path(chosen.image_path)
        source = Source(chosen.volume_id, lambda: read_volume(path, modality=chosen.modality))
        labels = to_stack(read_labels(study.path(chosen.reference_path)).data)
        ids = {s.name: s.structure_id for s in config.structures}
        return _course(source, labels, ids, config, is_made_up=False)
    ids = {name: number for number, name in enumerate(NAMES, start=1)}
    if not any(s.name in ids for s in config.structures):
        return None
    volume, truth, _ = make_phantom(MADE_UP_SHAPE, spacing_mm=MADE_UP_SPACING_MM, seed=MADE_UP_SEED)
    source = Source("practice", _gives(volume))
    return _course(source, to_stack(truth.data), ids, config, is_made_up=True)


def _course(
    source: Source, labels: LabelStack, ids: dict[str, int], config: Config, *, is_made_up: bool
) -> Course | None:
    items: dict[str, Item] = {}
    for structure in config.structures:
        mask = labels == ids.get(structure.name, -1)
        present = np.flatnonzero(mask.any(axis=(1, 2)))
        if not len(present):
            continue
        for number, share in enumerate(WHERE):
            k = int(present[round(share * (len(present) - 1))])
            practice_id = f"{structure.structure_id}-{number}"
            items[practice_id] = Item(practice_id, structure, k, box_of_mask(mask[k]))
    return Course(source, items, is_made_up) if items else None


def _gives(volume: Volume) -> Callable[[], Volume]:
    return lambda: volume
