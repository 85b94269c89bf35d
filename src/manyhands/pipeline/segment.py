"""From consensus to label volumes, with their probability and the confidence of each slice."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from manyhands.errors import ConfigError
from manyhands.evidence import MODELS
from manyhands.masks import segment, vote
from manyhands.pipeline.consensus import consensus_fingerprint, find_agreement, read_consensus
from manyhands.pipeline.places import (
    EVERYBODY,
    VOTED,
    LabelSet,
    alone,
    read_json,
    step_name,
    write_json,
)
from manyhands.pipeline.spread import HeavyUnit, spread_out
from manyhands.pipeline.work import Outcome, Unit, Watch, unwatched, work_through
from manyhands.store import Study, VolumeRecord, find_annotators, find_volumes, sha256_of
from manyhands.types import (
    IGNORE_LABEL,
    Consensus,
    Executor,
    Labels,
    Modality,
    Progress,
    Provenance,
)
from manyhands.volumes import read_labels, read_volume, write_labels, write_volume

PROBABILITY_STEPS = 250
"""Probabilities are kept in this many steps: 0.004 is finer than they are true, and the files are a
tenth of the size."""


def segment_volumes(
    study: Study,
    labels: LabelSet = EVERYBODY,
    *,
    model: str | None = None,
    executor: Executor | None = None,
    command: str,
    watch: Watch = unwatched,
) -> Outcome:
    """Label every volume that has a consensus, which is brought up to date first.

    `model` None: the one of the study; `executor` None: in this process. Volumes that nobody
    answered on are `left_out`. Raises `ConfigError` for a model that is not known.
    """
    model = model or study.config.model
    if model not in MODELS:
        raise ConfigError(f"unknown model '{model}'; known are {', '.join(MODELS)}")
    with study.working("segment"):
        agreed = find_agreement(study, labels, command=command)
        with study.reading() as connection:
            volumes = find_volumes(connection, [*agreed.done, *agreed.skipped])
        units = [_unit(study, volume, labels, model) for volume in volumes]
        outcome = spread_out(
            study,
            step_name("segment", labels),
            units,
            partial(start_segmenting, model),
            executor=executor,
            command=command,
            watch=watch,
            left_out=agreed.left_out,
        )
    return dataclasses.replace(outcome, failed={**agreed.failed, **outcome.failed})


@dataclass(frozen=True)
class SegmentJob:
    """All that is needed to label one volume, wherever it is done."""

    image: Path
    modality: Modality
    structures: Mapping[int, Consensus]


@dataclass(frozen=True)
class Segmented:
    """What is kept of a `Segmentation`; probabilities in steps, as the files have them."""

    labels: Labels
    probability: npt.NDArray[np.uint8]
    confidence: Mapping[int, npt.NDArray[np.float64]]


def _unit(study: Study, volume: VolumeRecord, labels: LabelSet, model: str) -> HeavyUnit:
    return HeavyUnit(
        name=volume.name,
        inputs={
            "image": volume.image_sha256,
            "consensus": consensus_fingerprint(study, volume.name, labels),
        },
        settings={"model": model, "modality": volume.modality},
        job=SegmentJob(
            study.path(volume.image_path).absolute(),
            volume.modality,
            read_consensus(study, volume.name, labels),
        ),
        keep=partial(_keep, study, volume, labels, model),
    )


def start_segmenting(model: str) -> Callable[[SegmentJob, Progress], Segmented]:
    """What labels one volume after another in a process of its own."""
    return partial(_segment, model)


def _segment(model: str, job: SegmentJob, progress: Progress) -> Segmented:
    volume = read_volume(job.image, modality=job.modality)
    found = segment(volume, job.structures, model=model, progress=progress)
    steps = np.rint(found.probability * PROBABILITY_STEPS).astype(np.uint8)
    return Segmented(found.labels, steps, found.confidence)


def _keep(
    study: Study,
    record: VolumeRecord,
    labels: LabelSet,
    model: str,
    found: Segmented,
    made: Provenance,
) -> tuple[str, ...]:
    paths = (
        labels.labels_path(record.name),
        labels.probability_path(record.name),
        labels.confidence_path(record.name),
    )
    for path in paths:
        study.path(path).parent.mkdir(parents=True, exist_ok=True)
    probability = found.probability.astype(np.float32) / np.float32(PROBABILITY_STEPS)
    write_volume(probability, found.labels.grid, study.path(paths[1]))
    trust = {
        "volume": record.name,
        "model": model,
        "ignored_share": float((found.labels.data == IGNORE_LABEL).mean()),
        "confidence": {str(key): _to_list(slices) for key, slices in found.confidence.items()},
    }
    write_json(study, paths[2], trust, made)
    write_labels(found.labels, study.path(paths[0]))
    return paths


def find_ignored(study: Study, labels: LabelSet = EVERYBODY) -> dict[str, float]:
    """By volume, the share of its voxels that are 255, *nobody looked*, where there are any."""
    with study.reading() as connection:
        names = [volume.name for volume in find_volumes(connection)]
    paths = {name: labels.confidence_path(name) for name in names}
    shares = {
        name: read_json(study, path).get("ignored_share", 0.0)
        for name, path in paths.items()
        if study.path(path).is_file()
    }
    return {name: share for name, share in shares.items() if share > 0}


def _to_list(values: npt.NDArray[np.float64]) -> list[float | None]:
    """JSON knows no NaN."""
    return [None if np.isnan(value) else round(float(value), 4) for value in values]


def segment_each_alone(
    study: Study,
    *,
    model: str | None = None,
    executor: Executor | None = None,
    command: str,
    watch: Watch = unwatched,
) -> tuple[Outcome, ...]:
    """Label all volumes once per annotator, of that person's boxes alone; to compare with."""
    with study.reading() as connection:
        names = [annotator.name for annotator in find_annotators(connection)]
    return tuple(
        segment_volumes(
            study,
            alone(name),
            model=model,
            executor=executor,
            command=command,
            watch=_part(watch, number, len(names)),
        )
        for number, name in enumerate(names)
    )


