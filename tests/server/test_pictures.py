"""Slices, practice and live masks, as the page gets them."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.server.saying import Json, says, send

from manyhands.boxes.arithmetic import box_of_mask
from manyhands.config import Config, Page, make_structures
from manyhands.geometry import to_stack
from manyhands.masks.live import MaskUpdate
from manyhands.server.masks import interpolated, run_lengths, tightened
from manyhands.server.practice import judge
from manyhands.server.slices import decode_slice, decode_strip
from manyhands.store import Study, find_volumes
from manyhands.types import Answer, Box, LabelStack, StackArray, State, Structure
from manyhands.volumes import read_labels, read_volume


@pytest.fixture
def stack(study: Study) -> StackArray:
    with study.reading() as connection:
        (record,) = find_volumes(connection)
    return to_stack(read_volume(study.path(record.image_path)).data)


@pytest.fixture
def truth(study: Study) -> LabelStack:
    with study.reading() as connection:
        (record,) = find_volumes(connection)
    return to_stack(read_labels(study.path(str(record.reference_path))).data)


def address(task: Json, k: int, quality: str = "full") -> str:
    return str(task["slices_url"]).replace("{k}", str(k)) + f"?quality={quality}"


def test_a_slice_is_the_volumes_own_to_half_a_hu(
    ann: TestClient, task: Json, stack: StackArray
) -> None:
    for k in (0, 7, 13):
        codes, scale = decode_slice(ann.get(address(task, k)).content)
        hu = codes * scale.slope + scale.intercept
        np.testing.assert_allclose(hu, np.clip(stack[k], -1024, 3071), atol=0.5001)


def test_in_data_saver_a_slice_is_smaller_and_two_hu_off(ann: TestClient, task: Json) -> None:
    full, saver = (ann.get(address(task, 7, quality)).content for quality in ("full", "saver"))
    assert len(saver) < len(full)
    difference = decode_slice(saver)[0].astype(int) - decode_slice(full)[0].astype(int)
    assert 0 < np.abs(difference).max() <= 2


def test_a_slice_travels_as_the_page_expects_it(ann: TestClient, task: Json) -> None:
    """With Content-Encoding a browser's cache would keep it unpacked; without `immutable` it would
    ask again for each.
    """
    answer = ann.get(address(task, 3))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "content-encoding" not in answer.headers
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    again = ann.get(address(task, 3), headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("k", [-1, 14, 10**9])
def test_a_slice_that_is_not_there_is_404(ann: TestClient, task: Json, k: int) -> None:
    assert ann.get(address(task, k)).status_code == 404


def test_slices_are_written_once_and_read_from_then_on(
    app: FastAPI, ann: TestClient, task: Json, study: Study
) -> None:
    first = ann.get(address(task, 3)).content
    (file,) = study.folder.glob("slices/*/axial/3.mhs")
    assert file.read_bytes() == first
    app.state.server.load = None  # nothing is read from the volume any more
    assert ann.get(address(task, 3)).content == first


def test_damaged_notes_about_slices_are_made_anew(
    app: FastAPI, ann: TestClient, task: Json, study: Study
) -> None:
    first = ann.get(address(task, 3)).content
    (about,) = study.folder.glob("slices/*/about.json")
    about.write_text('{"version": 0}')
    app.state.server.pictures._known.clear()
    app.state.server.pictures._loaded.clear()
    assert ann.get(f"/api/v1/tasks/{task['task_id']}").status_code == 200
    assert ann.get(address(task, 3)).content == first
    assert json.loads(about.read_text())["version"] == 1


def test_the_strip_shows_every_slice_in_the_first_window(ann: TestClient, task: Json) -> None:
    answer = ann.get(task["strip_url"])
    greys, scale = decode_strip(answer.content)
    assert greys.shape == (14, 32, 40)
    window = task["volume"]["window"]
    assert scale.intercept == window["centre"] - window["width"] / 2
    assert gzip.decompress(answer.content)[:4] == b"MHT1"


def test_practice_says_at_once_what_is_wrong(ann: TestClient, truth: LabelStack) -> None:
    course = ann.get("/api/v1/practice").json()
    assert course["is_made_up"]
    assert sorted(i["structure_id"] for i in course["items"]) == [1, 1, 1, 2, 2, 2]
    item = course["items"][0]
    assert "reference" not in json.dumps(item)
    codes, _ = decode_slice(ann.get(item["slice_url"]).content)
    assert codes.shape == (item["picture"]["rows"], item["picture"]["columns"])

    path = f"/api/v1/practice/{item['practice_id']}"
    missed = ann.post(path, json={"boxes": [], "state": "absent"}).json()
    assert (missed["verdict"], missed["iou"]) == ("missed", 0)
    (edges,) = missed["reference_boxes"]
    box = dict(zip(("row0", "column0", "row1", "column1"), edges, strict=True))
    assert ann.post(path, json={"boxes": [box]}).json()["verdict"] == "good"


@pytest.mark.parametrize("edge", ["NaN", "Infinity", "1", "-1e999"])
def test_what_is_no_box_is_refused_in_practice_too(ann: TestClient, edge: str) -> None:
    content = f'{{"boxes": [{{"row0": 1, "column0": 1, "row1": {edge}, "column1": 9}}]}}'
    answer = ann.post(
        "/api/v1/practice/1-0", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("box", "verdict", "iou"),
    [
        ((10, 10, 20, 20), "good", 1.0),
        ((9, 9, 20, 20), "good", 100 / 121),
        ((5, 5, 25, 25), "loose", 100 / 400),
        ((12, 12, 18, 18), "tight", 36 / 100),
        ((30, 30, 40, 40), "elsewhere", 0.0),
    ],
)
def test_verdicts(box: tuple[float, float, float, float], verdict: str, iou: float) -> None:
    judged = judge([Box(*box)], np.array([[10.0, 10, 20, 20]]))
    assert judged.verdict == verdict
    assert judged.iou == pytest.approx(iou)


def test_without_known_structures_there_is_nothing_to_practise_on(
    ann: TestClient, study: Study
) -> None:
    others = make_structures(("pancreas", "duodenum"))
    study.config = replace(study.config, structures=others)
    assert ann.get("/api/v1/practice").json() == {"items": [], "is_made_up": False}
    assert ann.post("/api/v1/practice/1-0", json={"boxes": []}).status_code == 404


def test_practice_is_noted(ann: TestClient) -> None:
    path = "/api/v1/practice/done"
    assert ann.post(path).status_code == 204
    me = ann.get("/api/v1/me").json()
    assert (me["practised"], me["practised_structures"]) == (True, [])
    for structure_id, status in ((2, 204), (2, 204), (9, 404)):
        assert ann.post(path, json={"structure_id": structure_id}).status_code == status
    assert ann.get("/api/v1/me").json()["practised_structures"] == [2]


def test_practice_can_be_of_one_structure(ann: TestClient) -> None:
    items = ann.get("/api/v1/practice?structure_id=2").json()["items"]
    assert [item["structure_id"] for item in items] == [2, 2, 2]


def test_the_example_is_a_picture_in_the_study_and_nothing_else(
    ann: TestClient, study: Study
) -> None:
    (study.folder / "examples").mkdir()
    (study.folder / "examples" / "liver.png").write_bytes(b"\x89PNG")
    liver = Structure(1, "liver", example="examples/liver.png", hint="Large, on the left.")
    gone = Structure(2, "spleen", example="examples/gone.png")
    study.config = replace(study.config, structures=(liver, gone))

    told = ann.get("/api/v1/me").json()["structures"]
    assert told[0]["hint"] == "Large, on the left."
    assert told[1]["example_url"] is None
    assert ann.get(told[0]["example_url"]).content == b"\x89PNG"
    assert ann.get("/api/v1/structures/2/example").status_code == 404
    assert ann.get("/api/v1/structures/9/example").status_code == 404


def drawn(truth: LabelStack, task: Json, step: int) -> list[Json]:
    """A person's boxes on every `step`-th slice, two pixels too large."""
    answers = []
    for k in range(0, 14, step):
        mask = truth[k] == task["structure_id"]
        if not mask.any():
            answers.append(says(k, "absent"))
            continue
        row0, column0, row1, column1 = box_of_mask(mask)[0].tolist()
        loose = (max(row0 - 2, 0), max(column0 - 2, 0), min(row1 + 2, 32), min(column1 + 2, 40))
        box = dict(zip(("row0", "column0", "row1", "column1"), loose, strict=True))
        answers.append(says(k, boxes=[box]))
    return answers


