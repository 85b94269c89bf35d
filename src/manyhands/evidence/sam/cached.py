"""A network that sees each slice once: what its encoder said is kept, in memory and on the disk."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from manyhands.errors import MethodError
from manyhands.evidence.sam.cache import GB, EmbeddingCache
from manyhands.evidence.sam.engine import Decoded, Embedding, Picture, Promptable
from manyhands.evidence.sam.prompts import Prompt
from manyhands.evidence.sam.table import SamModel

LARGEST_IN_16_BITS = float(np.finfo(np.float16).max)


@dataclass
class Savings:
    """What the cache did: slices `found` and `encoded`, seconds of encoding saved and spent."""

    found: int = 0
    encoded: int = 0
    saved_s: float = 0.0
    spent_s: float = 0.0

    def __add__(self, other: Savings) -> Savings:
        return Savings(
            self.found + other.found,
            self.encoded + other.encoded,
            self.saved_s + other.saved_s,
            self.spent_s + other.spent_s,
        )

    def __str__(self) -> str:
        return (
            f"embeddings: {self.found} of {self.found + self.encoded} slices were there, which "
            f"saved {self.saved_s:.0f} s of encoding; {self.encoded} were encoded in "
            f"{self.spent_s:.0f} s"
        )


@dataclass
class CachedNetwork:
    """A `Promptable` that encodes no slice twice. `cache` None keeps nothing on the disk.

    The slices used last stay in memory, as far as `memory_bytes` goes: several structures are asked
    about on each. Embeddings are rounded to 16 bits in any case, so that masks do not depend on
    whether a slice was there already. Ahead of time `at_once` slices are encoded together.
    """

    network: Promptable
    cache: EmbeddingCache | None = None
    memory_bytes: int = 2 * GB
    at_once: int = 1
    savings: Savings = field(default_factory=Savings)
    _memory: OrderedDict[str, Embedding] = field(default_factory=OrderedDict, init=False)
    _memory_held: int = field(default=0, init=False)
    _counted: set[str] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def model(self) -> SamModel:
        return self.network.model

    @property
    def fingerprint(self) -> str:
        return self.network.fingerprint

    def key(self, picture: Picture) -> str:
        """Changes with any grey of the slice, with its shape, and with the network."""
        known = hashlib.sha256(f"{self.fingerprint} {picture.shape}".encode())
        known.update(picture.tobytes())
        return known.hexdigest()

    def encode(self, pictures: Sequence[Picture]) -> list[Embedding]:
        """The embedding of each picture, from the cache where it is there; one caller at a time.

        Raises `MethodError` where the network gives something that is no number.
        """
        with self._lock:
            return self._encode_all(pictures)

    def _encode_all(self, pictures: Sequence[Picture]) -> list[Embedding]:
        keys = [self.key(picture) for picture in pictures]
        found = {key: self._recall(key) or self._find(key) for key in dict.fromkeys(keys)}
        missing = [key for key, embedding in found.items() if embedding is None]
        if missing:
            found.update(self._encode({key: pictures[keys.index(key)] for key in missing}))
        for key, embedding in found.items():
            if embedding is not None:
                self._remember(key, embedding)
        return [embedding for key in keys if (embedding := found[key]) is not None]

    def encode_ahead(
        self, pictures: Sequence[Picture], *, progress: Callable[[float], None] | None = None
    ) -> None:
        """Encode those that are not kept yet, `at_once` at a time: a stop loses no more.

        Without a cache there is nowhere to keep them, and nothing is done.
        """
        if self.cache is None:
            return
        missing = [picture for picture in pictures if not self._has(self.key(picture))]
        for start in range(0, len(missing), self.at_once):
            batch = missing[start : start + self.at_once]
            self.encode(batch)
            if progress:
                progress((start + len(batch)) / len(missing))

    def _has(self, key: str) -> bool:
        return self.cache is not None and key in self.cache

    def _recall(self, key: str) -> Embedding | None:
        if key in self._memory:
            self._memory.move_to_end(key)
        return self._memory.get(key)

    def _remember(self, key: str, embedding: Embedding) -> None:
        if key not in self._memory:
            self._memory[key] = embedding
            self._memory_held += _bytes_of(embedding)
        while self._memory_held > self.memory_bytes:
            _, oldest = self._memory.popitem(last=False)
            self._memory_held -= _bytes_of(oldest)

    def decode(
        self,
        embedding: Embedding,
        prompts: Sequence[Prompt],
        *,
        several: bool = False,
        edges_are_indices: bool = False,
    ) -> Decoded:
        return self.network.decode(
            embedding, prompts, several=several, edges_are_indices=edges_are_indices
        )

    def _find(self, key: str) -> Embedding | None:
        found = self.cache.find(key) if self.cache else None
        if found is None:
            return None
        embedding, took_s = found
        if key not in self._counted:  # not again each time it has left the memory
            self._counted.add(key)
            self.savings.found += 1
            self.savings.saved_s += took_s
        return embedding

    def _encode(self, pictures: dict[str, Picture]) -> dict[str, Embedding]:
        began = time.perf_counter()
        embeddings = [_in_16_bits(e) for e in self.network.encode(list(pictures.values()))]
        took_s = time.perf_counter() - began
        if not all(np.isfinite(a).all() for e in embeddings for a in e.features):
            raise MethodError(
                f"{self.model.name} gives no numbers for a slice: its weights are damaged, or what "
                "runs it is wrong; try --device cpu"
            )
        self.savings.encoded += len(embeddings)
        self.savings.spent_s += took_s
        self._counted.update(pictures)
        made = dict(zip(pictures, embeddings, strict=True))
        for key, embedding in made.items():
            if self.cache:
                self.cache.keep(key, embedding, took_s / len(made))
        return made


def _bytes_of(embedding: Embedding) -> int:
    return sum(features.nbytes for features in embedding.features)


def _in_16_bits(embedding: Embedding) -> Embedding:
    """Rounded by less than a thousandth, which moves masks by less than their own uncertainty; not
    at all where 16 bits cannot hold it.
    """
    if any((np.abs(a) > LARGEST_IN_16_BITS).any() for a in embedding.features):
        return embedding
    features = tuple(np.asarray(a, dtype=np.float16) for a in embedding.features)
    return Embedding(features, embedding.shape)
