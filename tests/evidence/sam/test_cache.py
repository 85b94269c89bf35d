from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from manyhands.errors import MethodError
from manyhands.evidence.sam.cache import EmbeddingCache
from manyhands.evidence.sam.cached import CachedNetwork
from manyhands.evidence.sam.engine import Decoded, Embedding, Picture
from manyhands.evidence.sam.prompts import Prompt
from manyhands.evidence.sam.table import SAM_MODELS, SamModel


class CountingNetwork:
    """Encodes a slice into its greys and their thirds, and counts how often it had to."""

    def __init__(self, fingerprint: str = "weights one") -> None:
        self.fingerprint = fingerprint
        self.encoded: list[tuple[int, int]] = []

    @property
    def model(self) -> SamModel:
        return SAM_MODELS["sam-vit-b"]

    def encode(self, pictures: Sequence[Picture]) -> list[Embedding]:
        self.encoded += [(p.shape[0], p.shape[1]) for p in pictures]
        return [
            Embedding(
                (p.astype(np.float32) / 3, p[:2].astype(np.float32)), (p.shape[0], p.shape[1])
            )
            for p in pictures
        ]

    def decode(
        self,
        embedding: Embedding,
        prompts: Sequence[Prompt],
        *,
        several: bool = False,
        edges_are_indices: bool = False,
    ) -> Decoded:
        raise NotImplementedError


def picture(seed: int, shape: tuple[int, int] = (40, 30)) -> Picture:
    return np.random.default_rng(seed).integers(0, 255, shape, dtype=np.uint8)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def cache(tmp_path: Path, said: list[str]) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "embeddings", say=said.append)


def files(cache: EmbeddingCache) -> list[Path]:
    return sorted(path for path in cache.folder.rglob("*") if path.is_file())


def same(one: Embedding, other: Embedding) -> bool:
    return one.shape == other.shape and all(
        np.array_equal(a, b) and a.dtype == b.dtype
        for a, b in zip(one.features, other.features, strict=True)
    )


def test_a_slice_is_encoded_once_also_in_another_process(cache: EmbeddingCache) -> None:
    first, second = CountingNetwork(), CountingNetwork()

    (made,) = CachedNetwork(first, cache).encode([picture(0)])
    (found,) = CachedNetwork(second, EmbeddingCache(cache.folder)).encode([picture(0)])

    assert (first.encoded, second.encoded) == ([(40, 30)], [])
    assert same(made, found)


def test_masks_do_not_depend_on_whether_there_is_a_cache(cache: EmbeddingCache) -> None:
    (kept,) = CachedNetwork(CountingNetwork(), cache).encode([picture(0)])
    (not_kept,) = CachedNetwork(CountingNetwork()).encode([picture(0)])

    assert same(kept, not_kept)
    assert kept.features[0].dtype == np.float16


def test_equal_slices_of_one_call_are_encoded_once_and_given_in_order(
    cache: EmbeddingCache,
) -> None:
    network = CountingNetwork()
    pictures = [picture(0), picture(1), picture(0)]

    found = CachedNetwork(network, cache).encode(pictures)

    assert len(network.encoded) == 2
    assert same(found[0], found[2])
    assert not same(found[0], found[1])


@pytest.mark.parametrize("shape", [(30, 40), (60, 20)])
def test_another_shape_weights_or_grey_is_another_slice(
    cache: EmbeddingCache, shape: tuple[int, int]
) -> None:
    CachedNetwork(CountingNetwork(), cache).encode([picture(0)])
    other_grey = picture(0).copy()
    other_grey[3, 4] ^= 1
    for network, wanted in (
        (CountingNetwork("weights two"), picture(0)),
        (CountingNetwork(), picture(0).reshape(shape)),
        (CountingNetwork(), other_grey),
    ):
        CachedNetwork(network, cache).encode([wanted])
        assert len(network.encoded) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(path.read_bytes()[:300]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no archive at all"),
        lambda path: path.write_bytes(_with_a_flipped_byte(path.read_bytes())),
    ],
    ids=["cut off", "empty", "other", "one bit"],
)
def test_a_damaged_file_is_made_anew_and_said(
    cache: EmbeddingCache, said: list[str], spoil: object
) -> None:
    cached = CachedNetwork(CountingNetwork(), cache, memory_bytes=0)
    (before,) = cached.encode([picture(0)])
    (path,) = files(cache)
    assert callable(spoil)
    spoil(path)

    (after,) = cached.encode([picture(0)])

    assert same(before, after)
    assert len(said) == 1
    assert "damaged" in said[0]
    another = CountingNetwork()
    CachedNetwork(another, cache).encode([picture(0)])
    assert another.encoded == []