def unpack(told: Json) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """A slice of 32 x 40 out of run lengths."""
    row, column, rows, columns = told["where"]
    flat = np.repeat(np.arange(len(told["runs"])) % 2 == 1, told["runs"])
    mask = np.zeros((32, 40), dtype=np.bool_)
    mask[row : row + rows, column : column + columns] = flat.reshape(rows, columns)
    return mask


def test_the_live_mask_is_of_these_boxes_and_proposes_tighter_ones_between(
    ann: TestClient, task: Json, truth: LabelStack
) -> None:
    send(ann, task, drawn(truth, task, step=2))
    path = f"/api/v1/tasks/{task['task_id']}"
    answer = ann.post(f"{path}/mask", json={"slices": [0, 13]})
    assert answer.status_code == 200, answer.text
    told = answer.json()

    organ = truth == task["structure_id"]
    masks = {int(k): unpack(runs) for k, runs in told["slices"].items()}
    inside = sum((mask & organ[k]).sum() for k, mask in masks.items())
    total = sum(mask.sum() for mask in masks.values()) + sum(organ[k].sum() for k in masks)
    assert 2 * inside / total > 0.75

    plain = ann.get(path).json()["proposals"]
    assert set(told["proposals"]) == set(plain)
    assert all(int(k) % 2 == 1 for k in plain)
    for k, ((row0, column0, row1, column1),) in plain.items():
        ((r0, c0, r1, c1),) = told["proposals"][k]
        assert row0 <= r0 < r1 <= row1
        assert column0 <= c0 < c1 <= column1
    sizes = [
        sum((r1 - r0) * (c1 - c0) for [(r0, c0, r1, c1)] in boxes.values())
        for boxes in (told["proposals"], plain)
    ]
    assert sizes[0] < sizes[1]


