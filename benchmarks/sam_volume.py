"""What a network costs on a whole volume: five structures, four annotators, a cache or none."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crowds import CROWDS, agree, answer
from benchmarks.data import Case
from manyhands.evidence import Savings, Sight
from manyhands.evidence.sam import Decoded, Embedding, Picture, Prompt, Promptable, SamModel
from manyhands.evidence.sam.cache import EmbeddingCache
from manyhands.evidence.sam.cached import CachedNetwork
from manyhands.masks import segment
from manyhands.phantom import make_phantom
from manyhands.pipeline.networks import own_boxes
from manyhands.simulate import PROFILES

FOUR = CROWDS["four annotators"]
HEIGHT_MM = 300.0


@dataclass
class Counted:
    """A network that counts what it is asked, and the CPU-seconds that it takes."""

    network: Promptable
    encodings: int = 0
    questions: int = 0
    encode_cpu_s: float = 0.0
    ask_cpu_s: float = 0.0

    @property
    def model(self) -> SamModel:
        return self.network.model

    @property
    def fingerprint(self) -> str:
        return self.network.fingerprint

    def encode(self, pictures: Sequence[Picture]) -> list[Embedding]:
        began = time.process_time()
        found = self.network.encode(pictures)
        self.encode_cpu_s += time.process_time() - began
        self.encodings += len(pictures)
        return found

    def decode(
        self,
        embedding: Embedding,
        prompts: Sequence[Prompt],
        *,
        several: bool = False,
        edges_are_indices: bool = False,
    ) -> Decoded:
        began = time.process_time()
        found = self.network.decode(
            embedding, prompts, several=several, edges_are_indices=edges_are_indices
        )
        self.ask_cpu_s += time.process_time() - began
        self.questions += len(prompts)
        return found


@dataclass(frozen=True)
class VolumeCost:
    """CPU-seconds of one volume of `slices`: the first time, again with what the cache kept, and
    what as many questions would cost if each encoded its slice (computed, not run).
    """

    slices: int
    encodings: int
    questions: int
    first_cpu_s: float
    again_cpu_s: float
    without_cpu_s: float
    cache_mib: float


def measure_volume(network: Promptable, folder: Path, *, slices: int, size: int) -> VolumeCost:
    """Segment a phantom of `size` x `size` x `slices` twice, the crowd's own boxes included."""
    case = _phantom(slices, size)
    structures = agree(case, FOUR, seed=0, complete=True)
    answers = answer(case, [PROFILES[name] for name in FOUR], seed=0, complete=True)
    own = own_boxes([a for given in answers.values() for a in given], structures)
    runs = []
    for _ in range(2):
        counted = Counted(network)
        sight = Sight(CachedNetwork(counted, EmbeddingCache(folder), savings=Savings()), own)
        began = time.process_time()
        segment(case.volume, structures, model="sam-vit-b", sight=sight)
        runs.append((counted, time.process_time() - began))
    (first, first_cpu_s), (_, again_cpu_s) = runs
    each = first.encode_cpu_s / max(first.encodings, 1)
    kept = sum(path.stat().st_size for path in folder.rglob("*.npz"))
    return VolumeCost(
        slices,
        first.encodings,
        first.questions,
        first_cpu_s,
        again_cpu_s,
        first_cpu_s + each * (first.questions - first.encodings),
        kept / 2**20,
    )


def _phantom(slices: int, size: int) -> Case:
    mm = 400.0 / size
    volume, labels, _ = make_phantom((size, size, slices), spacing_mm=(mm, mm, HEIGHT_MM / slices))
    return Case("phantom", volume, labels)