def test_a_file_that_cannot_be_read_or_removed_stops_nothing(
    cache: EmbeddingCache, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as in a folder that somebody else shares: what cannot be read may well be whole."""
    cached = CachedNetwork(CountingNetwork(), cache, memory_bytes=0)
    (before,) = cached.encode([picture(0)])
    (path,) = files(cache)

    def refuse(*_args: object, **_how: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        assert cache.find(cached.key(picture(0))) is None
    assert files(cache) == [path]

    path.write_bytes(b"no archive at all")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert cache.find(cached.key(picture(0))) is None
    assert same(before, cached.encode([picture(0)])[0])


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_an_embedding_that_is_no_number_is_an_error_and_not_an_empty_mask(wrong: float) -> None:
    class Overflowing(CountingNetwork):
        def encode(self, pictures: Sequence[Picture]) -> list[Embedding]:
            features = np.full((2, 2), wrong, dtype=np.float32)
            return [Embedding((features,), (40, 30)) for _ in pictures]

    with pytest.raises(MethodError, match="sam-vit-b gives no numbers"):
        CachedNetwork(Overflowing()).encode([picture(0)])


def test_what_16_bits_cannot_hold_stays_as_it_is(cache: EmbeddingCache) -> None:
    class Large(CountingNetwork):
        def encode(self, pictures: Sequence[Picture]) -> list[Embedding]:
            return [Embedding((np.full((2, 2), 1e5, dtype=np.float32),), (40, 30))]

    for _ in range(2):  # made, and read
        (found,) = CachedNetwork(Large(), cache).encode([picture(0)])
        assert found.features[0].tolist() == [[1e5, 1e5], [1e5, 1e5]]


def _with_a_flipped_byte(content: bytes) -> bytes:
    """In the middle of the largest array."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


def test_a_full_disk_is_said_once_and_stops_nothing(
    cache: EmbeddingCache, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    cached = CachedNetwork(CountingNetwork(), cache)

    found = [cached.encode([picture(n)])[0] for n in range(3)]

    assert len(found) == 3
    assert said == [f"{cache.folder}: keeps no more embeddings: No space left on device"]
    assert files(cache) == []  # nothing half-written either


def test_the_least_recently_used_go_first(cache: EmbeddingCache) -> None:
    cached = CachedNetwork(CountingNetwork(), cache, memory_bytes=0)
    keys = [cached.key(picture(n)) for n in range(4)]
    cached.encode([picture(0)])
    (one,) = files(cache)
    cache.limit_bytes = int(3.2 * one.stat().st_size)  # room for three
    for n in (1, 2):
        cached.encode([picture(n)])
    for age, path in enumerate(cache._path(key) for key in (keys[0], keys[1], keys[2])):
        os.utime(path, (time.time() - 100 + age, time.time() - 100 + age))
    cached.encode([picture(0)])  # used again: now the youngest

    cached.encode([picture(3)])

    assert [key in cache for key in keys] == [True, False, False, True]
    assert sum(path.stat().st_size for path in files(cache)) <= cache.limit_bytes


def test_what_a_killed_process_left_half_written_goes_after_an_hour(cache: EmbeddingCache) -> None:
    old, young = (cache.folder / "ab" / f".{name}.part" for name in ("old", "young"))
    old.parent.mkdir(parents=True)
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 4000, time.time() - 4000))

    CachedNetwork(CountingNetwork(), cache).encode([picture(0)])

    assert (old.exists(), young.exists()) == (False, True)


def test_ahead_of_time_only_what_is_missing_is_encoded(cache: EmbeddingCache) -> None:
    network = CountingNetwork()
    cached = CachedNetwork(network, cache)
    cached.encode([picture(1)])
    told: list[float] = []

    cached.encode_ahead([picture(n) for n in range(3)], progress=told.append)

    assert len(network.encoded) == 3
    assert told == [0.5, 1.0]


def test_ahead_of_time_slices_go_through_together_where_that_pays(cache: EmbeddingCache) -> None:
    batches: list[int] = []

    class Batching(CountingNetwork):
        def encode(self, pictures: Sequence[Picture]) -> list[Embedding]:
            batches.append(len(pictures))
            return super().encode(pictures)

    told: list[float] = []
    pictures = [picture(n) for n in range(5)]
    CachedNetwork(Batching(), cache, at_once=2).encode_ahead(pictures, progress=told.append)

    assert batches == [2, 2, 1]
    assert told == [0.4, 0.8, 1.0]


def test_without_a_disk_the_slices_used_last_stay_in_memory() -> None:
    network = CountingNetwork()
    room_for_two = 2 * (40 + 2) * 30 * 2
    cached = CachedNetwork(network, memory_bytes=room_for_two)

    for n in (0, 1, 0, 2, 0, 1):  # 1 has made room for 2
        cached.encode([picture(n)])

    assert len(network.encoded) == 4


def test_what_was_saved_is_counted_in_seconds_of_encoding(cache: EmbeddingCache) -> None:
    first = CachedNetwork(CountingNetwork(), cache)
    first.encode([picture(0)])
    second = CachedNetwork(CountingNetwork(), cache)
    second.encode([picture(0), picture(1)])

    assert (second.savings.found, second.savings.encoded) == (1, 1)
    assert second.savings.saved_s == pytest.approx(first.savings.spent_s)
    assert "1 of 2 slices were there" in str(second.savings)


PROGRAM = """
import sys, time
from pathlib import Path
import numpy as np
from manyhands.evidence.sam.cache import EmbeddingCache
from manyhands.evidence.sam.engine import Embedding
from manyhands.executor.worker import _end
import signal

signal.signal(signal.SIGTERM, _end)
true_savez = np.savez

def slow(file, **arrays):
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    time.sleep(60)

np.savez = slow
embedding = Embedding((np.zeros((4, 4), np.float16),), (4, 4))
EmbeddingCache(Path(sys.argv[1])).keep("abcd", embedding, 0.0)
"""


def test_a_cancelled_job_leaves_no_half_written_file(cache: EmbeddingCache) -> None:
    """A process ended as the executor ends it, in the middle of a file."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(cache.folder)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "writing\n"
        assert len(files(cache)) == 1
        child.terminate()
    assert files(cache) == []
