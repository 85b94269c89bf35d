"""Several people on one device: what one of them did is never taken for another's."""

from __future__ import annotations

from tests.server.conftest import Person
from tests.server.saying import Json, says, send

from manyhands.store import Study, answer_history


def test_a_tab_of_somebody_who_was_followed_by_another_keeps_its_answers(
    person: Person, study: Study
) -> None:
    """Ann's tab is still open when Ben logs in beside it: the browser sends Ben's session with
    Ann's answers. They are refused as by an ended session, so that the page keeps them.
    """
    ann, ben = person("Ann"), person("Ben")
    task = ann.post("/api/v1/tasks/next").json()
    ann_id = ann.get("/api/v1/me").json()["account_id"]
    path = f"/api/v1/tasks/{task['task_id']}/answers"
    body = {"answers": [says(3)]}

    answer = ben.post(path, json=body, headers={"Manyhands-Account": ann_id})

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "other-account"
    with study.reading() as connection:
        assert answer_history(connection) == ()
    assert ann.post(path, json=body, headers={"Manyhands-Account": ann_id}).status_code == 200


def test_who_does_not_say_for_whom_is_taken_by_their_session(
    person: Person, task: Json, ann: object
) -> None:
    assert send(ann, task, [says(3)])[0]["status"] == "saved"  # type: ignore[arg-type]
