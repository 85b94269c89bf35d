"""How often something may be asked: a token bucket for each session or address, in memory."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from manyhands.server.errors import ApiError

MOST_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_s` in the long run, and `burst` at once."""

    per_s: float
    burst: float


RATES = {
    "login": Rate(5 / 60, 5),
    "guess": Rate(10 / 60, 10),
    "join": Rate(1, 60),
    "link": Rate(10 / 60, 5),
    "mask": Rate(5, 10),
    "save": Rate(20, 60),
    "practice": Rate(2, 20),
    "next": Rate(2, 10),
}
"""Logging in, links that there are not, and taking links by address; all else by person."""


class Limits:
    """Counts, and refuses what comes too often. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, what: str, who: str, *, count: int = 1) -> None:
        """Count one. Raises `ApiError` 429, saying how long to wait, where it is one too many.

        `count` 0 only asks whether one would be too many.
        """
        rate = RATES[what]
        now_s = self._clock()
        with self._lock:
            left, at_s = self._buckets.pop((what, who), (rate.burst, now_s))
            left = min(rate.burst, left + (now_s - at_s) * rate.per_s)
            self._buckets[what, who] = (left - count if left >= 1 else left, now_s)
            if len(self._buckets) > MOST_KEPT:
                self._buckets.popitem(last=False)
        if left < 1:
            wait_s = int((1 - left) / rate.per_s) + 1
            raise ApiError(
                429,
                "too-often",
                "That was asked too often.",
                f"Wait {wait_s} s.",
                headers={"Retry-After": str(wait_s)},
            )
