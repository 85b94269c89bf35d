"""The annotators: how much each did, how long it took, how well it fits, what is doubtful of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sqlalchemy as sa

from manyhands.errors import StudyError
from manyhands.pipeline import read_judgement, read_reliability
from manyhands.quality import Judgement
from manyhands.store import Study, find_annotators, structure_names
from manyhands.store.schema import answers as answers_table
from manyhands.types import Finding, Interval, Reliability, State


@dataclass(frozen=True, slots=True)
class Estimate:
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class StructureWork:
    """What an annotator did on one structure; `agreement` is the median IoU with the others."""

    structure: str
    n_answers: int
    median_s: float | None
    agreement: float | None


@dataclass(frozen=True, slots=True)
class AnnotatorWork:
    """One annotator. Reliabilities are None until they have been measured (`reliability`)."""

    annotator_id: str
    name: str
    n_volumes: int
    n_slices: int
    n_answers: int
    n_boxes_slices: int
    active_s: float
    median_s: float | None
    last_at: datetime | None
    structures: tuple[StructureWork, ...]
    agreement: Estimate | None
    sensitivity: Estimate | None
    specificity: Estimate | None
    repeatability: Estimate | None
    bias_mm: tuple[float, float, float, float] | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One answer, as far as work goes."""

    annotator_id: str
    volume_id: str
    structure_id: int
    slice_index: int
    state: str
    created_at: datetime
    active_s: float | None


def find_work(study: Study) -> tuple[AnnotatorWork, ...]:
    """All annotators, in the order of their names; also those who have not answered yet."""
    said = read_said(study)
    with study.reading() as connection:
        people = find_annotators(connection)
        structures = structure_names(connection)
    judgement = read_judgement(study)
    reliability = _reliability(study)
    return tuple(
        _work_of(
            person.annotator_id,
            person.name,
            said.get(person.annotator_id, []),
            structures,
            judgement,
            reliability.get(person.name),
        )
        for person in people
    )


def _work_of(
    annotator_id: str,
    name: str,
    said: Sequence[Said],
    structures: Mapping[int, str],
    judgement: Judgement,
    reliability: Reliability | None,
) -> AnnotatorWork:
    places = {(s.volume_id, s.structure_id, s.slice_index) for s in said}
    by_structure: defaultdict[int, list[Said]] = defaultdict(list)
    for one in said:
        by_structure[one.structure_id].append(one)
    agreement = {a.structure: a.median_iou for a in judgement.agreements if a.annotator == name}
    measured = reliability
    return AnnotatorWork(
        annotator_id=annotator_id,
        name=name,
        n_volumes=len({s.volume_id for s in said}),
        n_slices=len(places),
        n_answers=len(said),
        n_boxes_slices=sum(s.state == State.BOXES for s in said),
        active_s=sum(s.active_s or 0.0 for s in said),
        median_s=_median_s(said),
        last_at=max((s.created_at for s in said), default=None),
        structures=tuple(
            StructureWork(structures[key], len(own), _median_s(own), agreement.get(structures[key]))
            for key, own in sorted(by_structure.items())
        ),
        agreement=estimate_of(measured.agreement) if measured else None,
        sensitivity=estimate_of(measured.sensitivity) if measured else None,
        specificity=estimate_of(measured.specificity) if measured else None,
        repeatability=estimate_of(measured.repeatability) if measured else None,
        bias_mm=_bias(measured),
        findings=tuple(f for f in judgement.findings if f.place.annotator == name),
    )


def read_said(study: Study) -> dict[str, list[Said]]:
    """All that was ever said, by annotator, in the order of time; what was taken back is no work
    that is left, but it was work.
    """
    table = answers_table.c
    query = sa.select(
        table.annotator_id,
        table.volume_id,
        table.structure_id,
        table.slice_index,
        table.state,
        table.created_at,
        table.active_s,
    ).order_by(table.created_at, table.sequence)
    said: defaultdict[str, list[Said]] = defaultdict(list)
    with study.reading() as connection:
        for row in connection.execute(query):
            said[row.annotator_id].append(Said(*row))
    return dict(said)


def _reliability(study: Study) -> dict[str, Reliability]:
    """Over all structures, by name; nothing where it was never measured."""
    try:
        measured = read_reliability(study)
    except StudyError:
        return {}
    return {name: lines[0] for name, lines in measured.items() if lines[0].structure_id is None}


def _median_s(said: Sequence[Said]) -> float | None:
    timed = [s.active_s for s in said if s.active_s is not None]
    return float(np.median(timed)) if timed else None


def estimate_of(interval: Interval | None) -> Estimate | None:
    """An interval as the page takes it."""
    return None if interval is None else Estimate(interval.estimate, interval.low, interval.high)


def _bias(measured: Reliability | None) -> tuple[float, float, float, float] | None:
    if measured is None or measured.bias_mm is None:
        return None
    top, left, bottom, right = (edge.estimate for edge in measured.bias_mm)
    return (top, left, bottom, right)
