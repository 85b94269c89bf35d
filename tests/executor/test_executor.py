"""What every executor of the table must do, and what happens to a process that dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from manyhands.errors import ConfigError, ExecutorError, MethodError
from manyhands.executor import EXECUTORS, make_executor
from manyhands.executor.local import LocalProcesses
from manyhands.executor.on_ray import RayActors, actor_needs
from manyhands.types import Executor, Progress


@dataclass(frozen=True)
class Job:
    """A number to square; `trouble` says what goes wrong with it, `folder` remembers."""

    number: int
    trouble: str = ""
    folder: str = ""


def start_squaring() -> Callable[[Job, Progress], int]:
    return square


def start_without_weights() -> Callable[[Job, Progress], int]:
    raise ConfigError("no weights")


def square(job: Job, progress: Progress) -> int:
    progress(0.5)
    if job.trouble == "foreseen":
        raise MethodError(f"no square of {job.number}")
    if job.trouble == "unforeseen":
        raise ZeroDivisionError("oh")
    if job.trouble == "dies once":
        mark = Path(job.folder, f"died-{job.number}")
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    if job.trouble == "dies always":
        os.kill(os.getpid(), signal.SIGKILL)
    return job.number**2


def ignore(number: int, share: float) -> None:
    pass


def results(executor: Executor, jobs: list[Job]) -> dict[int, int | Exception]:
    return dict(executor.map(start_squaring, jobs, watch=ignore))


@pytest.fixture(scope="module", params=["local", *(["ray"] if "ray" in EXECUTORS else [])])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    """Two processes; of Ray one cluster for all tests, since starting one takes seconds."""
    if request.param != "ray":
        yield make_executor(f"{request.param}:2")
        return
    ray = pytest.importorskip("ray", reason="the executor 'ray' needs the extra ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(
            address="local",
            num_cpus=2,
            include_dashboard=False,
            _node_ip_address="127.0.0.1",
            log_to_driver=False,
        )
    yield make_executor("ray:2")
    ray.shutdown()


@pytest.mark.slow
class TestEveryExecutor:
    def test_every_job_gives_its_result(self, executor: Executor) -> None:
        assert results(executor, [Job(n) for n in range(5)]) == {n: n**2 for n in range(5)}

    def test_nothing_to_do_starts_nothing(self, executor: Executor) -> None:
        assert results(executor, []) == {}

    def test_what_one_job_met_stops_no_other(self, executor: Executor) -> None:
        found = results(executor, [Job(3), Job(4, "foreseen"), Job(5)])

        assert (found[0], found[2]) == (9, 25)
        assert isinstance(found[1], MethodError)
        assert str(found[1]) == "no square of 4"

    def test_what_nobody_foresaw_is_raised(self, executor: Executor) -> None:
        with pytest.raises(ZeroDivisionError, match="oh"):
            results(executor, [Job(1), Job(2, "unforeseen")])

    def test_what_cannot_even_begin_is_raised(self, executor: Executor) -> None:
        """Such as weights that are not there: no job is to blame."""
        with pytest.raises(ConfigError, match="no weights"):
            list(executor.map(start_without_weights, [Job(1), Job(2)], watch=ignore))

    def test_a_killed_process_is_replaced_and_its_job_done(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        jobs = [Job(1), Job(2, "dies once", str(tmp_path)), Job(3)]

        assert results(executor, jobs) == {0: 1, 1: 4, 2: 9}
        assert (tmp_path / "died-2").exists()

    def test_a_job_that_kills_every_process_fails_alone(self, executor: Executor) -> None:
        found = results(executor, [Job(1), Job(2, "dies always"), Job(3)])

        assert (found[0], found[2]) == (1, 9)
        assert isinstance(found[1], ExecutorError)
        assert "want of memory" in str(found[1])

    def test_jobs_after_one_that_kills_every_process_are_done(self, executor: Executor) -> None:
        """What it leaves behind, such as an actor that Ray starts no more, gets no other job."""
        alone = make_executor("ray:1" if isinstance(executor, RayActors) else "local:1")

        found = results(alone, [Job(1, "dies always"), Job(2), Job(3)])

        assert isinstance(found.pop(0), ExecutorError)
        assert found == {1: 4, 2: 9}


def test_progress_of_each_job_is_told() -> None:
    told: list[tuple[int, float]] = []
    executor = make_executor("local:1")
    for _ in executor.map(start_squaring, [Job(1), Job(2)], watch=lambda *a: told.append(a)):
        pass
    assert told == [(0, 0.5), (1, 0.5)]


def start_waiting(folder: str) -> Callable[[Job, Progress], int]:
    return partial(wait_in, folder)


def wait_in(folder: str, job: Job, progress: Progress) -> int:
    """Leaves a file behind if it ends in an orderly way."""
    try:
        progress(0.1)
        time.sleep(60)
    finally:
        Path(folder, "tidied").touch()
    return 0


def test_who_stops_listening_ends_the_work_in_an_orderly_way(tmp_path: Path) -> None:
    """As Ctrl-C does: the process may still remove what it has half written."""
    began = time.monotonic()

    def stop(number: int, share: float) -> None:
        raise KeyboardInterrupt

    mapped = make_executor("local:1").map(
        partial(start_waiting, str(tmp_path)), [Job(1)], watch=stop
    )
    with pytest.raises(KeyboardInterrupt):
        next(mapped)

    assert (tmp_path / "tidied").exists()
    assert time.monotonic() - began < 30


OWNER = """
import sys, time
from functools import partial
from pathlib import Path
from manyhands.executor import make_executor

