"""From a model's name to a network that is ready to look at volumes."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from manyhands.errors import ConfigError
from manyhands.evidence.prompted.scene import Sight
from manyhands.evidence.sam import SAM_MODELS, find_weights, load_engine, weights_folder
from manyhands.evidence.sam.cache import DEFAULT_LIMIT_BYTES, EmbeddingCache, Say
from manyhands.evidence.sam.cached import CachedNetwork
from manyhands.evidence.sam.loading import device_for, tell_unchecked
from manyhands.evidence.sam.torch_ready import EXTRA
from manyhands.evidence.sam.video import propagate
from manyhands.evidence.sam.weights import sha256_of_weights


@dataclass(frozen=True)
class NetworkOptions:
    """How a network is loaded, wherever that is; picklable.

    `weights` is a file of one's own, instead of the published one in `folder` (None: the usual
    one). `device` None: the fastest there is. `cache` is the folder of embeddings, None: none, and
    `cache_bytes` how many it may hold, None: what the study says. With `looks_twice` coronal and
    sagittal planes are looked at too, at the price of many more encodings; with `compiles` torch
    compiles the encoder first.
    """

    weights: Path | None = None
    device: str | None = None
    cache: Path | None = None
    cache_bytes: int | None = None
    looks_twice: bool = False
    compiles: bool = False
    folder: Path | None = None


def load_sight(
    model: str, options: NetworkOptions, *, rules: str | None = None, say: Say = lambda words: None
) -> Sight:
    """The network of the model of that name, loaded.

    `rules` names the model whose preparation of pictures is taken, if not its own. `say` hears
    where it runs, and of trouble with the cache. Raises `ConfigError` and `WeightsError` as
    `load_engine` does.
    """
    weights = options.weights
    if rules is not None and rules != model:
        weights, sha256 = weights_of(model, options)
        if options.weights is None:
            tell_unchecked(SAM_MODELS[model], weights, sha256, say)
    engine = load_engine(
        rules or model,
        weights=weights,
        folder=options.folder,
        device=options.device,
        compiles=options.compiles,
        say=say,
    )
    limit = options.cache_bytes or DEFAULT_LIMIT_BYTES
    cache = EmbeddingCache(options.cache, limit, say) if options.cache else None
    return Sight(
        CachedNetwork(engine, cache, at_once=engine.device.encode_batch),
        looks_twice=options.looks_twice,
        propagate=partial(propagate, engine) if engine.model.is_video else None,
        ran_on=engine.device.arithmetic,
    )


def arithmetic_of(model: str, options: NetworkOptions) -> str:
    """Where the model of that name will run and how exactly: device, engine and precision.

    `Sight.ran_on` says the same once it is loaded, unless OpenVINO erred. Raises `ConfigError` for
    a device that is not there.
    """
    return device_for(SAM_MODELS[model], options.device, compiles=options.compiles).arithmetic


def check_installed() -> None:
    """Raise `ConfigError`, naming the extra, without what networks need; nothing is loaded."""
    missing = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(f"this model {EXTRA} ({', '.join(missing)} not installed)")


def weights_of(model: str, options: NetworkOptions) -> tuple[Path, str]:
    """The file that a model's weights come from, and its SHA-256.

    Raises `WeightsError` where it is not there, or not the one that was published.
    """
    if options.weights is not None:
        return options.weights, sha256_of_weights(options.weights)
    row = SAM_MODELS[model]
    path = find_weights(row, weights_folder(options.folder))
    return path, sha256_of_weights(path, row.checkpoint)
