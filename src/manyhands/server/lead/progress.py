"""How far each structure of each volume is: on which slices who said what, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from manyhands.store import (
    Study,
    VolumeRecord,
    current_answers,
    find_annotators,
    find_volumes,
    find_wider_strides,
)
from manyhands.tasks import Standing, Subject, asked_slices, open_slices
from manyhands.types import Answer, State

LETTER = {State.BOXES: "b", State.ABSENT: "a", State.UNSURE: "u"}
NOT_SEEN = "."


@dataclass(frozen=True, slots=True)
class PersonProgress:
    """What one annotator said of a subject: a letter for each slice, `b`oxes, `a`bsent, `u`nsure,
    or a dot where they said nothing. Of the slices that they were asked for, `asked`, they settled
    `answered`: also those beyond the end of the structure that they marked.
    """

    annotator_id: str
    name: str
    slices: str
    answered: int
    asked: int
    active_s: float
    last_at: datetime
    has_finished: bool


@dataclass(frozen=True, slots=True)
class SubjectProgress:
    """One structure of one volume; `n_more` people are still to be asked, for this `reason`.

    `is_sent_back`: because a lead or reviewer asked for it, not the rules. `unseen` are the slices
    that are open with everybody, as pairs of the first and the last of a run.
    """

    volume_id: str
    structure_id: int
    people: tuple[PersonProgress, ...]
    unseen: tuple[tuple[int, int], ...]
    is_begun: bool
    is_complete: bool
    is_disputed: bool
    is_sent_back: bool
    n_more: int
    reason: str


@dataclass(frozen=True, slots=True)
class VolumeHead:
    volume_id: str
    name: str
    slice_count: int


@dataclass(frozen=True, slots=True)
class StructureHead:
    structure_id: int
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Progress:
    """The matrix of volumes and structures; `subjects` are in the order of volumes."""

    stride: int
    volumes: tuple[VolumeHead, ...]
    structures: tuple[StructureHead, ...]
    subjects: tuple[SubjectProgress, ...]


def find_progress(
    study: Study, standings: Iterable[Standing], *, only: Subject | None = None
) -> Progress:
    """How far all subjects are, or only one. `standings` are of all that are asked about."""
    with study.reading() as connection:
        volumes = find_volumes(connection)
        names = {a.annotator_id: a.name for a in find_annotators(connection)}
        answers = current_answers(
            connection,
            volume_id=only.volume_id if only else None,
            structure_id=only.structure_id if only else None,
        )
        wider = find_wider_strides(connection)
    by_subject: defaultdict[Subject, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_subject[Subject(answer.volume_id, answer.structure_id)].append(answer)
    known = {standing.subject: standing for standing in standings}
    records = {volume.volume_id: volume for volume in volumes}
    return Progress(
        stride=study.config.stride,
        volumes=tuple(VolumeHead(v.volume_id, v.name, v.slice_count) for v in volumes),
        structures=tuple(
            StructureHead(s.structure_id, s.name, s.colour) for s in study.config.structures
        ),
        subjects=tuple(
            _subject(
                records[subject.volume_id],
                standing,
                by_subject[subject],
                names,
                study.config.stride,
                wider.get((subject.volume_id, subject.structure_id), {}),
            )
            for subject, standing in known.items()
            if only in (None, subject)
        ),
    )


def _subject(
    volume: VolumeRecord,
    standing: Standing,
    answers: Sequence[Answer],
    names: Mapping[str, str],
    stride: int,
    wider: Mapping[str, int],
) -> SubjectProgress:
    by_person: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_person[answer.annotator_id].append(answer)
    stride_of = {name: max(stride, wider.get(name, 1)) for name in by_person}
    people = [
        _person(
            volume,
            own,
            names[annotator_id],
            annotator_id in standing.finished_by,
            stride_of[annotator_id],
        )
        for annotator_id, own in by_person.items()
    ]
    return SubjectProgress(
        volume_id=volume.volume_id,
        structure_id=standing.subject.structure_id,
        people=tuple(sorted(people, key=lambda p: p.name.casefold())),
        unseen=unseen_runs(
            ((own, stride_of[name]) for name, own in by_person.items()), volume.slice_count
        ),
        is_begun=standing.is_begun,
        is_complete=standing.is_complete,
        is_disputed=standing.decision.is_disputed,
        is_sent_back=standing.decision.is_requested,
        n_more=standing.decision.n_more,
        reason=standing.decision.reason,
    )


def _person(
    volume: VolumeRecord, answers: Sequence[Answer], name: str, has_finished: bool, stride: int
) -> PersonProgress:
    letters = [NOT_SEEN] * volume.slice_count
    for answer in answers:
        letters[answer.slice_index] = LETTER[answer.state]
    asked = asked_slices(volume.slice_count, stride)
    is_open = _open_slices(answers, volume.slice_count, stride)
    return PersonProgress(
        annotator_id=answers[0].annotator_id,
        name=name,
        slices="".join(letters),
        answered=sum(k not in is_open for k in asked),
        asked=len(asked),
        active_s=sum(answer.active_s or 0.0 for answer in answers),
        last_at=max(answer.created_at for answer in answers),
        has_finished=has_finished,
    )


def unseen_runs(
    by_person: Iterable[tuple[Sequence[Answer], int]], slice_count: int
) -> tuple[tuple[int, int], ...]:
    """First and last of each run of slices that are open with everybody who answered; of each
    person the answers, and the stride at which they were asked.
    """
    unseen = set(range(slice_count))
    for answers, stride in by_person:
        unseen &= _open_slices(answers, slice_count, stride)
    firsts = sorted(k for k in unseen if k - 1 not in unseen)
    lasts = sorted(k for k in unseen if k + 1 not in unseen)
    return tuple(zip(firsts, lasts, strict=True))


def _open_slices(answers: Sequence[Answer], slice_count: int, stride: int) -> set[int]:
    said = {answer.slice_index: answer.state for answer in answers}
    return set(open_slices(said, slice_count, stride=stride))
