"""What annotators send is kept for good, never twice; what cannot be is refused alone."""

from __future__ import annotations

import json
import math
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.server.conftest import Person
from tests.server.saying import SQUARE, Json, finish, next_task, says, send, statuses

from manyhands.store import (
    Study,
    TaskState,
    answer_history,
    current_answers,
    schema,
    set_task_state,
)
from manyhands.types import Box, Origin, State


def history(study: Study) -> list[tuple[int, State]]:
    with study.reading() as connection:
        return [(a.slice_index, a.state) for a in answer_history(connection)]


def rows(study: Study, *names: str) -> list[Any]:
    with study.reading() as connection:
        columns = [schema.answers.c[name] for name in names]
        return list(connection.execute(sa.select(*columns).order_by(schema.answers.c.sequence)))


def test_an_answer_is_kept_as_it_was_given(ann: TestClient, task: Json, study: Study) -> None:
    given = says(3)
    assert statuses(ann, task, [given]) == ["saved"]

    with study.reading() as connection:
        (kept,) = current_answers(connection)
    assert kept.boxes == (Box(4.25, 5.5, 20.0, 21.75, Origin.DRAWN),)
    assert kept.answer_id == given["answer_id"]
    assert kept.task_id == task["task_id"]
    assert kept.structure_id == task["structure_id"]
    assert (kept.active_s, kept.pause_s) == (1.5, 0.25)
    assert kept.created_at == datetime(2026, 1, 1, 8, tzinfo=UTC)
    ((received_at, is_late),) = rows(study, "received_at", "is_late")
    assert datetime.now(UTC) - received_at < timedelta(minutes=5)
    assert not is_late


def test_the_same_answers_again_are_known_and_not_kept_twice(
    ann: TestClient, task: Json, study: Study
) -> None:
    given = [says(3), says(4, "absent"), says(5, "unsure")]
    assert statuses(ann, task, given) == ["saved"] * 3
    assert statuses(ann, task, [*given, says(6)]) == ["known"] * 3 + ["saved"]
    assert statuses(ann, task, [given[0], given[0]]) == ["known"] * 2
    twice = says(7)
    assert statuses(ann, task, [twice, twice]) == ["saved", "known"]
    assert len(history(study)) == 5


def test_undo_is_a_new_row_after_which_the_slice_is_open(
    ann: TestClient, task: Json, study: Study
) -> None:
    send(ann, task, [says(3)])
    send(ann, task, [says(3, "open", created_at="2026-01-01T08:00:01Z")])

    assert history(study) == [(3, State.BOXES), (3, State.OPEN)]
    assert ann.get(f"/api/v1/tasks/{task['task_id']}").json()["answers"] == []


def test_an_undo_in_another_tab_opens_a_finished_task_again(
    ann: TestClient, task: Json, study: Study
) -> None:
    finish(ann, task)
    send(ann, task, [says(4, "unsure", created_at="2026-01-01T08:00:01Z")])  # that is no undo
    assert ann.get(f"/api/v1/tasks/{task['task_id']}").json()["state"] == "finished"

    send(ann, task, [says(4, "open", created_at="2026-01-01T08:00:02Z")])

    assert ann.get(f"/api/v1/tasks/{task['task_id']}").json()["state"] == "open"
    assert (next_task(ann) or {})["task_id"] == task["task_id"]
    unfinished = ann.post(f"/api/v1/tasks/{task['task_id']}/finish").json()
    assert unfinished["missing"] == [4]
    assert unfinished["error"]["message"] == "One slice is still open."


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"slice_index": 14}, "slices 0 to 13, not 14"),
        ({"slice_index": -1}, "slices 0 to 13, not -1"),
        ({"boxes": []}, "'boxes' came with 0 boxes"),
        ({"state": "absent"}, "'absent' came with 1 boxes"),
        ({"boxes": [{**SQUARE, "row1": 32.01}]}, "32 rows and 40 columns"),
        ({"boxes": [{**SQUARE, "column0": -0.01}]}, "outside of the slice"),
        ({"boxes": [{**SQUARE, "row1": math.nan}]}, "outside of the slice"),
        ({"boxes": [{**SQUARE, "row0": -math.inf}]}, "outside of the slice"),
        ({"boxes": [{**SQUARE, "row1": SQUARE["row0"]}]}, "no area"),
        ({"boxes": [SQUARE, {**SQUARE, "column1": 1.0}]}, "no area"),
        ({"active_s": -1}, "0 s or more"),
        ({"pause_s": math.inf}, "0 s or more"),
    ],
)
def test_one_that_cannot_be_is_refused_and_the_others_are_kept(
    ann: TestClient, task: Json, study: Study, changes: Json, reason: str
) -> None:
    given = [says(3), {**says(4), **changes}, says(5)]
    body = json.dumps({"answers": given})  # Python writes NaN, which is no JSON, as NaN
    answer = ann.post(
        f"/api/v1/tasks/{task['task_id']}/answers",
        content=body,
        headers={"content-type": "application/json"},
    )
    results = answer.json()["results"]

    assert [r["status"] for r in results] == ["saved", "refused", "saved"]
    assert reason in results[1]["message"]
    assert history(study) == [(3, State.BOXES), (5, State.BOXES)]


