"""Embeddings kept on disk: the encoder costs a hundred times the decoder, so it sees a slice once.

A file's name is a hash of the slice's greys and of everything about the network that changes an
embedding, so that nothing that is found can be out of date, and a folder may serve any number of
studies and processes. Embeddings are made from images of patients: keep the folder where these are.
"""

from __future__ import annotations

import contextlib
import os
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from manyhands.evidence.sam.engine import Embedding
from manyhands.files import PART_SUFFIX, replacing

SUFFIX = ".npz"
KEPT_SHARE = 0.9  # of the limit, left when room is made, so that it is not made at every file
ABANDONED_S = 3600.0
"""A half-written file this old is of a process that was killed."""
GB = 1_000_000_000
DEFAULT_LIMIT_BYTES = 10 * GB

Say = Callable[[str], None]


@dataclass
class EmbeddingCache:
    """Files in `folder`, the least recently used of which go once there are `limit_bytes` of them.

    Trouble never stops the work: a damaged file is removed, a full disk keeps nothing more, and
    both are said, once.
    """

    folder: Path
    limit_bytes: int = DEFAULT_LIMIT_BYTES
    say: Say = lambda words: None
    _held_bytes: int | None = field(default=None, init=False)
    _is_full: bool = field(default=False, init=False)

    def find(self, key: str) -> tuple[Embedding, float] | None:
        """The embedding kept under `key` and the seconds it took to make; None if there is none."""
        path = self._path(key)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                features = tuple(kept[f"features_{n}"] for n in range(int(kept["count"])))
                rows, columns = (int(n) for n in kept["shape"])
                took_s = float(kept["took_s"])
        except FileNotFoundError:
            return None
        except OSError as error:
            self.say(f"{path}: cannot be read ({error.strerror or error}); it is encoded anew")
            return None
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            self.say(f"{path}: damaged ({error}); the slice is encoded anew")
            with contextlib.suppress(OSError):  # else it is written over
                path.unlink()
            return None
        # Who may read but not write still gets what is there; it only seems older than it is.
        with contextlib.suppress(OSError):
            os.utime(path)
        return Embedding(features, (rows, columns)), took_s

    def keep(self, key: str, embedding: Embedding, took_s: float) -> None:
        """Keep an embedding, if the disk takes it."""
        if self._is_full:
            return
        path = self._path(key)
        arrays = {f"features_{n}": a for n, a in enumerate(embedding.features)}
        try:
            with replacing(path) as part, part.open("wb") as file:
                np.savez(
                    file,
                    count=len(arrays),
                    shape=np.array(embedding.shape),
                    took_s=took_s,
                    **arrays,  # type: ignore[arg-type]
                )
            self._make_room(path.stat().st_size)
        except OSError as error:
            self._is_full = True
            self.say(f"{self.folder}: keeps no more embeddings: {error.strerror or error}")

    def __contains__(self, key: str) -> bool:
        return self._path(key).is_file()

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}{SUFFIX}"

    def _make_room(self, new_bytes: int) -> None:
        """Remove the least recently used files where there are too many bytes.

        Other processes write here too, so what there is is counted anew before anything goes.
        """
        if self._held_bytes is not None and self._held_bytes + new_bytes <= self.limit_bytes:
            self._held_bytes += new_bytes
            return
        self._remove_abandoned()
        files = sorted(self._files(), key=lambda file: file[1])
        held = sum(size for _, _, size in files)
        if held > self.limit_bytes:
            for path, _, size in files:
                if held <= KEPT_SHARE * self.limit_bytes:
                    break
                path.unlink(missing_ok=True)
                held -= size
        self._held_bytes = held

    def _files(self) -> list[tuple[Path, float, int]]:
        """Path, time of last use and size of each; what another process removes is left out."""
        found = []
        for path in self.folder.glob(f"*/*{SUFFIX}"):
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                found.append((path, status.st_mtime, status.st_size))
        return found

    def _remove_abandoned(self) -> None:
        for part in self.folder.glob(f"*/.*{PART_SUFFIX}"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - part.stat().st_mtime > ABANDONED_S:
                    part.unlink()
