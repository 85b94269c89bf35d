"""What goes wrong around the server: no annotator loses anything, and nobody is told too much."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event
from tests.server.conftest import Person
from tests.server.saying import Json, finish, next_task, says, send, statuses

from manyhands.errors import StudyBusyError
from manyhands.server.app import ROUTERS
from manyhands.server.openapi import describe_api
from manyhands.store import Study, answer_history, find_volumes


def fill_disk(study: Study) -> Any:
    """Let SQLite take the disk for full: it may have no page more than it has."""

    def limit(connection: Any, _record: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    study._engine.dispose()
    event.listen(study._engine, "connect", limit)

    def make_room() -> None:
        event.remove(study._engine, "connect", limit)
        study._engine.dispose()

    return make_room


def test_with_a_full_disk_answers_are_asked_for_again_and_then_kept(
    ann: TestClient, task: Json, study: Study
) -> None:
    given = [says(k % 14, boxes=[says(0)["boxes"][0]] * 50) for k in range(100)]
    path = f"/api/v1/tasks/{task['task_id']}/answers"
    make_room = fill_disk(study)
    answer = ann.post(path, json={"answers": given})
    assert answer.status_code == 507
    assert answer.json()["error"]["code"] == "disk-full"
    assert ann.get(f"/api/v1/tasks/{task['task_id']}").status_code == 200

    make_room()
    assert statuses(ann, task, given) == ["saved"] * 100
    with study.reading() as connection:
        assert len(answer_history(connection)) == 100
        assert connection.execute(sa.text("PRAGMA integrity_check")).scalar_one() == "ok"


def test_with_a_full_disk_slices_are_shown_all_the_same(
    ann: TestClient, task: Json, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("manyhands.server.pictures.replacing", no_space)
    assert ann.get(task["slices_url"].replace("{k}", "5")).status_code == 200
    assert not list(study.folder.glob("slices/*/axial/5.mhs"))


def test_a_volume_removed_while_it_is_annotated_is_gone_and_its_answers_are_kept(
    ann: TestClient, task: Json, study: Study
) -> None:
    ann.get(task["slices_url"].replace("{k}", "5"))
    with study.reading() as connection:
        (volume,) = find_volumes(connection)
    study.path(volume.image_path).unlink()

    for answer in (
        ann.get(task["slices_url"].replace("{k}", "5")),
        ann.get(task["strip_url"]),
        ann.get(f"/api/v1/tasks/{task['task_id']}"),
        ann.post(f"/api/v1/tasks/{task['task_id']}/mask", json={"slices": [0, 13]}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "volume-removed")
    assert statuses(ann, task, [says(3)]) == ["saved"]
    assert next_task(ann) is None


def test_a_study_that_somebody_else_writes_to_asks_to_come_again(
    app: FastAPI, ann: TestClient, task: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_work: object) -> None:
        raise StudyBusyError("/home/jane/study: another process has been writing")

    monkeypatch.setattr(app.state.server.writer, "submit", busy)
    answer = ann.post(f"/api/v1/tasks/{task['task_id']}/answers", json={"answers": [says(3)]})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert "jane" not in answer.text


def test_what_nobody_foresaw_is_no_traceback(
    app: FastAPI, ann: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("/home/jane/secret")

    monkeypatch.setattr(app.state.server.practice, "course", fail)
    answer = ann.get("/api/v1/practice")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "failed"
    assert "jane" not in answer.text


def test_ready_says_whether_the_study_can_be_written_to(visitor: TestClient, study: Study) -> None:
    assert visitor.get("/readyz").json() == {"status": "ok"}
    study.path("manyhands.db").write_bytes(b"no database any more" * 1000)
    study._engine.dispose()
    assert visitor.get("/readyz").status_code == 503
    assert visitor.get("/healthz").status_code == 200


def test_no_annotator_is_told_names_of_files_patients_or_others(
    person: Person, study: Study, caplog: pytest.LogCaptureFixture
) -> None:
    """Everything that an annotator can see is searched for what is none of their business."""
    bob = person("Bob")
    other = next_task(bob)
    assert other is not None
    finish(bob, other)
    bobs = bob.get("/api/v1/me").json()
    ann = person("Ann")
    seen: list[str] = []

    def keep(answer: Any) -> Any:
        seen.append(f"{answer.headers} {answer.content.decode('latin-1')}")
        return answer

    with caplog.at_level(logging.DEBUG, logger="manyhands"):
        while (task := keep(ann.post("/api/v1/tasks/next"))).status_code == 200:
            found = task.json()
            path = f"/api/v1/tasks/{found['task_id']}"
            for address in (path, found["strip_url"], found["slices_url"].replace("{k}", "4")):
                keep(ann.get(address))
            keep(ann.post(f"{path}/answers", json={"answers": [says(3), says(99)]}))
            keep(ann.post(f"{path}/mask", json={"slices": [0, 13]}))
            keep(ann.post(f"{path}/finish"))
            finish(ann, found)
        for address in ("/", "/api/v1/me", "/api/v1/tasks", "/api/v1/practice", "/api/v1/nowhere"):
            keep(ann.get(address))
    with study.reading() as connection:
        (volume,) = find_volumes(connection)
    everything = "\n".join([*seen, caplog.text])
    for secret in (
        "DOE",
        "1961",
        "secret-0",
        ".nii",
        str(study.folder),
        volume.volume_id,
        volume.image_sha256,
        bobs["account_id"],
        other["task_id"],
        "Bob",
    ):
        assert secret not in everything, secret
    assert "Ann" not in caplog.text


def test_the_description_of_the_api_is_up_to_date(repository: Any) -> None:
    """The page's types are made of it."""
    written = (repository / "web" / "openapi.json").read_text(encoding="utf-8")
    told = "write it anew: python -m manyhands.server.openapi"
    assert json.loads(written) == json.loads(describe_api()), told


