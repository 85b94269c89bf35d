"""Answers as the page sends them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from fastapi.testclient import TestClient

Json = dict[str, Any]

MORNING = "2026-01-01T08:00:00Z"
SQUARE = {"row0": 4.25, "column0": 5.5, "row1": 20.0, "column1": 21.75, "origin": "drawn"}


def says(slice_index: int, state: str = "boxes", **changes: Any) -> Json:
    """One answer; with `boxes` it has one box."""
    answer: Json = {
        "answer_id": str(uuid.uuid4()),
        "slice_index": slice_index,
        "state": state,
        "boxes": [SQUARE] if state == "boxes" else [],
        "created_at": MORNING,
        "active_s": 1.5,
        "pause_s": 0.25,
    }
    return {**answer, **changes}


def send(client: TestClient, task: Json, answers: Sequence[Json]) -> list[Json]:
    """What the server says of each."""
    answer = client.post(f"/api/v1/tasks/{task['task_id']}/answers", json={"answers": answers})
    assert answer.status_code == 200, answer.text
    results: list[Json] = answer.json()["results"]
    return results


def statuses(client: TestClient, task: Json, answers: Sequence[Json]) -> list[str]:
    return [result["status"] for result in send(client, task, answers)]


def finish(client: TestClient, task: Json) -> None:
    """Answer every slice, and say that it is done."""
    count = task["volume"]["slice_count"]
    drawn = [says(k, "boxes" if 3 <= k <= 9 else "absent") for k in range(count)]
    assert set(statuses(client, task, drawn)) == {"saved"}
    answer = client.post(f"/api/v1/tasks/{task['task_id']}/finish")
    assert answer.status_code == 200, answer.text


def next_task(client: TestClient) -> Json | None:
    answer = client.post("/api/v1/tasks/next")
    assert answer.status_code in (200, 204), answer.text
    return answer.json() if answer.status_code == 200 else None