def start(folder):
    return partial(wait, folder)

def wait(folder, job, progress):
    try:
        progress(0.1)
        time.sleep(60)
    finally:
        Path(folder, "tidied").touch()

if __name__ == "__main__":
    watch = lambda number, share: print(share, flush=True)
    list(make_executor("local:1").map(partial(start, sys.argv[1]), [1], watch=watch))
"""


def test_work_ends_when_its_owner_was_killed(tmp_path: Path) -> None:
    """Who is started anew must not find the old processes at the same work."""
    (tmp_path / "owner.py").write_text(OWNER)
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "owner.py"), str(tmp_path)], stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        owner.kill()
    until = time.monotonic() + 30
    while not (tmp_path / "tidied").exists() and time.monotonic() < until:
        time.sleep(0.1)

    assert (tmp_path / "tidied").exists()


def start_dying_idle() -> Callable[[Job, Progress], int]:
    return answer_then_die


def answer_then_die(job: Job, progress: Progress) -> int:
    """Gives its result, and is ended a moment later, as a system that lacks memory ends it."""
    threading.Timer(0.2, os._exit, (1,)).start()
    return job.number


def test_a_process_that_dies_between_two_jobs_is_replaced() -> None:
    """Its results are kept meanwhile, which takes time."""
    found = {}
    for number, result in LocalProcesses(1, threads=1).map(
        start_dying_idle, [Job(1), Job(2)], watch=ignore
    ):
        found[number] = result
        time.sleep(1)
    assert found == {0: 1, 1: 2}


def threads_here() -> Callable[[Job, Progress], tuple[int, str]]:
    return count_threads


def count_threads(job: Job, progress: Progress) -> tuple[int, str]:
    import numba

    return numba.get_num_threads(), os.environ["OMP_NUM_THREADS"]


def test_processes_share_the_cores() -> None:
    executor = LocalProcesses(1, threads=1)

    ((_, threads),) = executor.map(threads_here, [Job(1)], watch=ignore)

    assert threads == (1, "1")


@pytest.mark.parametrize("text", ["", "fast", "local:", "local:0", "local:two", "ray:-1"])
def test_an_executor_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="expected one of local"):
        make_executor(text)


def test_cores_and_gpus_are_divided_among_actors() -> None:
    """Four actors on two GPUs have a half each; where there is none, four cores each."""
    assert actor_needs({"CPU": 16.0, "GPU": 2.0}, 4, jobs=9) == {
        "count": 4,
        "num_cpus": 4.0,
        "num_gpus": 0.5,
    }
    assert actor_needs({"CPU": 16.0, "GPU": 2.0}, None, jobs=9)["count"] == 2
    assert actor_needs({"CPU": 16.0}, None, jobs=9) == {
        "count": 4,
        "num_cpus": 4.0,
        "num_gpus": 0.0,
    }
    assert actor_needs({"CPU": 2.0}, 4, jobs=9)["num_cpus"] == 0.5
    assert actor_needs({"CPU": 16.0}, 4, jobs=1)["count"] == 1


def test_without_ray_the_extra_is_named() -> None:
    """In a process in which ray cannot be imported."""
    program = (
        "import sys; sys.modules['ray'] = None\n"
        "from manyhands.executor import make_executor\n"
        "list(make_executor('ray').map(dict, [1], watch=print))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert "pip install 'manyhands[ray]'" in ended.stderr