def test_every_route_of_the_api_says_what_it_does() -> None:
    silent = [
        str(route)
        for router in ROUTERS
        for route in router.routes
        if not (getattr(route, "description", "") or "").strip()
    ]
    assert silent == []


def test_a_page_that_is_not_built_says_how_to_build_it(
    study: Study, tmp_path: Any, person: Person
) -> None:
    from manyhands.server import ServerSettings, make_app

    app = make_app(
        study, settings=ServerSettings(run_jobs=False, prepare=False, static_folder=tmp_path)
    )
    client = TestClient(app, follow_redirects=False)
    answer = client.get("/annotate")
    assert answer.status_code == 503
    assert "make web" in answer.text
    assert client.get("/sw.js").status_code == 404
    assert client.get("/lead").headers["location"] == "/login"
    app.state.server.close()


def test_the_built_page_is_served_and_nothing_beside_it(study: Study, tmp_path: Any) -> None:
    from manyhands.server import ServerSettings, make_app

    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "annotate.html").write_text("<p>draw")
    (static / "sw.js").write_text("//")
    (static / "assets" / "app-1a2b.js").write_text("long " * 100)
    (static / "assets" / "app-1a2b.js.gz").write_bytes(b"zipped")
    (tmp_path / "secret.txt").write_text("secret")
    settings = ServerSettings(run_jobs=False, prepare=False, static_folder=static)
    app = make_app(study, settings=settings)
    client = TestClient(app)

    assert client.get("/annotate").text == "<p>draw"
    assert client.get("/annotate").headers["cache-control"] == "no-cache"
    assert client.get("/sw.js").headers["service-worker-allowed"] == "/"
    plain = client.get("/static/assets/app-1a2b.js", headers={"accept-encoding": "identity"})
    assert plain.text.startswith("long ")
    assert "immutable" in plain.headers["cache-control"]
    with client.stream("GET", "/static/assets/app-1a2b.js") as zipped:
        assert zipped.headers["content-encoding"] == "gzip"
        assert b"".join(zipped.iter_raw()) == b"zipped"
        assert "javascript" in zipped.headers["content-type"]
    for path in ("../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "annotate.html", ""):
        assert client.get(f"/static/{path}").status_code == 404
    app.state.server.close()


def test_answers_of_one_who_is_unsure_are_all_kept(
    ann: TestClient, task: Json, study: Study
) -> None:
    """Nothing an annotator submitted is ever changed or deleted."""
    for n in range(5):
        send(ann, task, [says(3, "unsure" if n % 2 else "boxes")])
    with study.reading() as connection:
        assert len(answer_history(connection)) == 5
