"""Seconds and peak memory of a piece of work."""

from __future__ import annotations

import math
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

Result = TypeVar("Result")
MIB = 2**20


class Cost(NamedTuple):
    """`peak_mib` is the most that the process held meanwhile, all it held before included."""

    seconds: float
    peak_mib: float


def measure(work: Callable[[], Result]) -> tuple[Result, Cost]:
    """Do the work once."""
    _forget_peak()
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    return result, Cost(seconds, _peak_mib())


def measure_fastest(work: Callable[[], object], times: int = 2) -> Cost:
    """The cost of the fastest of some runs: what others did on the machine counts least."""
    return min(measure(work)[1] for _ in range(times))


def _forget_peak() -> None:
    """Linux keeps the peak of a process and can be asked to begin anew; elsewhere it stays."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5", encoding="ascii")


def _peak_mib() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / MIB
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB
    return math.nan
