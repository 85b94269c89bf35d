from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from manyhands.errors import StudyError
from manyhands.store import Study, open_study
from manyhands.store.job_claims import (
    MOST_ATTEMPTS,
    claim_job,
    end_job,
    is_job_claimable,
    keep_job,
    put_back_job,
)
from manyhands.store.jobs import (
    Job,
    JobState,
    cancel_job,
    find_job,
    find_jobs,
    insert_job,
    is_job_open,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def ask(study: Study, kind: str = "segment") -> Job:
    with study.writing() as connection:
        return insert_job(connection, Job(kind, "lea", created_at=START))


def claim(study: Study, worker: str = "w1", *, at: float = 0) -> Job | None:
    with study.writing() as connection:
        return claim_job(connection, worker, now=later(at), lease_s=30)


def claimed(study: Study, worker: str = "w1", *, at: float = 0) -> Job:
    job = claim(study, worker, at=at)
    assert job is not None
    return job


def state_of(study: Study, job: Job) -> JobState:
    with study.reading() as connection:
        return find_job(connection, job.job_id).state


def test_jobs_are_claimed_in_the_order_they_were_asked_for(study: Study) -> None:
    first, second = ask(study, "consensus"), ask(study, "segment")

    assert claimed(study).job_id == first.job_id
    assert claimed(study, "w2").job_id == second.job_id
    assert claim(study, "w3") is None


def test_the_same_kind_is_not_put_twice_in_the_row(study: Study) -> None:
    """Who clicks twice gets one job; once it runs, a new one may wait for what has come since."""
    first = ask(study)
    assert ask(study).job_id == first.job_id
    claimed(study)
    assert ask(study).job_id != first.job_id


def test_a_retry_with_the_same_id_is_harmless_and_another_kind_is_refused(study: Study) -> None:
    job = ask(study)
    with study.writing() as connection:
        assert insert_job(connection, job) == job
        assert len(find_jobs(connection)) == 1
    with (
        pytest.raises(StudyError, match="is there already, as 'segment'"),
        study.writing() as connection,
    ):
        insert_job(connection, Job("report", "lea", job_id=job.job_id))


def test_two_workers_never_get_the_same_job(study: Study) -> None:
    """Eight workers, each with its own connection, all at once, over twenty jobs."""
    for number in range(20):
        ask(study, f"kind {number}")
    got: list[str] = []

    def work(name: str) -> None:
        with open_study(study.folder) as own:
            while (job := claim(own, name)) is not None:
                got.append(job.job_id)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == len(set(got)) == 20


def test_a_worker_that_says_it_lives_keeps_its_job(study: Study) -> None:
    ask(study)
    job = claimed(study)
    with study.writing() as connection:
        assert keep_job(connection, job, now=later(29), share=0.5, unit="case01", lease_s=30)

    assert claim(study, "w2", at=58) is None
    with study.reading() as connection:
        known = find_job(connection, job.job_id)
    assert (known.share, known.unit, known.worker) == (0.5, "case01", "w1")


def test_a_silent_worker_loses_its_job_and_cannot_end_it_any_more(study: Study) -> None:
    ask(study)
    lost = claimed(study)
    assert claim(study, "w2", at=29) is None
    taken = claimed(study, "w2", at=31)

    assert (taken.job_id, taken.attempts) == (lost.job_id, 2)
    with study.writing() as connection:
        assert not keep_job(connection, lost, now=later(32), share=0.9, unit="")
        assert not end_job(connection, lost, JobState.DONE, words="", now=later(32))
        assert end_job(connection, taken, JobState.DONE, words="segment: 1 done", now=later(33))
    with study.reading() as connection:
        known = find_job(connection, taken.job_id)
    assert (known.state, known.share, known.words) == (JobState.DONE, 1.0, "segment: 1 done")


def test_a_job_whose_workers_all_fall_silent_has_failed(study: Study) -> None:
    job = ask(study)
    for attempt in range(MOST_ATTEMPTS):
        assert claimed(study, at=100 * attempt).attempts == attempt + 1

    assert claim(study, at=1000) is None
    assert state_of(study, job) is JobState.FAILED
    with study.reading() as connection:
        assert "3 times" in find_job(connection, job.job_id).words


def test_a_job_that_waits_is_cancelled_at_once(study: Study) -> None:
    job = ask(study)
    with study.writing() as connection:
        assert cancel_job(connection, job.job_id, now=later(1)).state is JobState.CANCELLED

    assert claim(study, at=2) is None


def test_a_job_that_runs_is_cancelled_by_its_worker(study: Study) -> None:
    ask(study)
    job = claimed(study)
    with study.writing() as connection:
        assert cancel_job(connection, job.job_id, now=later(1)).state is JobState.RUNNING
        assert not keep_job(connection, job, now=later(2), share=0.1, unit="")
        end_job(connection, job, JobState.CANCELLED, words="", now=later(3))
        again = cancel_job(connection, job.job_id, now=later(9))

    assert again.state is JobState.CANCELLED
    assert again.ended_at == later(3)


def test_a_cancelled_job_of_a_silent_worker_does_not_begin_again(study: Study) -> None:
    ask(study)
    job = claimed(study)
    with study.writing() as connection:
        cancel_job(connection, job.job_id, now=later(1))

    assert claim(study, "w2", at=31) is None
    assert state_of(study, job) is JobState.CANCELLED


def test_a_job_put_back_waits_its_time_and_loses_no_attempt(study: Study) -> None:
    ask(study)
    job = claimed(study)
    with study.writing() as connection:
        assert put_back_job(connection, job, words="'run' is at work", not_before=later(5))

    assert claim(study, at=4) is None
    with study.reading() as connection:
        assert not is_job_claimable(connection, now=later(4))
        assert is_job_claimable(connection, now=later(5))
        assert is_job_open(connection)
    assert claimed(study, at=5).attempts == 1


def test_a_job_that_nobody_wants_any_more_is_not_put_back(study: Study) -> None:
    ask(study)
    job = claimed(study)
    with study.writing() as connection:
        cancel_job(connection, job.job_id, now=later(1))
        put_back_job(connection, job, words="busy", not_before=later(2))

    assert state_of(study, job) is JobState.CANCELLED
    with study.reading() as connection:
        assert not is_job_open(connection)


def test_an_end_must_be_an_end_and_a_job_must_be_there(study: Study) -> None:
    ask(study)
    job = claimed(study)
    with study.writing() as connection:
        with pytest.raises(ValueError, match="not 'waiting'"):
            end_job(connection, job, JobState.WAITING, words="", now=later(1))
        with pytest.raises(StudyError, match="no job nope"):
            cancel_job(connection, "nope", now=later(1))
