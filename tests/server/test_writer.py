"""The one thread that writes for all: whatever becomes of one piece of work, the next is done."""

from __future__ import annotations

import threading

import sqlalchemy as sa
from tests.server.saying import Json, says, send

from manyhands.errors import StudyError
from manyhands.server.writer import GroupWriter
from manyhands.store import Study, answer_history, last_sequence


def test_who_does_not_wait_any_more_stops_nobody(study: Study) -> None:
    """A connection that ends takes its request with it, and that the future of its writing."""
    writer = GroupWriter(study)
    is_begun, goes_on = threading.Event(), threading.Event()

    def slow(_connection: sa.Connection) -> None:
        is_begun.set()
        assert goes_on.wait(5)

    first = writer.submit(slow)
    assert is_begun.wait(5)
    given_up = [writer.submit(last_sequence) for _ in range(3)]
    assert all(future.cancel() for future in given_up)
    goes_on.set()

    first.result(timeout=5)
    assert writer.submit(last_sequence).result(timeout=5) == 0
    writer.close()


def test_a_database_that_cannot_be_used_for_now_refuses_no_answer(
    ann: object, task: Json, study: Study, app: object, monkeypatch: object
) -> None:
    """The page puts aside for good what is refused; a disk that stumbles is no reason for that."""
    path = f"/api/v1/tasks/{task['task_id']}/answers"
    body = {"answers": [says(3)]}
    database = study.folder / "manyhands.db"
    study._engine.dispose()
    away = database.rename(study.folder / "away.db")
    database.mkdir()  # "unable to open database file"
    answer = ann.post(path, json=body)  # type: ignore[attr-defined]
    database.rmdir()
    away.rename(database)

    assert answer.status_code == 503, answer.text
    assert "Retry-After" in answer.headers
    assert send(ann, task, body["answers"])[0]["status"] == "saved"  # type: ignore[arg-type]
    with study.reading() as connection:
        assert len(answer_history(connection)) == 1


def test_one_that_fails_takes_nothing_of_the_others_with_it(study: Study) -> None:
    writer = GroupWriter(study)

    def fails(_connection: sa.Connection) -> None:
        raise StudyError("no")

    futures = [writer.submit(fails if n == 1 else last_sequence) for n in range(3)]
    assert isinstance(futures[1].exception(timeout=5), StudyError)
    assert [futures[0].result(5), futures[2].result(5)] == [0, 0]
    writer.close()
