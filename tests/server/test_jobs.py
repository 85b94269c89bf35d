"""Workers on a real study: what they do, how they stop, and what is left when they are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from manyhands.config import CONFIG_FILE, Config, make_structures
from manyhands.files import write_text
from manyhands.phantom import NAMES, make_phantom
from manyhands.pipeline import (
    CACHE_FOLDER,
    EVERYBODY,
    Outcome,
    Source,
    add_volumes,
    make_annotators,
    simulate_answers,
)
from manyhands.pipeline.run import Watching
from manyhands.pipeline.work import Unit, work_through
from manyhands.server import job_thread
from manyhands.server import jobs as worker_module
from manyhands.server.job_thread import JobThread
from manyhands.server.jobs import KINDS, Worker
from manyhands.store import Study, create_study
from manyhands.store.job_claims import claim_job
from manyhands.store.jobs import Job, JobState, cancel_job, find_job, insert_job
from manyhands.types import Progress, Provenance
from manyhands.volumes import write_labels, write_volume

WAIT_S = 60  # longer than anything takes on a busy machine


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """A small phantom that two people went through."""
    with create_study(tmp_path / "study", Config(make_structures(NAMES))) as made:
        volume, labels, _ = make_phantom((40, 32, 14), spacing_mm=(9.0, 8.0, 13.0), seed=0)
        image, reference = tmp_path / "one.nii.gz", tmp_path / "one_label.nii.gz"
        write_volume(volume.data, volume.grid, image)
        write_labels(labels, reference)
        add_volumes(made, [Source(image, reference)])
        yield made


def answered(study: Study) -> Study:
    simulate_answers(study, make_annotators("exact", 2, seed=0), command="")
    return study


def ask(study: Study, kind: str) -> Job:
    with study.writing() as connection:
        return insert_job(connection, Job(kind, "lea"))


def job_now(study: Study, job: Job) -> Job:
    with study.reading() as connection:
        return find_job(connection, job.job_id)


def wait_until(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not is_true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def units_of(study: Study, count: int, during: Callable[[int, Progress], None]) -> list[Unit]:
    """Units that each write a file of two lines, with `during` between the lines."""

    def unit(number: int) -> Unit:
        def make(progress: Progress, _made: Provenance) -> tuple[str, ...]:
            progress(0.5)
            during(number, progress)
            path = f"results/{number}.txt"
            write_text(study.path(path), "whole\n")
            return (path,)

        return Unit(str(number), inputs={}, settings={}, make=make)

    return [unit(number) for number in range(count)]


def test_a_job_does_its_step_and_says_so(study: Study) -> None:
    job = ask(answered(study), "segment")
    Worker(study.folder).work_once(study)

    done = job_now(study, job)
    assert (done.state, done.words, done.share) == (JobState.DONE, "segment: 1 done", 1.0)
    assert study.path(EVERYBODY.labels_path("one")).is_file()


@pytest.mark.parametrize("kind", list(KINDS))
def test_each_kind_of_job_ends_also_where_there_is_nothing_to_do(study: Study, kind: str) -> None:
    """Nobody has answered: no kind crashes; `run` says what comes first, the others do nothing."""
    job = ask(study, kind)
    Worker(study.folder).work_once(study)

    ended = job_now(study, job)
    if kind == "run":
        assert ended.state is JobState.FAILED
        assert "nobody has answered yet" in ended.words
        assert str(study.folder) not in ended.words
    else:
        assert ended.state is JobState.DONE


def test_slices_are_encoded_ahead_for_the_model_of_the_study(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch", reason="networks need the extra sam")
    pytest.importorskip("transformers", reason="networks need the extra sam")
    from tests.evidence.sam.small import TINY_SAM, random_like

    from manyhands.evidence.sam import ARCHITECTURES, loading
    from manyhands.evidence.sam.networks import build_network

    def cannot(*_args: object, **_how: object) -> None:
        raise RuntimeError("to export it would take longer than to ask it")

    monkeypatch.setattr(loading, "openvino_encoder", cannot)
    monkeypatch.setitem(ARCHITECTURES, "vit-b", TINY_SAM)
    monkeypatch.setenv("MANYHANDS_WEIGHTS", str(tmp_path))
    tensors = random_like(build_network(TINY_SAM).state_dict(), seed=0)
    torch.save(tensors, tmp_path / "medsam_vit_b.pth")
    settings = answered(study).path(CONFIG_FILE)
    text = settings.read_text()
    settings.write_text(text.replace('model = "intensity"', 'model = "medsam"'))

    first = ask(study, "encode")
    Worker(study.folder).work_once(study)
    again = ask(study, "encode")
    Worker(study.folder).work_once(study)

    files = len(list(study.path(CACHE_FOLDER).rglob("*.npz")))
    assert files > 5
    assert job_now(study, first).words.startswith("encode: 1 done\nembeddings: 0 of ")
    assert f"{files} were encoded" in job_now(study, first).words
    assert job_now(study, again).words.startswith("encode: 1 up to date")


def test_run_does_every_step_in_order(study: Study) -> None:
    job = ask(answered(study), "run")
    Worker(study.folder).work_once(study)

    done = job_now(study, job)
    assert done.state is JobState.DONE, done.words
    steps = [line.split(":")[0] for line in done.words.splitlines()]
    assert steps == ["consensus", "segment", "quality", "evaluate", "report"]
    assert study.path("results/report.html").is_file()


def test_settings_changed_since_the_server_began_hold_for_the_job(study: Study) -> None:
    job = ask(answered(study), "consensus")
    settings = study.folder / "manyhands.toml"
    text = settings.read_text().replace('consensus = "inner-quantile"', 'consensus = "nonsense"')
    settings.write_text(text)
    Worker(study.folder).work_once(study)

    assert "unknown consensus 'nonsense'" in job_now(study, job).words


def test_a_busy_study_lets_the_job_wait_and_says_for_what(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "BUSY_S", 0.0)
    job = ask(answered(study), "consensus")
    worker = Worker(study.folder)
    with study.working("import-boxes"):
        worker.work_once(study)
        waiting = job_now(study, job)
    worker.work_once(study)

    assert waiting.state is JobState.WAITING
    assert waiting.words.startswith("'import-boxes' is at work")
    assert job_now(study, job).state is JobState.DONE
    assert job_now(study, job).attempts == 1


def test_a_cancel_stops_before_the_next_file_and_what_is_whole_stays(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled while the second of three units is made: one file is whole, no other is there."""

    def work(own: Study, command: str, watching: Watching) -> Sequence[Outcome]:
        def during(number: int, progress: Progress) -> None:
            if number == 1:
                with study.writing() as connection:
                    cancel_job(connection, job.job_id, now=datetime.now(UTC))
                while True:  # as a long step does; the heartbeat hears of the cancel
                    progress(0.6)
                    time.sleep(0.01)

        with watching("slow") as watch:
            units = units_of(own, 3, during)
            return (work_through(own, "slow", units, command=command, watch=watch),)

    monkeypatch.setitem(KINDS, "slow", work)
    job = ask(study, "slow")
    Worker(study.folder, beat_s=0.05).work_once(study)

    assert job_now(study, job).state is JobState.CANCELLED
    names = sorted(path.name for path in study.results_folder.iterdir())
    assert names == ["0.txt"]
    with study.working("the lock is free again"):
        pass


