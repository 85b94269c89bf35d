"""From consensus to label volumes, with their probability and the confidence of each slice."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from manyhands.evidence import NetworkOptions, Savings
from manyhands.pipeline.consensus import consensus_fingerprint, find_agreement, read_consensus
from manyhands.pipeline.labelling import (
    PROBABILITY_STEPS,
    Segmented,
    SegmentJob,
    Told,
    start_segmenting,
)
from manyhands.pipeline.networks import Recipe, answers_fingerprint, answers_on, make_recipe
from manyhands.pipeline.places import (
    EVERYBODY,
    LabelSet,
    read_json,
    step_name,
    write_json,
)
from manyhands.pipeline.spread import HeavyUnit, spread_out
from manyhands.pipeline.work import Outcome, Watch, unwatched
from manyhands.store import Study, VolumeRecord, find_volumes
from manyhands.types import (
    IGNORE_LABEL,
    Answer,
    Executor,
    Provenance,
)
from manyhands.volumes import write_labels, write_volume


def segment_volumes(
    study: Study,
    labels: LabelSet = EVERYBODY,
    *,
    model: str | None = None,
    preset: str | None = None,
    options: NetworkOptions | None = None,
    executor: Executor | None = None,
    command: str,
    watch: Watch = unwatched,
) -> Outcome:
    """Label every volume that has a consensus, which is brought up to date first.

    `model`, `preset` and `options` as `make_recipe` takes them; `executor` None: in this process.
    Volumes that nobody answered on are `left_out`. Raises what `make_recipe` does.
    """
    recipe = make_recipe(study, model, preset, options)
    told: list[Told] = []
    with study.working("segment"):
        agreed = find_agreement(study, labels, command=command)
        with study.reading() as connection:
            volumes = find_volumes(connection, [*agreed.done, *agreed.skipped])
        units = [_unit(study, volume, labels, recipe, told) for volume in volumes]
        outcome = spread_out(
            study,
            step_name("segment", labels),
            units,
            partial(start_segmenting, recipe),
            executor=executor,
            command=command,
            watch=watch,
            left_out=agreed.left_out,
        )
    return dataclasses.replace(
        outcome, failed={**agreed.failed, **outcome.failed}, remarks=_remarks(told)
    )


def _remarks(told: Sequence[Told]) -> tuple[str, ...]:
    """What was said of networks, each once, and what the cache saved altogether."""
    sentences = dict.fromkeys(sentence for one in told for sentence in one.said)
    savings = sum((one.savings for one in told if one.savings), start=Savings())
    asked = savings.found + savings.encoded
    return (*sentences, str(savings)) if asked else tuple(sentences)


def _unit(
    study: Study, volume: VolumeRecord, labels: LabelSet, recipe: Recipe, told: list[Told]
) -> HeavyUnit:
    structures = read_consensus(study, volume.name, labels)
    inputs = {
        "image": volume.image_sha256,
        "consensus": consensus_fingerprint(study, volume.name, labels),
    }
    settings: dict[str, Any] = {"model": recipe.model, "modality": volume.modality}
    answers: tuple[Answer, ...] = ()
    if recipe.weights_sha256 is not None:
        answers = answers_on(study, volume, labels)
        inputs |= {"weights": recipe.weights_sha256, "answers": answers_fingerprint(answers)}
        settings |= {
            "preset": recipe.preset,
            "looks_twice": recipe.options.looks_twice,
            # In other precision masks differ by some pixels.
            "arithmetic": recipe.arithmetic,
        }
    return HeavyUnit(
        name=volume.name,
        inputs=inputs,
        settings=settings,
        job=SegmentJob(
            study.path(volume.image_path).absolute(), volume.modality, structures, answers
        ),
        keep=partial(_keep, study, volume, labels, recipe, told),
    )


def _keep(
    study: Study,
    record: VolumeRecord,
    labels: LabelSet,
    recipe: Recipe,
    told: list[Told],
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
    told.append(found.told)
    trust = {
        "volume": record.name,
        "model": recipe.model,
        **_network_in_words(recipe, found.told),
        "ignored_share": float((found.labels.data == IGNORE_LABEL).mean()),
        "confidence": {str(key): _to_list(slices) for key, slices in found.confidence.items()},
    }
    write_json(study, paths[2], trust, made)
    write_labels(found.labels, study.path(paths[0]))
    return paths


def _network_in_words(recipe: Recipe, told: Told) -> dict[str, Any]:
    """What a result says of the network that it came from; nothing where there was none."""
    if not recipe.has_network:
        return {}
    return {
        "preset": recipe.preset,
        "network": {
            "weights_sha256": recipe.weights_sha256,
            "looks_twice": recipe.options.looks_twice,
            "ran_on": told.ran_on,
            "said": list(told.said),
        },
    }


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
