"""Where a network runs and how exactly: picked by itself, the same for everybody who asks."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from manyhands.errors import ConfigError
from manyhands.evidence.sam.torch_ready import require_torch

Say = Callable[[str], None]
Item = TypeVar("Item")
Result = TypeVar("Result")

FIRST_WITH_BFLOAT16 = 8
"""Of CUDA's compute capabilities: Ampere (A100) is 8.0, Turing (T4) 7.5."""


@dataclass(frozen=True)
class Device:
    """`kind` as torch names it; `is_half` runs the encoder in bfloat16, `is_compiled` through
    torch's compiler; `encode_batch` slices and `decode_batch` prompts go through at once.
    """

    kind: str
    is_half: bool
    has_openvino: bool = False
    encode_batch: int = 1
    decode_batch: int = 4
    is_compiled: bool = False

    @property
    def backend(self) -> str:
        """`cuda` of `cuda:1`."""
        return self.kind.split(":")[0]

    @property
    def arithmetic(self) -> str:
        """What an embedding depends on beyond picture and weights: two of these may differ by some
        percent, and masks by pixels.
        """
        return ", ".join((self.backend, self._engine, self._precision))

    def __str__(self) -> str:
        return ", ".join((self.kind, self._engine, self._precision))

    @property
    def _engine(self) -> str:
        in_torch = "torch, compiled" if self.is_compiled else "torch"
        return "OpenVINO" if self.has_openvino else in_torch

    @property
    def _precision(self) -> str:
        return "bfloat16" if self.is_half else "float32"


def pick_device(
    wanted: str | None = None, *, is_exact: bool = False, takes_openvino: bool = True
) -> Device:
    """`wanted` (`cuda`, `cuda:1`, `mps`, `cpu`), else the fastest there is: CUDA, then MPS.

    On a CPU the encoder runs in OpenVINO if the extra `cpu` is there and the network is one that it
    takes, else in torch; in bfloat16 where the processor multiplies it, as on a GPU. `is_exact`
    keeps to float32 in torch. Raises `ConfigError` for a device that is not there.
    """
    torch = require_torch()
    kind = wanted or _fastest(torch)
    _check_there(torch, kind)
    if kind == "cpu":
        has_openvino = takes_openvino and not is_exact and is_openvino_installed()
        # Batches do not pay on a CPU: what they hold leaves the caches.
        return Device(kind, not is_exact and _multiplies_half(torch), has_openvino)
    is_half = not is_exact and kind.startswith("cuda") and _gpu_multiplies_half(torch, kind)
    return Device(kind, is_half, encode_batch=8, decode_batch=64)


def is_openvino_installed() -> bool:
    """Is the extra `cpu` there?"""
    return importlib.util.find_spec("openvino") is not None


def _fastest(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _check_there(torch: Any, kind: str) -> None:
    there = ["cpu"]
    if torch.cuda.is_available():
        there += ["cuda", *(f"cuda:{n}" for n in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        there.append("mps")
    if kind not in there:
        raise ConfigError(f"no device '{kind}' on this machine; there is {', '.join(there)}")


def _multiplies_half(torch: Any) -> bool:
    """Does the processor have instructions for bfloat16? Without, it is slower than float32."""
    has = torch.cpu.get_capabilities()
    return any(bool(has.get(name)) for name in ("avx512_bf16", "amx_bf16", "arm_bf16", "bf16"))


def _gpu_multiplies_half(torch: Any, kind: str) -> bool:
    """Since Ampere they do. An older one says that it can, and is slower than in float32."""
    major, _minor = torch.cuda.get_device_capability(kind)
    return bool(major >= FIRST_WITH_BFLOAT16)


@contextlib.contextmanager
def in_float32(device: Device) -> Iterator[None]:
    """Convolutions in float32 as everything else. Unless it is told, CUDA rounds what they multiply
    to ten bits.
    """
    if device.backend != "cuda":
        yield
        return
    with require_torch().backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield


@dataclass
class Batches:
    """`size` items go through at once; where memory does not suffice, half as many from then on.

    `say` hears of it.
    """

    size: int
    say: Say

    def run(
        self, items: Sequence[Item], work: Callable[[Sequence[Item]], Result]
    ) -> Iterator[Result]:
        """`work` on all items. Raises what it raised where even a single one does not fit."""
        start = 0
        while start < len(items):
            batch = items[start : start + self.size]
            try:
                result = work(batch)
            except RuntimeError as error:
                if len(batch) == 1 or not _is_out_of_memory(error):
                    raise
            else:
                yield result
                start += len(batch)
                continue
            # Not before now: while the error was at hand, it held on to the memory.
            self._halve(len(batch))

    def _halve(self, size: int) -> None:
        self.size = size // 2
        _release(require_torch())
        self.say(f"not enough memory on the device: going on with batches of {self.size}")


def _is_out_of_memory(error: RuntimeError) -> bool:
    """CUDA raises `torch.OutOfMemoryError`, MPS a `RuntimeError`; both say so in words."""
    return "out of memory" in str(error).lower() or type(error).__name__ == "OutOfMemoryError"


def _release(torch: Any) -> None:
    """Give back what torch keeps for later, in pieces that were too small."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
