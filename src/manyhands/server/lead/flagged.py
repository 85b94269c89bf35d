"""The list that a review begins with: every structure of every volume, the most doubtful first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from manyhands.pipeline import EVERYBODY, read_judgement
from manyhands.quality import Judgement
from manyhands.server.lead.people import Estimate, estimate_of
from manyhands.store import Study, VolumeRecord, find_volumes
from manyhands.tasks import Standing
from manyhands.types import Finding, Modality, Structure


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
        is_disputed=standing.decision.is_disputed,
        is_sent_back=standing.decision.is_requested,
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