def test_what_goes_wrong_in_a_step_is_told_and_the_next_job_is_done(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(own: Study, command: str, watching: Watching) -> Sequence[Outcome]:
        raise ZeroDivisionError("by nought")

    monkeypatch.setitem(KINDS, "broken", work)
    broken, after = ask(answered(study), "broken"), ask(study, "consensus")
    Worker(study.folder, beat_s=0.05).work(threading.Event(), until_idle=True)

    assert job_now(study, broken).state is JobState.FAILED
    assert job_now(study, broken).words == "ZeroDivisionError: by nought"
    assert job_now(study, after).state is JobState.DONE


def test_how_far_a_job_is_can_be_seen_while_it_runs(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(own: Study, command: str, watching: Watching) -> Sequence[Outcome]:
        with watching("slow") as watch:
            watch(0.25, "case01")
            wait_until(lambda: job_now(study, job).share == 0.25)
            seen.append(job_now(study, job).unit)
        return ()

    seen: list[str] = []
    monkeypatch.setitem(KINDS, "slow", work)
    job = ask(study, "slow")
    Worker(study.folder, beat_s=0.05).work_once(study)

    assert seen == ["slow: case01"]


# Never ends by itself: whoever reads its line kills it.
STUCK = """
import sys, time
from pathlib import Path
from manyhands.server.jobs import KINDS, Worker
from manyhands.store import open_study

def stuck(study, command, watching):
    with study.working("stuck"):
        Path(sys.argv[1], "results", ".half.txt.0.part").write_bytes(b"half")
        print("in the middle", flush=True)
        time.sleep(600)

KINDS["consensus"] = stuck
with open_study(Path(sys.argv[1])) as study:
    Worker(Path(sys.argv[1]), lease_s=0.5, beat_s=0.1).work_once(study)
"""


def test_a_killed_worker_loses_its_job_to_the_next_which_finishes_it(study: Study) -> None:
    job = ask(answered(study), "consensus")
    with subprocess.Popen(
        [sys.executable, "-c", STUCK, str(study.folder)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "in the middle\n"
        time.sleep(1)  # twice its lease: it is kept, because the worker lives
        assert Worker(study.folder).work_once(study) is None
        child.kill()
        child.wait()
    wait_until(lambda: Worker(study.folder).work_once(study) is not None)

    done = job_now(study, job)
    assert (done.state, done.attempts) == (JobState.DONE, 2)
    assert not list(study.results_folder.glob(".*.part"))


def test_the_server_s_thread_does_what_is_asked_for(study: Study) -> None:
    """A real process: the command `manyhands worker` as it is typed."""
    job = ask(answered(study), "consensus")
    thread = JobThread(study.folder, poll_s=0.05)
    thread.start()
    try:
        wait_until(lambda: job_now(study, job).has_ended)
    finally:
        thread.stop()

    assert job_now(study, job).words == "consensus: 1 done"


def test_a_worker_that_does_not_hear_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_thread, "STOP_S", 0.2)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on'); input()"
    with subprocess.Popen(
        [sys.executable, "-uc", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"on\n"
        job_thread.end_worker(process)

    assert process.returncode == -signal.SIGKILL


def test_a_worker_that_is_told_to_end_puts_its_job_back(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(own: Study, command: str, watching: Watching) -> Sequence[Outcome]:
        raise SystemExit(143)

    monkeypatch.setitem(KINDS, "stopped", work)
    job = ask(study, "stopped")
    with pytest.raises(SystemExit):
        Worker(study.folder).work_once(study)

    back = job_now(study, job)
    assert (back.state, back.attempts, back.worker) == (JobState.WAITING, 0, None)


def test_a_worker_that_was_asleep_gives_way(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop's lid was closed; meanwhile another worker was given the job."""

    def work(own: Study, command: str, watching: Watching) -> Sequence[Outcome]:
        with study.writing() as connection:
            taken = claim_much_later(connection)
        assert taken is not None
        with watching("slow") as watch:
            end = time.monotonic() + WAIT_S
            while time.monotonic() < end:
                watch(0.5, "case01")
                time.sleep(0.01)
        raise AssertionError("nobody stopped it")

    def claim_much_later(connection: sa.Connection) -> Job | None:
        later = datetime.now(UTC) + timedelta(hours=1)
        return claim_job(connection, "other", now=later)

    monkeypatch.setitem(KINDS, "slow", work)
    job = ask(study, "slow")
    Worker(study.folder, beat_s=0.05).work_once(study)

    assert (job_now(study, job).state, job_now(study, job).worker) == (JobState.RUNNING, "other")
