"""Heavy work in actors of a Ray cluster: several machines, or the cores and GPUs of this one.

Where `RAY_ADDRESS` names a cluster, that one is used; else one is started for the time of the work,
on this machine alone, without dashboard, and it tells nobody that it is used. Actors that end are
started anew by Ray, and their job is done again.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from typing import Any

from manyhands.errors import ConfigError, ExecutorError, ManyhandsError
from manyhands.executor.worker import Broken, Work, begin, use_threads
from manyhands.types import Job, Progress, Result

RESTARTS = 2
"""How often an actor that ended is started anew, and its job done again."""
LOOK_EVERY_S = 0.5
CORES_EACH = 4  # of an actor, where nothing else is said and there is no GPU
LOCAL_HOST = "127.0.0.1"


class RayActors:
    """An `Executor` of `count` Ray actors; None: one per GPU of the cluster, or per four cores."""

    def __init__(self, count: int | None = None) -> None:
        self.count = count

    def __str__(self) -> str:
        return "Ray actors" if self.count is None else f"{self.count} Ray actors"

    def map(
        self,
        start: Callable[[], Callable[[Job, Progress], Result]],
        jobs: Sequence[Job],
        *,
        watch: Callable[[int, float], None],
    ) -> Iterator[tuple[int, Result | Exception]]:
        """See `manyhands.types.Executor`. Raises `ConfigError` without the extra `ray`."""
        if not jobs:
            return
        ray = _import_ray()
        with _cluster(ray):
            needs = actor_needs(ray.cluster_resources(), self.count, len(jobs))
            open_actor = partial(_open_actor, ray, start, needs)
            actors = [open_actor() for _ in range(int(needs["count"]))]
            try:
                yield from _hand_out(ray, actors, open_actor, jobs, watch)
            finally:
                for actor in actors:
                    ray.kill(actor)


def actor_needs(resources: dict[str, float], count: int | None, jobs: int) -> dict[str, float]:
    """How many actors, and what share of the cluster's cores and GPUs each of them takes.

    Several actors share a GPU (a fraction each) where there are fewer GPUs than actors.
    """
    cores, gpus = resources.get("CPU", 1.0), resources.get("GPU", 0.0)
    wanted = count or int(gpus) or max(1, int(cores // CORES_EACH))
    number = max(1, min(wanted, jobs))
    cores_each = max(1.0, cores // number) if cores >= number else cores / number
    # Whole GPUs, or a fraction that as many actors as share one can have of it.
    sharing = -(-number // int(gpus)) if gpus else 1
    return {"count": number, "num_cpus": cores_each, "num_gpus": 1 / sharing if gpus else 0.0}


def _import_ray() -> ModuleType:
    try:
        import ray
    except ImportError:
        raise ConfigError(
            "the executor 'ray' needs the package ray; "
            "install it with: pip install 'manyhands[ray]'"
        ) from None
    return ray  # type: ignore[no-any-return]


@contextmanager
def _cluster(ray: ModuleType) -> Iterator[None]:
    """The cluster that is there already, or one of this machine for as long as the block lasts."""
    if ray.is_initialized():
        yield
        return
    with _environment("RAY_USAGE_STATS_ENABLED", "0"):
        if "RAY_ADDRESS" in os.environ:
            ray.init(logging_level="warning")
        else:
            ray.init(
                address="local",
                include_dashboard=False,
                _node_ip_address=LOCAL_HOST,
                logging_level="warning",
            )
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """Ray takes this setting from nowhere else."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


class _Actor:
    """What lives in a Ray actor: does jobs, and meanwhile says how far it is."""

    def __init__(self, start: Callable[[], Work], threads: int) -> None:
        use_threads(threads)
        self._start = start
        self._work: Work | None = None
        self._share = 0.0

    def do(self, job: Any) -> Any:
        self._share = 0.0
        if self._work is None:
            begun = begin(self._start)
            if isinstance(begun, Broken):
                return begun
            self._work = begun
        try:
            return self._work(job, self._note)
        except ManyhandsError as error:
            return error

    def share(self) -> float:
        return self._share

    def _note(self, share: float) -> None:
        self._share = share


def _open_actor(ray: ModuleType, start: Callable[[], Work], needs: dict[str, float]) -> Any:
    threads = max(1, int(needs["num_cpus"]))
    return (
        ray.remote(_Actor)
        .options(
            num_cpus=needs["num_cpus"],
            num_gpus=needs["num_gpus"],
            max_restarts=RESTARTS,
            max_task_retries=RESTARTS,
            max_concurrency=2,  # one job, and somebody who asks how far it is
        )
        .remote(start, threads)
    )


def _hand_out(
    ray: ModuleType,
    actors: list[Any],
    open_actor: Callable[[], Any],
    jobs: Sequence[Any],
    watch: Callable[[int, float], None],
) -> Iterator[tuple[int, Any]]:
    """What came of each job; in `actors`, one that Ray starts no more gives way to another."""
    waiting = deque(range(len(jobs)))
    at: dict[Any, tuple[int, Any]] = {}  # by the result to come: the job's number, and its actor
    free = list(actors)
    while waiting or at:
        while waiting and free:
            number, actor = waiting.popleft(), free.pop()
            at[actor.do.remote(jobs[number])] = (number, actor)
        done, _ = ray.wait(list(at), timeout=LOOK_EVERY_S)
        if not done:
            _tell_shares(ray, at.values(), watch)
        for result in done:
            number, actor = at.pop(result)
            received = _received(ray, result)
            if isinstance(received, ExecutorError):
                actors.remove(actor)
                actor = open_actor()
                actors.append(actor)
            free.append(actor)
            yield number, received


def _received(ray: ModuleType, result: Any) -> Any:
    """What came of a job; an unforeseen exception is raised here as it was there."""
    try:
        received = ray.get(result)
    except ray.exceptions.RayActorError:
        return ExecutorError(
            f"{RESTARTS + 1} Ray actors ended in the middle of it, most likely for want of memory; "
            "try fewer at once, such as --executor ray:1"
        )
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    if isinstance(received, Broken):
        received.rise()
    return received


def _tell_shares(ray: ModuleType, at: Any, watch: Callable[[int, float], None]) -> None:
    for number, actor in list(at):
        asked = actor.share.remote()
        answered, _ = ray.wait([asked], timeout=LOOK_EVERY_S)
        try:
            if answered:
                watch(number, ray.get(asked))
        except ray.exceptions.RayActorError:
            continue  # it is being started anew; the job's own result says what came of it
