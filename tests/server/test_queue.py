"""Who is given what: blind, leased, never twice, and to no more people than are wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.server.conftest import SETTINGS, Person
from tests.server.leases import expire, state
from tests.server.saying import Json, finish, next_task, says, send

from manyhands.config import Asking, Config, Page, make_structures
from manyhands.phantom import NAMES
from manyhands.pipeline import Source, add_volumes
from manyhands.server import make_app
from manyhands.store import (
    Request,
    Role,
    Study,
    TaskState,
    create_study,
    ensure_annotator,
    find_tasks,
    find_volumes,
    insert_request,
    set_task_state,
)

NOW = datetime.now(UTC)


@pytest.fixture
def config() -> Config:
    """Two people for each structure, never more."""
    return Config(make_structures(NAMES[:2]), asking=Asking(first_annotators=2, most_annotators=2))


def test_whoever_asks_again_goes_on_with_the_same(ann: TestClient, task: Json) -> None:
    send(ann, task, [says(3)])
    again = next_task(ann)
    assert again is not None
    assert again["task_id"] == task["task_id"]
    assert len(again["answers"]) == 1


def test_nobody_gets_the_same_twice_and_there_is_an_end(ann: TestClient) -> None:
    seen = []
    while (task := next_task(ann)) is not None:
        seen.append(task["structure_id"])
        finish(ann, task)
    assert sorted(seen) == [1, 2]


def test_no_place_is_given_to_more_people_than_are_wanted(person: Person, study: Study) -> None:
    """Two structures, two people each: of five who ask at the same moment four get something."""
    people = [person(f"p{n}") for n in range(5)]
    with ThreadPoolExecutor(5) as pool:
        given = list(pool.map(next_task, people))

    places = Counter(task["structure_id"] for task in given if task is not None)
    assert places == {1: 2, 2: 2}


def test_nor_while_people_finish_at_the_same_moment(person: Person, study: Study) -> None:
    people = [person(f"p{n}") for n in range(6)]

    def work(client: TestClient) -> int:
        done = 0
        while (task := next_task(client)) is not None:
            finish(client, task)
            done += 1
        return done

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, people)) == 4
    with study.reading() as connection:
        done = find_tasks(connection, states=[TaskState.FINISHED])
    assert Counter(task.structure_id for task in done) == {1: 2, 2: 2}


def test_an_abandoned_place_goes_to_somebody_else_and_its_answers_stay(
    person: Person, study: Study, app: FastAPI
) -> None:
    people = [person(f"p{n}") for n in range(5)]
    tasks = [next_task(client) for client in people[:4]]
    first = tasks[0]
    assert first is not None
    send(people[0], first, [says(3)])
    assert next_task(people[4]) is None

    expire(study, first)
    taken = next_task(people[4])

    assert taken is not None
    assert taken["structure_id"] == first["structure_id"]
    assert taken["answers"] == []  # blind
    assert state(study, first) is TaskState.LAPSED
    assert [r["status"] for r in send(people[0], first, [says(4)])] == ["late"]
    assert next_task(people[0]) is None


def test_a_lease_that_ran_out_goes_on_while_nobody_else_wants_the_place(
    ann: TestClient, task: Json, study: Study
) -> None:
    expire(study, task)
    again = next_task(ann)
    assert again is not None
    assert again["task_id"] == task["task_id"]
    assert datetime.fromisoformat(again["lease_expires_at"]) > NOW


def test_an_answer_makes_the_lease_longer(ann: TestClient, task: Json, study: Study) -> None:
    with study.writing() as connection:
        soon = NOW + timedelta(seconds=60)
        set_task_state(connection, task["task_id"], TaskState.OPEN, NOW, lease_expires_at=soon)
    send(ann, task, [says(3)])
    told = ann.get(f"/api/v1/tasks/{task['task_id']}").json()["lease_expires_at"]
    assert datetime.fromisoformat(told) > NOW + timedelta(seconds=1700)


def test_what_was_given_back_is_for_others(ann: TestClient, task: Json, person: Person) -> None:
    assert ann.post(f"/api/v1/tasks/{task['task_id']}/give-back").status_code == 204
    other = next_task(ann)
    assert other is not None
    assert other["structure_id"] != task["structure_id"]
    finish(ann, other)
    assert next_task(ann) is None
    structures = [t["structure_id"] for t in (next_task(person(f"p{n}")) for n in range(3)) if t]
    assert structures.count(task["structure_id"]) == 2


def test_what_the_lead_took_away_does_not_come_back(
    ann: TestClient, task: Json, study: Study
) -> None:
    with study.writing() as connection:
        set_task_state(connection, task["task_id"], TaskState.REVOKED, NOW)
    other = next_task(ann)
    assert other is not None
    assert other["structure_id"] != task["structure_id"]


def test_who_is_unsure_of_everything_has_still_finished(ann: TestClient, task: Json) -> None:
    send(ann, task, [says(k, "unsure") for k in range(14)])
    assert ann.post(f"/api/v1/tasks/{task['task_id']}/finish").status_code == 200
    other = next_task(ann)
    assert other is not None
    assert other["structure_id"] != task["structure_id"]


def test_the_lead_can_ask_for_one_more_person(person: Person, study: Study) -> None:
    for n in range(2):
        client = person(f"p{n}")
        while (task := next_task(client)) is not None:
            finish(client, task)
    late = person("late")
    assert next_task(late) is None
    with study.writing() as connection:
        (volume,) = find_volumes(connection)
        insert_request(connection, Request(volume.volume_id, 2, 3))
    asked = next_task(late)
    assert asked is not None
    assert asked["structure_id"] == 2
    assert next_task(person("later")) is None


def test_a_budget_that_is_spent_ends_all_but_what_is_begun(
    ann: TestClient, task: Json, study: Study, person: Person
) -> None:
    study.config = replace(study.config, asking=Asking(budget_answers=2))
    assert next_task(person("Bob")) is not None
    send(ann, task, [says(3), says(4)])
    cleo = person("Cleo")
    assert next_task(cleo) is None
    assert next_task(ann) is not None
    with study.writing() as connection:  # what the lead sends back is asked all the same
        (volume,) = find_volumes(connection)
        insert_request(connection, Request(volume.volume_id, 2, 3))
    asked = next_task(cleo)
    assert asked is not None
    assert asked["structure_id"] == 2


def test_who_was_left_out_does_not_count(person: Person, study: Study) -> None:
    """The others are asked as if they had not been there."""
    for n in range(2):
        client = person(f"p{n}")
        while (task := next_task(client)) is not None:
            finish(client, task)
    study.config = replace(study.config, leave_out=("p0",))
    assert next_task(person("instead")) is not None


def test_leads_may_draw_themselves(person: Person, study: Study) -> None:
    lead = person("Lea", Role.LEAD)
    task = next_task(lead)
    assert task is not None
    send(lead, task, [says(3)])
    with study.writing() as connection:
        assert ensure_annotator(connection, "Lea").annotator_id


class TestSeveralVolumes:
    """One to annotate, and one that is for something else."""

    @pytest.fixture
    def study(self, tmp_path: Path, phantoms: tuple[Source, Source]) -> Iterator[Study]:
        config = Config(make_structures(NAMES[:2]))
        with create_study(tmp_path / "two", config) as made:
            assert len(add_volumes(made, phantoms).done) == 2
            yield made

    def ids(self, study: Study) -> dict[str, str]:
        with study.reading() as connection:
            return {v.name: v.volume_id for v in find_volumes(connection)}

    def volumes_given(self, client: TestClient, study: Study) -> Counter[str]:
        while (task := next_task(client)) is not None:
            finish(client, task)
        names = {volume_id: name for name, volume_id in self.ids(study).items()}
        with study.reading() as connection:
            return Counter(names[task.volume_id] for task in find_tasks(connection))

    def test_the_volume_to_practise_on_is_given_to_nobody(
        self, study: Study, ann: TestClient
    ) -> None:
        study.config = replace(study.config, page=Page(practice="secret-1"))
        assert self.volumes_given(ann, study) == {"secret-0": 2}
        assert not ann.get("/api/v1/practice").json()["is_made_up"]

    def test_gold_is_hidden_among_the_others(self, study: Study, ann: TestClient) -> None:
        study.config = replace(
            study.config, gold=("secret-1",), asking=Asking(gold_share=0.5), seed=1
        )
        assert self.volumes_given(ann, study) == {"secret-0": 2, "secret-1": 1}

    def test_a_volume_whose_file_was_taken_away_is_given_to_nobody_any_more(
        self, study: Study, ann: TestClient
    ) -> None:
        with study.reading() as connection:
            (volume,) = find_volumes(connection, ["secret-0"])
        study.path(volume.image_path).unlink()
        assert self.volumes_given(ann, study) == {"secret-1": 2}

    def test_a_server_that_starts_anew_knows_who_is_at_what(
        self, study: Study, ann: TestClient, task: Json
    ) -> None:
        app = make_app(study, settings=SETTINGS)
        again = next_task(TestClient(app, cookies=dict(ann.cookies)))
        assert again is not None
        assert again["task_id"] == task["task_id"]
        app.state.server.close()