def test_a_box_may_touch_the_edges_of_the_slice(ann: TestClient, task: Json) -> None:
    whole = {"row0": 0, "column0": 0, "row1": 32, "column1": 40}
    assert statuses(ann, task, [says(3, boxes=[whole])]) == ["saved"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        '{"answers": []}',
        '{"answers": [{}]}',
        json.dumps({"answers": [says(3)] * 201}),
        json.dumps({"answers": [says(3, boxes=[SQUARE] * 51)]}),
        json.dumps({"answers": [says(3, answer_id="x")]}),
        json.dumps({"answers": [says(3, state="asleep")]}),
        json.dumps({"answers": [says(3, created_at="2026-01-01T08:00:00")]}),
        json.dumps({"answers": [says(3, annotator_id="somebody")]}),
        json.dumps({"answers": [says(3, boxes=[{**SQUARE, "origin": "simulated"}])]}),
        json.dumps({"answers": [says(10**30)]}),
        "[" * 100_000,
        '{"answers": "\ud800"}'.encode("utf-8", "surrogatepass"),
    ],
)
def test_malformed_bodies_are_answered_with_422_and_change_nothing(
    ann: TestClient, task: Json, study: Study, body: str
) -> None:
    answer = ann.post(
        f"/api/v1/tasks/{task['task_id']}/answers",
        content=body,
        headers={"content-type": "application/json"},
    )
    assert answer.status_code in (400, 422) or answer.json()["results"][0]["status"] == "refused"
    assert history(study) == []


def test_somebody_elses_task_is_not_there(person: Person, task: Json, study: Study) -> None:
    bob, path = person("Bob"), f"/api/v1/tasks/{task['task_id']}"
    requests = [
        bob.get(path),
        bob.get(f"{path}/slices/0"),
        bob.get(f"{path}/strip"),
        bob.post(f"{path}/answers", json={"answers": [says(3)]}),
        bob.post(f"{path}/finish"),
        bob.post(f"{path}/give-back"),
        bob.post(f"{path}/mask", json={"slices": [0, 13]}),
    ]
    assert [r.status_code for r in requests] == [404] * 7
    assert {r.json()["error"]["code"] for r in requests} == {"no-task"}
    assert history(study) == []


def test_somebody_elses_answer_cannot_be_taken_over(
    ann: TestClient, task: Json, person: Person
) -> None:
    mine = says(3)
    send(ann, task, [mine])
    bob = person("Bob")
    other = next_task(bob)
    assert other is not None
    (result,) = send(bob, other, [mine])
    assert (result["status"], result["message"]) == ("refused", "this id is taken")


@pytest.mark.parametrize("state", [TaskState.LAPSED, TaskState.REVOKED, TaskState.GIVEN_BACK])
def test_answers_to_a_task_that_was_taken_back_are_kept_and_marked(
    ann: TestClient, task: Json, study: Study, state: TaskState
) -> None:
    with study.writing() as connection:
        set_task_state(connection, task["task_id"], state, datetime.now(UTC))
    assert ann.get(f"/api/v1/tasks/{task['task_id']}").json()["state"] == "revoked"

    given = [says(3)]
    (result,) = send(ann, task, given)

    assert result["status"] == "late"
    assert "kept" in result["message"]
    assert rows(study, "is_late", "task_id") == [(True, task["task_id"])]
    assert statuses(ann, task, given) == ["known"]
    assert ann.post(f"/api/v1/tasks/{task['task_id']}/finish").status_code == 409


