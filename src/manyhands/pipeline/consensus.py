"""From answers to one consensus per structure and volume, kept as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from manyhands.crowd import METHODS, find_consensus
from manyhands.errors import ConfigError
from manyhands.pipeline.gold import GoldSet, read_gold, write_gold
from manyhands.pipeline.heard import heard_answers
from manyhands.pipeline.places import EVERYBODY, LabelSet, read_json, step_name, write_json
from manyhands.pipeline.work import Outcome, Unit, Watch, unwatched, work_through
from manyhands.store import (
    Study,
    VolumeRecord,
    current_answers,
    find_annotator,
    find_volumes,
    find_wider_strides,
    fingerprint,
)
from manyhands.types import Answer, Consensus, Progress, Provenance, Track


def find_agreement(
    study: Study, labels: LabelSet = EVERYBODY, *, command: str, watch: Watch = unwatched
) -> Outcome:
    """Find the consensus on every volume that somebody answered on.

    Structures that nobody answered on are not in it, volumes without any answer are `left_out`.
    Everybody's boxes lose the bias that the gold of other volumes shows; one person's stay as they
    were drawn. Who is on `leave_out` has no say in what all agree on. Raises `ConfigError` for a
    method, a gold volume or a person in `manyhands.toml` that is not known.
    """
    if study.config.consensus not in METHODS:
        raise ConfigError(
            f"unknown consensus '{study.config.consensus}' in manyhands.toml; "
            f"known are {', '.join(METHODS)}"
        )
    with study.working("consensus"):
        units, left_out = [], {}
        with study.reading() as connection:
            annotator_id = (
                find_annotator(connection, labels.annotator).annotator_id
                if labels.annotator
                else None
            )
            wider = find_wider_strides(connection)
            gold = GoldSet() if labels.annotator else read_gold(study, connection)
            for volume in find_volumes(connection):
                answers = (
                    current_answers(
                        connection, volume_id=volume.volume_id, annotator_id=annotator_id
                    )
                    if annotator_id
                    else heard_answers(study, connection, volume_id=volume.volume_id)
                )
                if answers:
                    units.append(_unit(study, volume, answers, labels, gold, wider))
                else:
                    left_out[volume.name] = "nobody answered on it"
        write_gold(study, gold, command=command)
        return work_through(
            study,
            step_name("consensus", labels),
            units,
            command=command,
            watch=watch,
            left_out=left_out,
        )


def _unit(
    study: Study,
    volume: VolumeRecord,
    answers: Sequence[Answer],
    labels: LabelSet,
    gold: GoldSet,
    wider: Mapping[tuple[str, int], Mapping[str, int]],
) -> Unit:
    others = gold.without(volume.volume_id)
    strides = _strides_of(answers, wider)
    return Unit(
        name=volume.name,
        # Answers never change, so their ids stand for what they say.
        inputs={
            "answers": fingerprint({"ids": sorted(answer.answer_id for answer in answers)}),
            **others.inputs,
        },
        settings={
            "method": study.config.consensus,
            "stride": study.config.stride,
            **({"wider strides": strides} if strides else {}),
        },
        make=partial(_make, study, volume, answers, labels, others, strides),
    )


def _strides_of(
    answers: Sequence[Answer], wider: Mapping[tuple[str, int], Mapping[str, int]]
) -> dict[int, dict[str, int]]:
    """The wider strides of those who answered, by structure id and annotator."""
    found: dict[int, dict[str, int]] = {}
    for answer in answers:
        own = wider.get((answer.volume_id, answer.structure_id), {})
        if answer.annotator_id in own:
            of_structure = found.setdefault(answer.structure_id, {})
            of_structure[answer.annotator_id] = own[answer.annotator_id]
    return found


def _make(
    study: Study,
    volume: VolumeRecord,
    answers: Sequence[Answer],
    labels: LabelSet,
    gold: GoldSet,
    wider: Mapping[int, Mapping[str, int]],
    progress: Progress,
    made: Provenance,
) -> tuple[str, ...]:
    by_structure: defaultdict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_structure[answer.structure_id].append(answer)
    bias, _ = gold.learn()
    found: dict[int, Consensus] = {}
    for structure_id, of_one in sorted(by_structure.items()):
        found[structure_id] = find_consensus(
            of_one,
            stack_shape=volume.stack_shape,
            stack_spacing_mm=volume.stack_spacing_mm,
            stride=study.config.stride,
            wider=wider.get(structure_id),
            method=study.config.consensus,
            bias=bias.get(structure_id),
        )
        progress(len(found) / len(by_structure))
    path = labels.consensus_path(volume.name)
    structures = {str(structure_id): to_json(c) for structure_id, c in found.items()}
    write_json(study, path, {"volume": volume.name, "structures": structures}, made)
    return (path,)


def read_consensus(study: Study, volume: str, labels: LabelSet = EVERYBODY) -> dict[int, Consensus]:
    """The consensus on a volume by structure id. Raises `StudyError` where there is none."""
    content = read_json(study, labels.consensus_path(volume))
    return {int(key): from_json(value) for key, value in content["structures"].items()}


def find_unanswered(study: Study, labels: LabelSet = EVERYBODY) -> dict[str, tuple[str, ...]]:
    """By name, the structures nobody answered on, with the volumes that have a consensus on others.

    The label volumes of these say nothing about them: neither that they are there nor that not.
    """
    with study.reading() as connection:
        names = [volume.name for volume in find_volumes(connection)]
    agreed = {
        name: read_consensus(study, name, labels)
        for name in names
        if study.path(labels.consensus_path(name)).is_file()
    }
    missing = {
        structure.name: tuple(
            n for n, found in agreed.items() if structure.structure_id not in found
        )
        for structure in study.config.structures
    }
    return {structure: volumes for structure, volumes in missing.items() if volumes}


def consensus_fingerprint(study: Study, volume: str, labels: LabelSet) -> str:
    """Changes with what was agreed, not with when."""
    return fingerprint(read_json(study, labels.consensus_path(volume))["structures"])


def to_json(consensus: Consensus) -> dict[str, Any]:
    """A consensus in plain lists; every number comes back bit by bit."""
    return {
        "tracks": [
            {
                "slice_indices": track.slice_indices.tolist(),
                "boxes": track.boxes.tolist(),
                "is_drawn": track.is_drawn.tolist(),
                "spread_px": track.spread_px.tolist(),
                "margin": track.margin,
            }
            for track in consensus.tracks
        ],
        "presence": consensus.presence.tolist(),
        "is_seen": consensus.is_seen.tolist(),
        "weights": dict(consensus.weights),
    }


def from_json(content: Mapping[str, Any]) -> Consensus:
    """The inverse of `to_json`."""
    return Consensus(
        tracks=tuple(
            Track(
                slice_indices=np.array(track["slice_indices"], dtype=np.int64),
                boxes=np.array(track["boxes"], dtype=np.float64).reshape(-1, 4),
                is_drawn=np.array(track["is_drawn"], dtype=np.bool_),
                spread_px=np.array(track["spread_px"], dtype=np.float64).reshape(-1, 4),
                margin=track.get("margin", 0.0),  # older results have none
            )
            for track in content["tracks"]
        ),
        presence=np.array(content["presence"], dtype=np.float64),
        is_seen=np.array(content["is_seen"], dtype=np.bool_),
        weights=content["weights"],
    )
