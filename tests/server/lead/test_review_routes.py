from __future__ import annotations

import uuid

import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.server.lead.conftest import API, LIVER, Login, answer

from manyhands.geometry import to_stack
from manyhands.pipeline import find_agreement, judge_study, segment_volumes
from manyhands.server.lead.masks import MaskRuns, runs_of
from manyhands.server.pictures import to_codes
from manyhands.server.slices import decode_slice
from manyhands.store import Role, Study, VolumeRecord, find_audit
from manyhands.types import Box, MaskStack
from manyhands.volumes import read_labels, read_volume


def filled(runs: MaskRuns, shape: tuple[int, int, int]) -> MaskStack:
    """What the page makes of runs."""
    mask = np.zeros(shape, dtype=bool)
    if runs.runs:
        values = np.arange(len(runs.runs)) % 2 == 1
        block = np.repeat(values, runs.runs).reshape(runs.shape)
        where = tuple(slice(o, o + n) for o, n in zip(runs.offset, runs.shape, strict=True))
        mask[where] = block
    return mask


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros((2, 3, 4), dtype=bool),
        np.ones((2, 3, 4), dtype=bool),
        np.eye(4, dtype=bool)[np.newaxis],
        np.random.default_rng(0).random((3, 5, 4)) > 0.7,
    ],
)
def test_runs_give_the_same_mask_back(mask: MaskStack) -> None:
    assert np.array_equal(filled(runs_of(mask), mask.shape), mask)


def url(volume: VolumeRecord, rest: str) -> str:
    return f"{API}/review/{volume.volume_id}/{rest}"


def test_slices_are_those_of_the_volume_in_all_planes(
    lead: TestClient, study: Study, volume: VolumeRecord
) -> None:
    """Coronal and sagittal pictures have the head on top."""
    _, codes = to_codes(read_volume(study.path(volume.image_path), modality=volume.modality))
    expected = {
        "axial/5": codes[5],
        "coronal/7": codes[::-1, 7, :],
        "sagittal/9": codes[::-1, :, 9],
    }
    for place, picture in expected.items():
        answer_ = lead.get(url(volume, f"{place}.mhs"))
        got, _ = decode_slice(answer_.content)
        assert np.array_equal(got, picture)
        assert "content-encoding" not in answer_.headers


@pytest.mark.parametrize("place", ["axial/14", "axial/-1", "coronal/32", "sagittal/40"])
def test_slices_outside_are_not_there(lead: TestClient, volume: VolumeRecord, place: str) -> None:
    assert lead.get(url(volume, f"{place}.mhs")).status_code == 404


def test_a_subject_comes_with_everybody_s_boxes_and_what_was_made_of_them(
    lead: TestClient, study: Study, volume: VolumeRecord
) -> None:
    answer(study, "anna", range(14))
    answer(study, "ben", range(14), Box(10, 10, 20, 21))
    path = url(volume, f"structures/{LIVER}")
    before = lead.get(path).json()
    assert before["agreed"] is None
    assert lead.get(f"{path}/masks").json()["mask"] is None

    segment_volumes(study, command="")
    after = lead.get(path).json()
    assert [p["name"] for p in after["people"]] == ["anna", "ben"]
    assert after["people"][0]["slices"][3]["boxes"] == [[10, 10, 20, 20]]
    assert [s["slice_index"] for s in after["agreed"]["slices"]] == list(range(3, 11))
    assert len(after["agreed"]["presence"]) == 14
    assert all(after["agreed"]["is_seen"])
    assert len(after["confidence"]) == 14
    masks = lead.get(f"{path}/masks").json()
    reference = read_labels(study.path(str(volume.reference_path)))
    assert np.array_equal(
        filled(MaskRuns(**masks["reference"]), volume.stack_shape),
        to_stack(reference.data) == LIVER,
    )
    assert sum(masks["mask"]["runs"]) == np.prod(masks["mask"]["shape"])


def test_what_is_flagged_is_told_with_its_reason_and_the_worst_comes_first(
    lead: TestClient, study: Study
) -> None:
    answer(study, "anna", range(14))
    answer(study, "ben", range(14), Box(20, 20, 30, 30))
    segment_volumes(study, command="")
    judge_study(study, command="")
    told = lead.get(f"{API}/review").json()

    first = told["subjects"][0]
    assert first["structure_id"] == LIVER
    assert first["is_disputed"]
    assert first["findings"]
    assert first["priority"] == max(f["priority"] for f in first["findings"])
    assert {"message", "suggestion", "code"} <= first["findings"][0].keys()


def test_sending_back_asks_one_more_person_until_one_more_has_finished(
    login: Login, study: Study, volume: VolumeRecord
) -> None:
    reviewer = login(Role.REVIEWER)
    answer(study, "anna", range(14))
    answer(study, "ben", range(14), Box(10, 10, 20, 21))

    def wanted() -> int:
        told = reviewer.get(f"{API}/review").json()["subjects"]
        n_more: int = next(s["n_more"] for s in told if s["structure_id"] == LIVER)
        return n_more

    assert wanted() == 0
    request = {"reason": "the dome is missing", "request_id": str(uuid.uuid4())}
    for _ in range(2):  # the same click twice
        sent = reviewer.post(url(volume, f"structures/{LIVER}/send-back"), json=request)
        assert sent.status_code == 201
    assert wanted() == 1
    with study.reading() as connection:
        entry = find_audit(connection)[0]
    assert (entry.who, entry.action) == ("reviewer1", "review.send-back")
    assert entry.details["reason"] == "the dome is missing"

    answer(study, "carl", range(14))
    assert wanted() == 0


def test_what_was_sent_back_is_told_apart_from_what_people_dispute(
    lead: TestClient, study: Study, volume: VolumeRecord
) -> None:
    """On the pages of review and of progress alike; two people agree on it here."""
    answer(study, "anna", range(14))
    answer(study, "ben", range(14), Box(10, 10, 20, 21))

    def told() -> list[tuple[bool, bool]]:
        subjects = (lead.get(f"{API}/{page}").json()["subjects"] for page in ("review", "progress"))
        livers = [s for page in subjects for s in page if s["structure_id"] == LIVER]
        return [(s["is_sent_back"], s["is_disputed"]) for s in livers]

    assert told() == [(False, False)] * 2
    lead.post(url(volume, f"structures/{LIVER}/send-back"), json={})
    assert told() == [(True, False)] * 2


def test_what_was_sent_back_comes_before_what_nobody_began(
    login: Login, study: Study, volume: VolumeRecord
) -> None:
    answer(study, "anna", range(14))
    answer(study, "ben", range(14), Box(10, 10, 20, 21))
    lead, annotator = login(Role.LEAD), login(Role.ANNOTATOR)
    lead.post(url(volume, f"structures/{LIVER}/send-back"), json={})
    task = annotator.post("/api/v1/tasks/next", json={})

    assert task.json()["structure_id"] == LIVER


def test_what_is_not_there_is_said(lead: TestClient, study: Study, volume: VolumeRecord) -> None:
    for path in ("review/nope/windows", "review/nope/structures/1"):
        assert lead.get(f"{API}/{path}").status_code == 404
    assert lead.get(url(volume, "structures/99")).status_code == 404
    assert lead.post(url(volume, "structures/99/send-back"), json={}).status_code == 404
    assert lead.get(url(volume, "oblique/1.mhs")).status_code == 422
    find_agreement(study, command="")  # nobody answered: still nothing to see, and no error
    assert lead.get(url(volume, f"structures/{LIVER}")).json()["people"] == []
