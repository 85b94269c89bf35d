"""All there is to see of one structure of one volume: what was said, agreed and made of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from manyhands.boxes import interpolate
from manyhands.pipeline import EVERYBODY, read_consensus, read_scores
from manyhands.pipeline.places import read_json
from manyhands.server.lead.common import NotThereError
from manyhands.store import (
    Study,
    VolumeRecord,
    current_answers,
    find_annotators,
    find_volumes,
)
from manyhands.types import (
    Answer,
    Consensus,
    State,
    Structure,
)

BoxRow = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class SliceSaid:
    """What one person said of a slice, and with which boxes."""

    slice_index: int
    state: State
    boxes: tuple[BoxRow, ...]


@dataclass(frozen=True, slots=True)
class PersonSaid:
    """One annotator's answers; `weight` is their say in the consensus, None where there is none."""

    annotator_id: str
    name: str
    weight: float | None
    slices: tuple[SliceSaid, ...]


@dataclass(frozen=True, slots=True)
class SliceBoxes:
    slice_index: int
    boxes: tuple[BoxRow, ...]


@dataclass(frozen=True, slots=True)
class Agreed:
    """The consensus: boxes of each slice, and per slice its presence, 0 to 1, and whether seen."""

    slices: tuple[SliceBoxes, ...]
    presence: tuple[float, ...]
    is_seen: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class ReviewSubject:
    """All of one subject but its pictures and masks. `confidence` is of the mask on each slice."""

    people: tuple[PersonSaid, ...]
    agreed: Agreed | None
    confidence: tuple[float | None, ...] | None
    volume_dice: float | None


def find_volume(study: Study, volume_id: str) -> VolumeRecord:
    """The volume of that id. Raises `NotThereError` where there is none."""
    with study.reading() as connection:
        for volume in find_volumes(connection):
            if volume.volume_id == volume_id:
                return volume
    raise NotThereError(f"no volume {volume_id} in the study")


def find_structure(study: Study, structure_id: int) -> Structure:
    """The structure of that id. Raises `NotThereError` where there is none."""
    for structure in study.config.structures:
        if structure.structure_id == structure_id:
            return structure
    raise NotThereError(f"no structure {structure_id} in the study")


def read_subject(study: Study, volume: VolumeRecord, structure: Structure) -> ReviewSubject:
    """What everybody said of a subject, and what was made of it as far as that has happened."""
    with study.reading() as connection:
        names = {a.annotator_id: a.name for a in find_annotators(connection)}
        answers = current_answers(
            connection, volume_id=volume.volume_id, structure_id=structure.structure_id
        )
    consensus = _consensus(study, volume, structure)
    by_person: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_person[answer.annotator_id].append(answer)
    people = [
        PersonSaid(
            annotator_id,
            names[annotator_id],
            None if consensus is None else consensus.weights.get(annotator_id),
            tuple(
                SliceSaid(a.slice_index, a.state, tuple(b.as_row() for b in a.boxes)) for a in own
            ),
        )
        for annotator_id, own in by_person.items()
    ]
    return ReviewSubject(
        people=tuple(sorted(people, key=lambda p: p.name.casefold())),
        agreed=None if consensus is None else _agreed(consensus),
        confidence=_confidence(study, volume, structure),
        volume_dice=_volume_dice(study, volume, structure),
    )


def _consensus(study: Study, volume: VolumeRecord, structure: Structure) -> Consensus | None:
    if not study.path(EVERYBODY.consensus_path(volume.name)).is_file():
        return None
    return read_consensus(study, volume.name).get(structure.structure_id)


def _agreed(consensus: Consensus) -> Agreed:
    boxes: defaultdict[int, list[BoxRow]] = defaultdict(list)
    for track in map(interpolate, consensus.tracks):
        for slice_index, box in zip(
            track.slice_indices.tolist(), track.boxes.tolist(), strict=True
        ):
            row0, column0, row1, column1 = box
            boxes[slice_index].append((row0, column0, row1, column1))
    return Agreed(
        slices=tuple(SliceBoxes(k, tuple(rows)) for k, rows in sorted(boxes.items())),
        presence=tuple(round(p, 3) for p in consensus.presence.tolist()),
        is_seen=tuple(consensus.is_seen.tolist()),
    )


def _confidence(
    study: Study, volume: VolumeRecord, structure: Structure
) -> tuple[float | None, ...] | None:
    path = EVERYBODY.confidence_path(volume.name)
    if not study.path(path).is_file():
        return None
    values = read_json(study, path)["confidence"].get(str(structure.structure_id))
    return None if values is None else tuple(values)


def _volume_dice(study: Study, volume: VolumeRecord, structure: Structure) -> float | None:
    for score in read_scores(study):
        if (score.volume, score.structure) == (volume.name, structure.name):
            return score.volume_dice
    return None
