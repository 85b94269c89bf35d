"""Which volumes of a study can be trained on, by every arm alike, and which structures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from manyhands.errors import StudyError
from manyhands.pipeline.consensus import read_consensus
from manyhands.pipeline.places import EVERYBODY, LabelSet
from manyhands.store import Study, VolumeRecord
from manyhands.types import IGNORE_LABEL, Consensus, Structure
from manyhands.volumes import read_labels

CROWD, REFERENCE = "crowd", "reference"
RELABELLED = f"{CROWD}-relabelled-"
"""How the labels of a round of relabelling are called, before its number."""
LEAST_SEEN = 0.25
"""Of its slices, over all structures: a volume of which less was looked at is left out."""

Agreed = Mapping[int, Consensus]


def labels_of(arm: str) -> LabelSet:
    """The label volumes that an arm other than the reference is trained on."""
    return EVERYBODY if arm == CROWD else LabelSet(f"labels {arm}", f"-{arm}")


@dataclass(frozen=True)
class Case:
    """One volume to train on, with what the crowd agreed on it by structure id."""

    record: VolumeRecord
    agreed: Agreed

    def is_complete(self, structures: Iterable[Structure]) -> bool:
        agreed = (self.agreed.get(s.structure_id) for s in structures)
        return all(found is not None and found.is_complete for found in agreed)

    def seen_share(self, structure_ids: Iterable[int]) -> float:
        slices = self.record.slice_count
        seen = [int(self.agreed[s].is_seen.sum()) if s in self.agreed else 0 for s in structure_ids]
        return sum(seen) / (slices * len(seen)) if seen else 0.0


@dataclass(frozen=True)
class Selection:
    """Cases and structures of all data sets; volumes and structures that are in none, and why."""

    cases: tuple[Case, ...]
    structures: tuple[Structure, ...]
    left_out: Mapping[str, str]
    left_out_structures: Mapping[str, str]


def select_cases(study: Study, train: Sequence[VolumeRecord], kinds: Sequence[str]) -> Selection:
    """The cases that every arm can use, and the structures that every arm has a voxel of."""
    cases = [Case(v, _read_agreed(study, v.name)) for v in train]
    answered = {s for case in cases for s, c in case.agreed.items() if c.is_seen.any()}
    left_out: dict[str, str] = {}
    present: dict[str, set[int]] = {kind: set() for kind in kinds}
    kept = []
    for case in cases:
        found, reason = _look_at(study, case, kinds, answered)
        if reason:
            left_out[case.record.name] = reason
            continue
        kept.append(case)
        for kind, ids in found.items():
            present[kind] |= ids
    if not kept:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise StudyError(f"{study.folder}: no case can be trained on. {reasons or 'No volumes'}")
    lacking = {
        s.name: f"no voxel of it in the labels of {', '.join(lacks)}"
        for s in study.config.structures
        if (lacks := [kind for kind in kinds if s.structure_id not in present[kind]])
    }
    structures = tuple(s for s in study.config.structures if s.name not in lacking)
    if not structures:
        raise StudyError(f"{study.folder}: no structure is in the labels of all arms: {lacking}")
    return Selection(tuple(kept), structures, left_out, lacking)


def _read_agreed(study: Study, name: str) -> Agreed:
    is_there = study.path(EVERYBODY.consensus_path(name)).is_file()
    return read_consensus(study, name) if is_there else {}


def _look_at(
    study: Study, case: Case, kinds: Sequence[str], answered: set[int]
) -> tuple[dict[str, set[int]], str]:
    """The structures with a voxel in each arm's labels, and why the case cannot be used, if so."""
    found: dict[str, set[int]] = {}
    for kind in kinds:
        path = find_source(study, case.record, kind)
        if path is None or not path.is_file():
            return {}, "no reference" if kind == REFERENCE else f"no label volume ({kind})"
        ids = set(np.flatnonzero(np.bincount(read_labels(path).data.ravel(), minlength=256)))
        found[kind] = {int(i) for i in ids} - {0, IGNORE_LABEL}
        if not found[kind]:
            return {}, f"not a voxel of any structure ({kind})"
    if CROWD in kinds:
        seen = case.seen_share(answered)
        if seen < LEAST_SEEN:
            return {}, f"nobody looked at {1 - seen:.0%} of its slices"
    return found, ""


def find_source(study: Study, record: VolumeRecord, kind: str) -> Path | None:
    """The label volume of a kind, if there is one; None for a reference that was never given."""
    if kind == REFERENCE:
        return study.path(record.reference_path) if record.reference_path else None
    return study.path(labels_of(kind).labels_path(record.name))
