"""What a model makes of one slice: to see, before a study is worked through with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from manyhands.errors import ConfigError, StudyError
from manyhands.evidence import MODELS
from manyhands.evidence.sam import Prompt, SamModel, load_engine, to_greys
from manyhands.evidence.sam.everything import Grid
from manyhands.geometry import to_stack
from manyhands.masks import segment
from manyhands.pipeline.consensus import find_agreement, read_consensus
from manyhands.pipeline.places import EVERYBODY
from manyhands.pipeline.shown import ask_for_everything, ask_with, ask_with_boxes, shown_as
from manyhands.store import Study, VolumeRecord, find_volumes
from manyhands.types import Consensus, Volume
from manyhands.volumes import apply_window, default_window, read_volume

if TYPE_CHECKING:  # loads matplotlib, which takes its time
    from manyhands.report.look import Edges, Shown

Say = Callable[[str], None]
Greys = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Ask:
    """What to ask of one slice. Without prompts it is asked with the consensus boxes.

    `volume` None: the only one there is. `everything` asks with a grid of points instead.
    `weights`, `weights_folder` and `device` are as of `load_engine`.
    """

    slice_index: int
    volume: str | None = None
    model: str | None = None
    prompts: tuple[Prompt, ...] = ()
    everything: Grid | None = None
    weights: Path | None = None
    weights_folder: Path | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found of one thing; `score` is the network's own estimate of its IoU, 0 to 1.

    `boxes` are those it was asked with; of things found without asking, the box around each.
    """

    name: str
    score: float | None
    n_pixels: int
    boxes: tuple[Edges, ...]


def look_at_slice(
    study: Study, ask: Ask, picture: Path, *, command: str, say: Say = lambda _words: None
) -> tuple[Seen, ...]:
    """Draw what a model makes of one slice into `picture`, a PNG, and say what it found.

    Raises `ConfigError` for a model, volume or slice that is not there, `StudyError` where there is
    nothing to ask with, `WeightsError` and `PromptError` as the network does.
    """
    from manyhands.report.look import draw_look, write_look

    name = ask.model or study.config.model
    network = _network_of(name, ask)
    record = _find_volume(study, ask.volume)
    volume = read_volume(study.path(record.image_path), modality=record.modality)
    _check_slice(record, volume, ask.slice_index)
    is_told = bool(ask.prompts) or ask.everything is not None
    agreed = {} if is_told else _find_agreed(study, record, command)
    boxes = {s: _boxes_on(agreed[s], ask.slice_index) for s in agreed}
    if network is None:
        greys = _windowed(volume, ask.slice_index)
        shown = _look_at_labels(study, volume, agreed, boxes, name, ask.slice_index)
    else:
        greys = to_greys(volume, network)[ask.slice_index]
        shown = _ask_network(study, network, ask, greys, boxes, say)
    _, row_mm, column_mm = volume.grid.stack_spacing_mm
    title = f"{record.name}, slice {ask.slice_index}: {name}"
    write_look(draw_look(greys, shown, title=title, row_per_column=row_mm / column_mm), picture)
    return tuple(Seen(s.name, s.score, int(s.mask.sum()), s.boxes) for s in shown)


def _network_of(name: str, ask: Ask) -> SamModel | None:
    if name not in MODELS:
        raise ConfigError(f"unknown model '{name}'; known are {', '.join(MODELS)}")
    network = MODELS[name].network
    if network is None and (ask.prompts or ask.everything or ask.weights):
        networks = ", ".join(known for known in MODELS if MODELS[known].network is not None)
        raise ConfigError(f"{name} is no network that can be asked: choose --model of {networks}")
    return network


def _find_volume(study: Study, name: str | None) -> VolumeRecord:
    with study.reading() as connection:
        records = {record.name: record for record in find_volumes(connection)}
    if not records:
        raise StudyError(f"{study.folder}: has no volumes yet; `manyhands add` comes first")
    if name is None and len(records) > 1:
        raise ConfigError(f"of which volume? Name one with --volume: {', '.join(records)}")
    if name is not None and name not in records:
        raise ConfigError(f"no volume '{name}' in this study; it has {', '.join(records)}")
    return records[name or next(iter(records))]


def _check_slice(record: VolumeRecord, volume: Volume, slice_index: int) -> None:
    slices = volume.grid.stack_shape[0]
    if not 0 <= slice_index < slices:
        raise ConfigError(f"{record.name} has slices 0 to {slices - 1}; asked for {slice_index}")


def _find_agreed(study: Study, record: VolumeRecord, command: str) -> dict[int, Consensus]:
    outcome = find_agreement(study, EVERYBODY, command=command)
    if record.name not in (*outcome.done, *outcome.skipped):
        raise StudyError(
            f"nobody has answered on {record.name} yet: ask with --box, --inside or --everything"
        )
    return read_consensus(study, record.name, EVERYBODY)


def _boxes_on(consensus: Consensus, slice_index: int) -> tuple[Edges, ...]:
    """A structure's boxes on one slice, one for each piece that is there."""
    return tuple(
        (float(row0), float(column0), float(row1), float(column1))
        for track in consensus.tracks
        for row0, column0, row1, column1 in track.boxes[track.slice_indices == slice_index]
    )


def _windowed(volume: Volume, slice_index: int) -> Greys:
    picture = to_stack(volume.data)[slice_index]
    return np.ascontiguousarray(apply_window(picture, default_window(volume)))


def _look_at_labels(
    study: Study,
    volume: Volume,
    agreed: dict[int, Consensus],
    boxes: dict[int, tuple[Edges, ...]],
    model: str,
    slice_index: int,
) -> list[Shown]:
    """A model without a network looks at the whole volume; of that the slice."""
    labels = to_stack(segment(volume, agreed, model=model).labels.data)[slice_index]
    return [
        shown_as(structure, np.asarray(labels == structure.structure_id), edges)
        for structure in study.config.structures
        if (edges := boxes.get(structure.structure_id))
    ]


def _ask_network(
    study: Study,
    network: SamModel,
    ask: Ask,
    greys: Greys,
    boxes: dict[int, tuple[Edges, ...]],
    say: Say,
) -> list[Shown]:
    if not (ask.prompts or ask.everything or any(boxes.values())):
        raise StudyError(
            f"all agree that nothing is on slice {ask.slice_index}: ask with --box, --inside or "
            "--everything"
        )
    engine = load_engine(
        network.name, weights=ask.weights, folder=ask.weights_folder, device=ask.device, say=say
    )
    (embedding,) = engine.encode([greys])
    if ask.everything is not None:
        return ask_for_everything(engine, embedding, ask.everything)
    if ask.prompts:
        return ask_with(engine, embedding, ask.prompts)
    return ask_with_boxes(study, engine, embedding, boxes)
