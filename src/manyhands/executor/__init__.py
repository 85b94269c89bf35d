"""Where heavy work is done: in processes of this machine, or on the machines of a Ray cluster.

An executor is a plain map. It gives the same results wherever the work is done, and knows nothing
of what the work is; who asks for it keeps what comes back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from manyhands.errors import ConfigError
from manyhands.executor.local import LocalProcesses
from manyhands.executor.on_ray import RayActors
from manyhands.types import Executor


def local_processes(count: int | None) -> Executor:
    """`count` processes of this machine, the cores divided among them; None: two cores each."""
    cores = available_cores()
    count = count or max(1, cores // 2)
    return LocalProcesses(count, threads=max(1, cores // count))


def ray_actors(count: int | None) -> Executor:
    """`count` actors of a Ray cluster; None: one for each of its GPUs, or for every four cores."""
    return RayActors(count)


EXECUTORS: Mapping[str, Callable[[int | None], Executor]] = {
    "local": local_processes,
    "ray": ray_actors,
}
"""The executors by the name that `--executor` gives them; a number may follow: `local:2`."""


def make_executor(text: str) -> Executor:
    """The executor that a text such as `local`, `local:4` or `ray:2` names.

    Raises `ConfigError` where it names none. Nothing is started before the first job.
    """
    name, colon, number = text.partition(":")
    is_number = number.isascii() and number.isdigit() and int(number) > 0
    if name not in EXECUTORS or bool(colon) != is_number:
        known = ", ".join(f"{known}[:NUMBER]" for known in EXECUTORS)
        raise ConfigError(f"unknown executor '{text}'; expected one of {known}, as in local:2")
    return EXECUTORS[name](int(number) if colon else None)


def available_cores() -> int:
    """The cores that this process may use, which in a container are fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


__all__ = ["EXECUTORS", "make_executor"]
