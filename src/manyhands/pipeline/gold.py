"""The gold of a study: volumes with references that the lead lets teach how annotators err."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import sqlalchemy as sa

from manyhands.crowd import Bias, CrowdBias, Gold, gold_boxes, learn_bias
from manyhands.errors import ConfigError
from manyhands.geometry import to_stack
from manyhands.pipeline.findings import finding_from_json
from manyhands.pipeline.heard import heard_answers
from manyhands.pipeline.places import GOLD_PATH, read_json, write_json
from manyhands.pipeline.work import Outcome, Unit, work_through
from manyhands.store import Study, VolumeRecord, find_annotators, find_volumes, fingerprint
from manyhands.types import (
    IGNORE_LABEL,
    Answer,
    Finding,
    LabelStack,
    Place,
    Progress,
    Provenance,
    Structure,
)
from manyhands.volumes import read_labels

GOLD_CODES = ("gold-contradicts-itself", "gold-contradicts-crowd")
"""Of all findings about gold."""

EDGES = ("row0", "column0", "row1", "column1")


@dataclass(frozen=True)
class GoldSet:
    """What is known of the gold volumes, everybody's answers on them, and hashes of both."""

    gold: tuple[Gold, ...] = ()
    answers: tuple[Answer, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)  # volume id -> SHA-256

    def __bool__(self) -> bool:
        return bool(self.gold)

    @property
    def inputs(self) -> dict[str, str]:
        """For the fingerprint of what is made with it; nothing without gold."""
        if not self:
            return {}
        ids = sorted(answer.answer_id for answer in self.answers)
        return {"gold": fingerprint({"references": dict(self.references), "ids": ids})}

    def without(self, volume_id: str) -> GoldSet:
        """The gold of the other volumes: nobody's own reference may help a volume."""
        return GoldSet(
            tuple(one for one in self.gold if one.volume_id != volume_id),
            tuple(answer for answer in self.answers if answer.volume_id != volume_id),
            {name: sha for name, sha in self.references.items() if name != volume_id},
        )

    def learn(self) -> tuple[dict[int, CrowdBias], tuple[Finding, ...]]:
        """See `manyhands.crowd.learn_bias`."""
        return learn_bias(self.gold, self.answers)


def read_gold(study: Study, connection: sa.Connection) -> GoldSet:
    """The volumes that `manyhands.toml` names as gold; an empty set if there are none.

    Only structures that a reference has a voxel of are known. Raises `ConfigError` for a volume
    that the study does not have, or that has no reference.
    """
    records = {volume.name: volume for volume in find_volumes(connection)}
    gold: list[Gold] = []
    answers: list[Answer] = []
    references: dict[str, str] = {}
    for name in sorted(set(study.config.gold)):
        record = records.get(name)
        if record is None:
            raise ConfigError(
                f"gold volume '{name}' in manyhands.toml is not in the study; "
                f"it has {', '.join(records) or 'none'}"
            )
        if record.reference_path is None:
            raise ConfigError(
                f"gold volume '{name}' in manyhands.toml has no reference; "
                "`manyhands add --reference` brings one along with a volume"
            )
        labels = to_stack(read_labels(study.path(record.reference_path)).data)
        gold += [_gold(record, structure, labels) for structure in study.config.structures
                 if (labels == structure.structure_id).any()]  # fmt: skip
        answers += heard_answers(study, connection, volume_id=record.volume_id)
        references[record.volume_id] = str(record.reference_sha256)
    return GoldSet(tuple(gold), tuple(answers), references)


def _gold(record: VolumeRecord, structure: Structure, labels: LabelStack) -> Gold:
    """Slices on which the reference marks voxels as unknown are not known."""
    boxes = gold_boxes(labels == structure.structure_id)
    unknown = set(np.flatnonzero((labels == IGNORE_LABEL).any(axis=(1, 2))).tolist())
    return Gold(
        record.volume_id,
        structure.structure_id,
        {index: box for index, box in boxes.items() if index not in unknown},
        record.stack_shape,
        record.stack_spacing_mm,
        Place(record.name, structure.name),
    )


def write_gold(study: Study, gold: GoldSet, *, command: str) -> Outcome:
    """What all gold together teaches, in mm, for people to read; once for the same answers."""
    unit = Unit("gold", gold.inputs, {}, partial(_make, study, gold))
    return work_through(study, "gold", [unit] if gold else [], command=command)


def read_gold_findings(study: Study) -> tuple[Finding, ...]:
    """What was doubtful about the gold when it was last learned from; nothing without gold."""
    if not (study.config.gold and study.path(GOLD_PATH).is_file()):
        return ()
    return tuple(map(finding_from_json, read_json(study, GOLD_PATH)["findings"]))


def _make(study: Study, gold: GoldSet, _progress: Progress, made: Provenance) -> tuple[str, ...]:
    learned, findings = gold.learn()
    with study.reading() as connection:
        names = {a.annotator_id: a.name for a in find_annotators(connection)}
    content = {
        "bias": {str(s): _to_json(bias, names) for s, bias in learned.items()},
        "findings": [dataclasses.asdict(finding) for finding in findings],
    }
    write_json(study, GOLD_PATH, content, made)
    return (GOLD_PATH,)


def _to_json(bias: CrowdBias, names: Mapping[str, str]) -> dict[str, object]:
    people = {names[key]: _in_words(own) for key, own in bias.annotators.items()}
    return {"crowd": _in_words(bias.crowd), "annotators": people}


def _in_words(bias: Bias) -> dict[str, float]:
    edges = {f"{e}_mm": float(v) for e, v in zip(EDGES, bias.edges_mm, strict=True)}
    first, last = bias.ends_mm.tolist()
    return {**edges, "before_first_mm": first, "after_last_mm": last}
