from __future__ import annotations

import io
import uuid
import zipfile

import pytest
from fastapi.testclient import TestClient
from tests.server.lead.conftest import API, answer

from manyhands.server.jobs import KINDS, Worker
from manyhands.store import Study, find_audit


def start(lead: TestClient, kind: str, **more: str) -> str:
    answer_ = lead.post(f"{API}/jobs", json={"kind": kind, **more})
    assert answer_.status_code == 202, answer_.text
    job_id: str = answer_.json()["job_id"]
    return job_id


def test_a_job_is_asked_for_done_and_its_results_taken_away(lead: TestClient, study: Study) -> None:
    answer(study, "anna", range(14))
    names = [d["name"] for d in lead.get(f"{API}/downloads").json() if d["made_at"]]
    assert names == ["boxes.zip"]
    start(lead, "run")
    Worker(study.folder).work_once(study)

    told = lead.get(f"{API}/jobs").json()
    assert told["kinds"] == list(KINDS)
    assert (told["jobs"][0]["state"], told["jobs"][0]["asked_by"]) == ("done", "lead1")
    assert all(d["made_at"] for d in lead.get(f"{API}/downloads").json())
    labels = lead.get(f"{API}/downloads/labels.zip")
    assert sorted(zipfile.ZipFile(io.BytesIO(labels.content)).namelist()) == [
        "one.nii.gz",
        "structures.json",
    ]
    boxes = zipfile.ZipFile(io.BytesIO(lead.get(f"{API}/downloads/boxes.zip").content))
    assert any(name.startswith("anna/") for name in boxes.namelist())
    report = lead.get(f"{API}/downloads/report.html")
    assert "attachment" in report.headers["content-disposition"]
    assert report.content.lower().startswith(b"<!doctype html>")
    assert lead.get(f"{API}/downloads/scores.csv").text.startswith("volume,")


def test_asking_twice_with_the_same_id_is_one_job_and_one_entry_in_the_log(
    lead: TestClient, study: Study
) -> None:
    job_id = str(uuid.uuid4())
    assert start(lead, "segment", job_id=job_id) == start(lead, "segment", job_id=job_id) == job_id
    start(lead, "segment")

    assert len(lead.get(f"{API}/jobs").json()["jobs"]) == 1
    with study.reading() as connection:
        assert [e.action for e in find_audit(connection)] == ["job.start"]


def test_a_job_that_waits_is_cancelled(lead: TestClient, study: Study) -> None:
    job_id = start(lead, "report")
    told = lead.post(f"{API}/jobs/{job_id}/cancel", json={}).json()

    assert told["state"] == "cancelled"
    assert Worker(study.folder).work_once(study) is None
    assert lead.post(f"{API}/jobs/nope/cancel", json={}).status_code == 404
    with study.reading() as connection:
        assert [e.action for e in find_audit(connection)] == ["job.cancel", "job.start"]


@pytest.mark.parametrize("body", [{"kind": "mine-bitcoin"}, {}, {"kind": "run", "job_id": "x"}])
def test_what_is_no_job_is_refused(lead: TestClient, body: dict[str, str]) -> None:
    assert lead.post(f"{API}/jobs", json=body).status_code == 422
    assert lead.get(f"{API}/jobs").json()["jobs"] == []


@pytest.mark.parametrize("name", ["labels.zip", "report.html", "../manyhands.db", "manyhands.db"])
def test_what_cannot_be_taken_away_is_refused(lead: TestClient, name: str) -> None:
    assert lead.get(f"{API}/downloads/{name}").status_code in (404, 409)
