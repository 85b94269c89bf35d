"""Where a network runs and how exactly: picked by itself, the same for everybody who asks."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from manyhands.errors import ConfigError
from manyhands.evidence.sam.torch_ready import require_torch

Say = Callable[[str], None]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Device:
    """`kind` as torch names it; `is_half` runs the encoder in bfloat16; `encode_batch` slices and
    `decode_batch` prompts go through at once.
    """

    kind: str
    is_half: bool
    has_openvino: bool = False
    encode_batch: int = 1
    decode_batch: int = 4

    def __str__(self) -> str:
        by = "OpenVINO" if self.has_openvino else "torch"
        return f"{self.kind}, {by}, {'bfloat16' if self.is_half else 'float32'}"


def pick_device(wanted: str | None = None, *, is_exact: bool = False) -> Device:
    """`wanted` (`cuda`, `cuda:1`, `mps`, `cpu`), else the fastest there is: CUDA, then MPS.

    On a CPU the encoder runs in OpenVINO if the extra `cpu` is there, else in torch; in bfloat16
    where the processor multiplies it. `is_exact` keeps to float32 in torch. Raises `ConfigError`
    for a device that is not there.
    """
    torch = require_torch()
    kind = wanted or _fastest(torch)
    _check_there(torch, kind)
    if kind == "cpu":
        has_openvino = not is_exact and importlib.util.find_spec("openvino") is not None
        # Batches do not pay on a CPU: what they hold leaves the caches.
        return Device(kind, not is_exact and _multiplies_half(torch), has_openvino)
    is_cuda = kind.startswith("cuda")
    return Device(kind, is_cuda and not is_exact, encode_batch=8, decode_batch=64)


def _fastest(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _check_there(torch: Any, kind: str) -> None:
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there.get(kind.split(":")[0], False):
        known = ", ".join(name for name, is_there in there.items() if is_there)
        raise ConfigError(f"no device '{kind}' on this machine; there is {known}")


def _multiplies_half(torch: Any) -> bool:
    """Does the processor have instructions for bfloat16? Without, it is slower than float32."""
    has = torch.cpu.get_capabilities()
    return any(bool(has.get(name)) for name in ("avx512_bf16", "amx_bf16", "arm_bf16", "bf16"))


def in_batches(
    items: Sequence[Item], batch: int, run: Callable[[Sequence[Item]], Result], say: Say
) -> Iterator[Result]:
    """`run` on `batch` items at a time; where memory does not suffice, half as many from then on.

    Raises what `run` raised where even a single item does not fit.
    """
    torch = require_torch()
    start = 0
    while start < len(items):
        try:
            result = run(items[start : start + batch])
        except (torch.OutOfMemoryError, RuntimeError) as error:
            if batch == 1 or not _is_out_of_memory(torch, error):
                raise
            batch //= 2
            _release(torch)
            say(f"not enough memory on the device: going on with batches of {batch}")
            continue
        yield result
        start += batch


def _is_out_of_memory(torch: Any, error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error).lower()


def _release(torch: Any) -> None:
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