def test_a_clock_that_is_fast_does_not_win_over_what_is_said_later(
    ann: TestClient, task: Json, study: Study
) -> None:
    send(ann, task, [says(3, created_at="2099-01-01T00:00:00Z")])
    corrected = says(3, "absent", created_at=datetime.now(UTC).isoformat())
    send(ann, task, [corrected])
    with study.reading() as connection:
        (kept,) = current_answers(connection)
    assert kept.state is State.ABSENT


def test_a_task_is_finished_when_every_slice_is_settled(
    ann: TestClient, task: Json, study: Study
) -> None:
    path = f"/api/v1/tasks/{task['task_id']}/finish"
    send(ann, task, [says(2, "absent"), *(says(k) for k in (3, 4, 6)), says(9, "absent")])
    answer = ann.post(path)
    assert answer.status_code == 409
    assert answer.json()["missing"] == [5, 7, 8]
    assert answer.json()["error"]["code"] == "slices-open"

    send(ann, task, [says(5, "unsure"), says(7), says(8)])
    assert ann.post(path).json() == {"finished": True}
    assert ann.post(path).json() == {"finished": True}
    assert ann.get(f"/api/v1/tasks/{task['task_id']}").json()["state"] == "finished"
    assert ann.post(f"/api/v1/tasks/{task['task_id']}/give-back").status_code == 409


def test_a_finished_task_can_still_be_corrected(ann: TestClient, task: Json) -> None:
    finish(ann, task)
    assert statuses(ann, task, [says(5, "absent")]) == ["saved"]


def test_a_hundred_people_at_once_lose_nothing(app: FastAPI, study: Study, person: Person) -> None:
    """Writes of many share a transaction; one that fails among them fails alone."""
    ann = person("Ann")
    task = next_task(ann)
    assert task is not None
    writer = app.state.server.writer

    def fail(connection: sa.Connection) -> None:
        connection.execute(sa.insert(schema.structures).values(structure_id=99, name="half done"))
        raise ValueError("this one fails")

    def write(number: int) -> Any:
        row = {"structure_id": 100 + number, "name": f"s{number}"}
        return lambda connection: connection.execute(sa.insert(schema.structures).values(row))

    futures = [writer.submit(fail if n % 10 == 5 else write(n)) for n in range(100)]
    failed = [n for n, future in enumerate(futures) if future.exception() is not None]

    assert failed == list(range(5, 100, 10))
    with study.reading() as connection:
        ids = set(connection.scalars(sa.select(schema.structures.c.structure_id)))
    assert {100 + n for n in range(100) if n % 10 != 5} <= ids
    assert 99 not in ids


def test_every_answer_id_is_one_of_a_uuid(ann: TestClient, task: Json) -> None:
    """However it is spelled, so that a retry is known again."""
    answer_id = str(uuid.uuid4())
    assert statuses(ann, task, [says(3, answer_id=answer_id.upper())]) == ["saved"]
    assert statuses(ann, task, [says(3, answer_id=answer_id)]) == ["known"]


def test_a_clock_that_ran_for_ever_is_refused_and_leaves_the_sums_of_the_lead_finite(
    ann: TestClient, task: Json
) -> None:
    """Two times of 1e308 s add up to infinity, which JSON has not."""
    told = send(ann, task, [says(1, active_s=1e308), says(2, pause_s=1e308), says(3, active_s=9e4)])
    assert [result["status"] for result in told] == ["refused", "refused", "saved"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_clock_at_the_end_of_the_calendar_stops_nothing(
    ann: TestClient, task: Json, moment: str
) -> None:
    answer = ann.post(
        f"/api/v1/tasks/{task['task_id']}/answers",
        json={"answers": [says(1, created_at=moment), says(2)]},
    )
    assert answer.status_code in (200, 422), answer.text
