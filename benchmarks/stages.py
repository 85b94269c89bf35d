"""Where the time of a function goes: the share of each stage, without a word in the code itself."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Place = tuple[str, int, str]  # file, line, function: as pstats names a function
Statistics = dict[Place, tuple[int, int, float, float, dict[Place, tuple[int, int, float, float]]]]

OPENED_FROM = 0.4  # a stage with a larger share is shown by its own stages
SMALLEST = 0.01


class Stage(NamedTuple):
    name: str
    share: float


def find_stages(work: Callable[[], object], function: Callable[..., object]) -> list[Stage]:
    """Do the work under a profiler; the stages of `function`, which it must call, largest first.

    A stage is a function of manyhands that it calls; the rest is its own. Work in other threads
    counts where it is waited for.
    """
    profiler = cProfile.Profile()
    profiler.runcall(work)
    statistics: Statistics = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    code = function.__code__
    root = (code.co_filename, code.co_firstlineno, code.co_name)
    whole = statistics[root][3]
    shares: dict[str, float] = {}
    _open(root, whole, whole, statistics, shares)
    stages = [Stage(name, share) for name, share in shares.items() if share >= SMALLEST]
    return sorted(stages, key=lambda stage: -stage.share)


def _open(
    place: Place, seconds: float, whole: float, statistics: Statistics, shares: dict[str, float]
) -> None:
    """Add the stages of one function, of whose time `seconds` are looked at."""
    own = seconds
    for called, (*_, callers) in statistics.items():
        if place not in callers or called == place or "manyhands" not in called[0]:
            continue
        spent = callers[place][3]
        own -= spent
        if spent > OPENED_FROM * whole or called[2].startswith("<"):  # <listcomp> says nothing
            _open(called, spent, whole, statistics, shares)
        else:
            _add(shares, _name(called), spent / whole)
    name = _name(place) if own == seconds else f"{_name(place)}, itself"
    _add(shares, name, own / whole)


def _name(place: Place) -> str:
    return f"{Path(place[0]).stem}.{place[2]}"


def _add(shares: dict[str, float], name: str, share: float) -> None:
    shares[name] = shares.get(name, 0.0) + share