def test_only_the_slices_that_are_shown_are_sent(
    ann: TestClient, task: Json, truth: LabelStack
) -> None:
    send(ann, task, drawn(truth, task, step=1))
    answer = ann.post(f"/api/v1/tasks/{task['task_id']}/mask", json={"slices": [6, 7]})
    assert set(answer.json()["slices"]) <= {"6", "7"}


def test_without_boxes_there_is_no_mask(ann: TestClient, task: Json) -> None:
    send(ann, task, [says(3, "absent")])
    told = ann.post(f"/api/v1/tasks/{task['task_id']}/mask", json={"slices": [0, 13]}).json()
    assert (told["slices"], told["proposals"]) == ({}, {})


def test_the_lead_can_switch_it_off(ann: TestClient, task: Json, study: Study) -> None:
    study.config = replace(study.config, page=Page(live_mask=False))
    answer = ann.post(f"/api/v1/tasks/{task['task_id']}/mask", json={"slices": [0, 13]})
    assert answer.json()["error"]["code"] == "no-live-mask"


def answer(k: int, *boxes: Box, state: State = State.BOXES) -> Answer:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Answer("v", 1, "a", k, state, boxes, created_at=moment)


def test_boxes_are_proposed_between_answers_and_nowhere_else() -> None:
    said = [answer(2, Box(0, 0, 10, 10)), answer(4, state=State.ABSENT), answer(5, Box(0, 0, 4, 4))]
    assert {k: v.tolist() for k, v in interpolated(said).items()} == {3: [[0, 0, 8, 8]]}
    assert interpolated(said, 4, 9) == {}
    assert interpolated([]) == {}


def test_a_proposal_keeps_a_third_of_its_side_however_small_the_mask() -> None:
    mask = np.zeros((1, 10, 10), dtype=np.bool_)
    mask[0, 5, 2:8] = True
    update = MaskUpdate((slice(3, 4), slice(0, 10), slice(0, 10)), mask)
    (found,) = tightened({3: np.array([[0.0, 0, 10, 10]])}, update)[3].tolist()
    assert found == [0, 2, 10, 8]  # rows would be left with one pixel: they stay


def test_run_lengths_by_hand() -> None:
    """Rows .xx and xx. in the corner at row 3, column 4: out 1, in 2 + 2, out 1."""
    mask = np.array([[0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 1, 0]], dtype=np.bool_)
    assert run_lengths(mask, (2, 3)) == ((3, 4, 2, 3), [1, 4, 1])
    assert run_lengths(np.ones((1, 2), dtype=np.bool_), (0, 0)) == ((0, 0, 1, 2), [0, 2])


def test_config_is_read_at_each_request(ann: TestClient, study: Study) -> None:
    config: Config = replace(study.config, stride=3, page=Page(title="Kidneys of mice"))
    study.config = config
    told = ann.get("/api/v1/me").json()["study"]
    assert (told["stride"], told["title"]) == (3, "Kidneys of mice")


def test_pictures_to_practise_on_are_not_kept_beyond_the_study_they_are_of(ann: TestClient) -> None:
    """Their address stays when the lead chooses another volume: an old picture would be judged by
    the truth of the new one.
    """
    address = ann.get("/api/v1/practice").json()["items"][0]["slice_url"]
    assert "immutable" not in ann.get(address).headers["cache-control"]
