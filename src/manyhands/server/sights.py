"""Networks for the live mask: loaded when one is first wanted, and then at hand."""

from __future__ import annotations

import logging
from pathlib import Path

from manyhands.errors import InputError
from manyhands.evidence import MODELS, NetworkOptions, Sight, check_installed, load_sight

log = logging.getLogger(__name__)


class Sights:
    """The network of each model. Embeddings are kept in the folder `cache`, up to `cache_bytes`."""

    def __init__(self, cache: Path, cache_bytes: int | None = None) -> None:
        self._options = NetworkOptions(cache=cache, cache_bytes=cache_bytes)
        self._loaded: dict[str, Sight | None] = {}

    def __call__(self, model: str) -> Sight | None:
        """The network of a model; None where it has none.

        None too, said once in the log, where it cannot be loaded: people who draw boxes can do
        nothing about missing weights, and a mask from intensities is better than none.
        """
        if model not in self._loaded:
            self._loaded[model] = self._load(model)
        return self._loaded[model]

    def _load(self, model: str) -> Sight | None:
        if model not in MODELS or MODELS[model].network is None:
            return None
        try:
            check_installed()
            return load_sight(model, self._options, say=log.info)
        except InputError as error:
            log.warning("live masks come from intensities alone: %s", error)
            return None
