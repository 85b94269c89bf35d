"""Slices encoded ahead of time, so that nobody waits for an encoder when a mask is wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from manyhands.errors import ConfigError
from manyhands.evidence import MODELS, NetworkOptions, Savings, Sight, load_sight
from manyhands.evidence.prompted.scene import boxed_slices
from manyhands.evidence.sam import to_greys
from manyhands.pipeline.consensus import read_consensus
from manyhands.pipeline.networks import Recipe, answers_on, make_recipe
from manyhands.pipeline.places import EVERYBODY
from manyhands.pipeline.spread import InThisProcess
from manyhands.pipeline.work import Outcome, Watch, unwatched
from manyhands.store import Study, VolumeRecord, find_volumes
from manyhands.types import Executor, Modality, Progress
from manyhands.volumes import read_volume

EMBEDDINGS = "embeddings"


@dataclass(frozen=True)
class EncodeJob:
    """The slices of one volume."""

    image: Path
    modality: Modality
    slices: tuple[int, ...]


def encode_ahead(
    study: Study,
    slices: Mapping[str, Collection[int]] | None = None,
    *,
    model: str | None = None,
    options: NetworkOptions | None = None,
    executor: Executor | None = None,
    watch: Watch = unwatched,
) -> Savings:
    """Fill the study's cache of embeddings with slices, by volume, that are not in it yet.

    `slices` None: those that have a box (`asked_slices`). For a job beside people's work: it takes
    no lock, and may be stopped at any time; what is encoded stays. Raises `ConfigError` where the
    model has no network or there is no cache to fill, else what `make_recipe` does.
    """
    recipe = make_recipe(study, model, None, options)
    if not recipe.has_network or recipe.options.cache is None:
        raise ConfigError(f"nothing to encode: '{recipe.model}' has no network, or no cache")
    with study.reading() as connection:
        volumes = find_volumes(connection)
    jobs = {}
    for volume in volumes:
        wanted = asked_slices(study, volume) if slices is None else slices.get(volume.name, ())
        if wanted:
            path = study.path(volume.image_path).absolute()
            jobs[volume.name] = EncodeJob(path, volume.modality, tuple(sorted(wanted)))
    names = list(jobs)

    def told(number: int, share: float) -> None:
        watch((number + share) / len(names), names[number])

    total = Savings()
    encoded = (executor or InThisProcess()).map(
        partial(_start, recipe), list(jobs.values()), watch=told
    )
    for _, savings in encoded:
        if isinstance(savings, Exception):
            raise savings
        total += savings
    return total


def encode_study(study: Study, *, command: str, watch: Watch = unwatched) -> Outcome:
    """`encode_ahead` as a step, with the study's own model; one without a network is `left_out`."""
    model = study.config.model
    if MODELS[model].network is None:
        return Outcome("encode", left_out={EMBEDDINGS: f"the model '{model}' has no network"})
    savings = encode_ahead(study, watch=watch)
    names, remarks = (EMBEDDINGS,), (str(savings),)
    if savings.encoded:
        return Outcome("encode", done=names, remarks=remarks)
    return Outcome("encode", skipped=names, remarks=remarks)


def asked_slices(study: Study, volume: VolumeRecord) -> set[int]:
    """Slices with a box that somebody drew, or, once there is a consensus, that lies between."""
    answers = answers_on(study, volume, EVERYBODY)
    drawn = {answer.slice_index for answer in answers if answer.boxes}
    if not study.path(EVERYBODY.consensus_path(volume.name)).is_file():
        return drawn
    return drawn.union(boxed_slices(read_consensus(study, volume.name)))


def _start(recipe: Recipe) -> Callable[[EncodeJob, Progress], Savings]:
    return partial(_encode, load_sight(recipe.model, recipe.options))


def _encode(sight: Sight, job: EncodeJob, progress: Progress) -> Savings:
    volume = read_volume(job.image, modality=job.modality)
    greys = to_greys(volume, sight.network.model, sight.window)
    sight.network.savings = Savings()
    sight.network.encode_ahead([greys[k] for k in job.slices], progress=progress)
    return sight.network.savings
