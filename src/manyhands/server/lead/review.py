"""All there is to see of one structure of one volume: what was said, agreed and made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from manyhands.boxes import interpolate
from manyhands.pipeline import EVERYBODY, read_consensus, read_judgement, read_scores
from manyhands.pipeline.places import read_json
from manyhands.quality import Judgement
from manyhands.server.lead.common import NotThereError
from manyhands.server.lead.people import Estimate, estimate_of
from manyhands.server.lead.progress import is_sent_back
from manyhands.store import (
    Study,
    VolumeRecord,
    current_answers,
    find_annotators,
    find_volumes,
)
from manyhands.tasks import Standing
from manyhands.types import (
    Answer,
    Consensus,
    Finding,
    Modality,
    State,
    Structure,
)

BoxRow = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FlaggedSubject:
    """One structure of one volume in the list of what to look at; the most doubtful first."""

    volume_id: str
    structure_id: int
    priority: float
    expected: Estimate | None
    is_disputed: bool
    is_sent_back: bool
    is_complete: bool
    n_more: int
    n_finished: int
    reason: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ReviewVolume:
    """A volume as the reviewer sees it; its spacing is along slice, row and column."""

    volume_id: str
    name: str
    modality: Modality
    slice_count: int
    rows: int
    columns: int
    spacing_mm: tuple[float, float, float]
    has_labels: bool
    has_reference: bool


@dataclass(frozen=True, slots=True)
class ReviewStructure:
    structure_id: int
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class ReviewList:
    """Where a review begins. `general` are findings of no one structure of a volume."""

    volumes: tuple[ReviewVolume, ...]
    structures: tuple[ReviewStructure, ...]
    subjects: tuple[FlaggedSubject, ...]
    general: tuple[Finding, ...]


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


def find_flagged(study: Study, standings: Iterable[Standing]) -> ReviewList:
    """All subjects, those with the most at stake first."""
    with study.reading() as connection:
        volumes = find_volumes(connection)
    judgement = read_judgement(study)
    names = {v.volume_id: v.name for v in volumes}
    structures = {s.structure_id: s for s in study.config.structures}
    subjects = [
        _flagged(standing, names[standing.subject.volume_id], structure, judgement)
        for standing in standings
        if standing.subject.volume_id in names
        and (structure := structures.get(standing.subject.structure_id)) is not None
    ]
    placed = {finding for subject in subjects for finding in subject.findings}
    return ReviewList(
        volumes=tuple(_volume(study, volume) for volume in volumes),
        structures=tuple(
            ReviewStructure(s.structure_id, s.name, s.colour) for s in structures.values()
        ),
        subjects=tuple(
            sorted(subjects, key=lambda s: (-s.priority, not s.is_disputed, s.is_complete))
        ),
        general=tuple(f for f in judgement.findings if f not in placed),
    )


def _flagged(
    standing: Standing, volume: str, structure: Structure, judgement: Judgement
) -> FlaggedSubject:
    findings = tuple(
        f
        for f in judgement.findings
        if (f.place.volume, f.place.structure) == (volume, structure.name)
    )
    expected = next(
        (
            p.dice
            for p in judgement.predicted
            if (p.volume, p.structure) == (volume, structure.name)
        ),
        None,
    )
    return FlaggedSubject(
        volume_id=standing.subject.volume_id,
        structure_id=standing.subject.structure_id,
        priority=max((f.priority for f in findings), default=0.0),
        expected=estimate_of(expected),
        is_disputed=standing.decision.is_disputed and not is_sent_back(standing),
        is_sent_back=is_sent_back(standing),
        is_complete=standing.is_complete,
        n_more=standing.decision.n_more,
        n_finished=len(standing.finished_by),
        reason=standing.decision.reason,
        findings=findings,
    )


def _volume(study: Study, volume: VolumeRecord) -> ReviewVolume:
    slices, rows, columns = volume.stack_shape
    return ReviewVolume(
        volume_id=volume.volume_id,
        name=volume.name,
        modality=volume.modality,
        slice_count=slices,
        rows=rows,
        columns=columns,
        spacing_mm=volume.stack_spacing_mm,
        has_labels=study.path(EVERYBODY.labels_path(volume.name)).is_file(),
        has_reference=volume.reference_path is not None,
    )


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
