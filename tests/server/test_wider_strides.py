"""Two people draw elsewhere, so a third is asked: for every second slice, which is enough."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.server.conftest import Person
from tests.server.leases import expire, state
from tests.server.saying import SQUARE, Json, next_task, says, send

from manyhands.config import Asking, Config, make_structures
from manyhands.crowd import find_consensus
from manyhands.phantom import NAMES
from manyhands.pipeline.asking import find_standings
from manyhands.pipeline.consensus import find_agreement, read_consensus
from manyhands.server.queue import Queue
from manyhands.server.standings import Standings
from manyhands.server.writer import GroupWriter
from manyhands.store import (
    Request,
    Role,
    Study,
    TaskState,
    current_answers,
    find_tasks,
    find_volumes,
    find_wider_strides,
    insert_request,
)
from manyhands.tasks import Subject, Task


def asked(client: TestClient) -> Json:
    task = next_task(client)
    assert task is not None
    return task


def slices_of(task: Json) -> range:
    return range(task["volume"]["slice_count"])


@pytest.fixture
def config() -> Config:
    return Config(make_structures(NAMES[:1]))


def draw(client: TestClient, task: Json, *, aside: float, but: tuple[int, ...] = ()) -> None:
    """Boxes on all slices, unsure of some, and done."""
    box = {**SQUARE, "column0": 5.5 + aside, "column1": 21.75 + aside}
    said = [says(k, "unsure") if k in but else says(k, boxes=[box]) for k in slices_of(task)]
    send(client, task, said)
    assert client.post(f"/api/v1/tasks/{task['task_id']}/finish").status_code == 200


def third(
    person: Person, *, aside: float = 12, but: tuple[int, ...] = ()
) -> tuple[TestClient, Json]:
    """Who is asked after two of whom one draws aside, and what they are given."""
    for name, pixels in (("Ann", 0), ("Ben", aside)):
        client = person(name)
        task = asked(client)
        assert task["stride"] == 1
        draw(client, task, aside=pixels, but=but)
    cleo = person("Cleo")
    return cleo, asked(cleo)


def test_every_second_slice_is_enough(person: Person, study: Study) -> None:
    cleo, task = third(person)
    assert task["stride"] == 2
    *slices, last = slices_of(task)
    finish_url = f"/api/v1/tasks/{task['task_id']}/finish"
    send(cleo, task, [says(k) for k in slices[::2]])
    assert cleo.post(finish_url).status_code == 409
    send(cleo, task, [says(last)])
    assert cleo.post(finish_url).status_code == 200
    (standing,) = find_standings(study)
    assert len(standing.finished_by) == 3
    send(cleo, task, [says(3, "open")])  # nothing is open all the same
    assert state(study, task) is TaskState.FINISHED
    send(cleo, task, [says(4, "open")])
    assert state(study, task) is TaskState.OPEN


def test_what_they_left_out_is_taken_from_what_they_said_beside(
    person: Person, study: Study, app: FastAPI
) -> None:
    """In labels, and where it is asked whether they are through."""
    cleo, task = third(person)
    *slices, last = slices_of(task)
    said = {**SQUARE, "row0": 8.0}
    send(cleo, task, [says(k, boxes=[said]) for k in (*slices[::2], last)])
    find_agreement(study, command="test")
    with study.reading() as connection:
        (volume,) = find_volumes(connection)
        answers = current_answers(connection)
        wider = find_wider_strides(connection)[volume.volume_id, 1]
    agree = partial(
        find_consensus,
        answers,
        stack_shape=volume.stack_shape,
        stack_spacing_mm=volume.stack_spacing_mm,
    )
    (track,) = read_consensus(study, volume.name)[1].tracks
    np.testing.assert_allclose(track.boxes, agree(wider=wider).tracks[0].boxes)
    assert abs(track.boxes - agree().tracks[0].boxes).max() > 0.5
    (standing,) = app.state.server.queue.standings()
    assert len(standing.finished_by) == 3


def test_the_lead_sees_who_was_asked_for_what(person: Person, study: Study) -> None:
    cleo, task = third(person)
    *slices, last = slices_of(task)
    send(cleo, task, [says(k) for k in (*slices[::2], last)])
    lead = person("Lea", Role.LEAD)
    (subject,) = lead.get("/api/v1/lead/progress").json()["subjects"]
    assert [p["answered"] == p["asked"] for p in subject["people"]] == [True] * 3
    n_slices = len(slices) + 1
    assert [p["asked"] for p in subject["people"]] == [n_slices, n_slices, n_slices // 2 + 1]


def test_to_be_given_a_task_changes_nothing(person: Person, study: Study) -> None:
    """Neither results, nor who has finished, before there is an answer."""
    dora = person("Dora")
    half = asked(dora)
    send(dora, half, [says(k) for k in slices_of(half)[::2]])
    assert dora.post(f"/api/v1/tasks/{half['task_id']}/finish").status_code == 409
    assert dora.post(f"/api/v1/tasks/{half['task_id']}/give-back").status_code == 204
    for name, aside in (("Ann", 0), ("Ben", 12)):
        client = person(name)
        draw(client, asked(client), aside=aside)
    assert find_agreement(study, command="test").done
    assert asked(person("Cleo"))["stride"] == 2
    assert find_agreement(study, command="test").skipped
    (standing,) = find_standings(study)
    assert len(standing.finished_by) == 2


def test_where_nobody_looked_all_slices_are_asked_for(person: Person) -> None:
    _, task = third(person, but=(7, 8))
    assert task["stride"] == 1


def test_so_they_are_of_who_is_sent_by_a_reviewer(person: Person, study: Study) -> None:
    with study.writing() as connection:
        (volume,) = find_volumes(connection)
        insert_request(connection, Request(volume.volume_id, 1, 3))
    _, task = third(person, aside=0.3)
    assert task["stride"] == 1


def test_there_are_always_two_who_looked_at_all(person: Person, study: Study) -> None:
    """Ann is left out afterwards, so the next one stands in for her."""
    cleo, task = third(person)
    *slices, last = slices_of(task)
    send(cleo, task, [says(k) for k in (*slices[::2], last)])
    assert cleo.post(f"/api/v1/tasks/{task['task_id']}/finish").status_code == 200
    study.config = replace(study.config, leave_out=("Ann",))
    assert asked(person("Dora"))["stride"] == 1


def test_gold_is_asked_for_as_ever(person: Person, study: Study) -> None:
    with study.reading() as connection:
        (volume,) = find_volumes(connection)
    queue = Queue(study, GroupWriter(study))
    _, task = third(person)
    with study.reading() as connection:
        (record,) = [t for t in find_tasks(connection) if t.task_id == task["task_id"]]
        known = Standings(study).refresh()
        given = Task(Subject(volume.volume_id, 1), record.annotator_id)
        assert queue._wider_stride(connection, given, known) == 2
        study.config = replace(study.config, gold=(volume.name,))
        assert queue._wider_stride(connection, given, known) is None


def test_what_lapsed_and_comes_back_is_asked_as_before(person: Person, study: Study) -> None:
    cleo, task = third(person)
    expire(study, task)
    study.config = replace(study.config, asking=Asking(later_stride=1))
    dora = person("Dora")
    instead = asked(dora)
    assert instead["stride"] == 1
    assert state(study, task) is TaskState.LAPSED
    assert dora.post(f"/api/v1/tasks/{instead['task_id']}/give-back").status_code == 204
    again = asked(cleo)
    assert (again["task_id"], again["stride"]) == (task["task_id"], 2)
