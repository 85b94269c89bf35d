"""How far each annotator of a study can be trusted, kept as JSON."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from manyhands.crowd import Said, measure_reliability
from manyhands.pipeline.places import RELIABILITY_PATH, read_json, write_json
from manyhands.pipeline.work import Outcome, Unit, Watch, unwatched, work_through
from manyhands.store import (
    Study,
    answer_history,
    find_annotators,
    find_volumes,
    find_wider_strides,
    fingerprint,
)
from manyhands.types import Answer, Interval, Progress, Provenance, Reliability


def measure_annotators(study: Study, *, command: str, watch: Watch = unwatched) -> Outcome:
    """Measure everybody's reliability from all answers of the study; see `measure_reliability`.

    Without any answer nothing is written.
    """
    with study.working("reliability"):
        with study.reading() as connection:
            answers = answer_history(connection)
            volumes = {volume.volume_id: volume for volume in find_volumes(connection)}
            wider = find_wider_strides(connection)
            names = {a.annotator_id: a.name for a in find_annotators(connection)}
        by_subject: defaultdict[tuple[str, int], list[Answer]] = defaultdict(list)
        for answer in answers:
            by_subject[answer.volume_id, answer.structure_id].append(answer)
        said = [
            Said(
                some,
                volumes[place[0]].stack_shape,
                volumes[place[0]].stack_spacing_mm,
                wider.get(place, {}),
            )
            for place, some in sorted(by_subject.items())
        ]
        unit = Unit(
            "reliability",
            inputs={"answers": fingerprint({"ids": sorted(a.answer_id for a in answers)})},
            settings={"stride": study.config.stride},
            make=partial(_make, study, said, names),
        )
        units = [unit] if said else []
        return work_through(study, "reliability", units, command=command, watch=watch)


def _make(
    study: Study,
    said: Sequence[Said],
    names: Mapping[str, str],
    _progress: Progress,
    made: Provenance,
) -> tuple[str, ...]:
    measured = measure_reliability(said, stride=study.config.stride)
    entries = [{"annotator": names[r.annotator_id], **dataclasses.asdict(r)} for r in measured]
    write_json(study, RELIABILITY_PATH, {"reliability": entries}, made)
    return (RELIABILITY_PATH,)


def read_reliability(study: Study) -> dict[str, tuple[Reliability, ...]]:
    """By the annotators' names: over all structures first, then each.

    Raises `StudyError` where nothing was measured.
    """
    found: defaultdict[str, list[Reliability]] = defaultdict(list)
    for entry in read_json(study, RELIABILITY_PATH)["reliability"]:
        found[entry["annotator"]].append(_from_json(entry))
    return {name: tuple(lines) for name, lines in found.items()}


def _from_json(entry: Mapping[str, Any]) -> Reliability:
    values = {key: value for key, value in entry.items() if key != "annotator"}
    for key, value in values.items():
        if isinstance(value, dict):
            values[key] = Interval(**value)
        elif isinstance(value, list):
            values[key] = tuple(Interval(**edge) for edge in value)
    return Reliability(**values)