def vote_over_masks(study: Study, *, command: str, watch: Watch = unwatched) -> Outcome:
    """Let the annotators' own label volumes vote, voxel by voxel; to compare with.

    Takes those that `segment_each_alone` made; volumes without any are `left_out`.
    """
    with study.working("segment"):
        with study.reading() as connection:
            names = [annotator.name for annotator in find_annotators(connection)]
            volumes = find_volumes(connection)
        units, left_out = [], {}
        for volume in volumes:
            paths = [alone(name).labels_path(volume.name) for name in names]
            paths = [path for path in paths if study.path(path).is_file()]
            if paths:
                units.append(_vote_unit(study, volume, paths))
            else:
                left_out[volume.name] = "no annotator's own label volume to vote with"
        return work_through(
            study,
            step_name("segment", VOTED),
            units,
            command=command,
            watch=watch,
            left_out=left_out,
        )


def _vote_unit(study: Study, volume: VolumeRecord, paths: list[str]) -> Unit:
    def make(_progress: Progress, _made: Provenance) -> tuple[str, ...]:
        ballots = [read_labels(study.path(path)) for path in paths]
        elected = vote([ballot.data for ballot in ballots])
        path = VOTED.labels_path(volume.name)
        study.path(path).parent.mkdir(parents=True, exist_ok=True)
        write_labels(Labels(elected, ballots[0].grid), study.path(path))
        return (path,)

    return Unit(
        name=volume.name,
        inputs={path: sha256_of(study.path(path)) for path in paths},
        settings={},
        make=make,
    )


def _part(watch: Watch, number: int, count: int) -> Watch:
    return lambda share, unit: watch((number + share) / count, unit)
