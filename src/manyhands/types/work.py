"""What made a result, and what carries out heavy steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a result: enough to make it again."""

    version: str
    command: str
    created_at: datetime
    seed: int | None = None
    config_hash: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)  # name -> SHA-256


Progress = Callable[[float], None]
"""Called with the share done, 0 to 1."""


Job = TypeVar("Job")
Result = TypeVar("Result")


class Executor(Protocol):
    """Where heavy work is done: in this process, in several, on several machines."""

    def map(
        self,
        start: Callable[[], Callable[[Job, Progress], Result]],
        jobs: Sequence[Job],
        *,
        watch: Callable[[int, float], None],
    ) -> Iterator[tuple[int, Result | Exception]]:
        """Give each job's number with its result, as they come.

        `start` is called once wherever work is done and gives what does it, with a model loaded
        perhaps; it, the jobs and the results must be picklable. `watch` is told a job's number and
        the share of it that is done. A `ManyhandsError` of a job is given in place of its result,
        any other exception is raised. Whoever stops iterating cancels what is still running.
        """
        ...
