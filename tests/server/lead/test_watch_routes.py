from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from tests.server.lead.conftest import API, LIVER, answer

from manyhands.server.lead.charts import pace_of
from manyhands.server.lead.progress import unseen_runs
from manyhands.store import Study, insert_audit
from manyhands.store.audit import AuditEntry
from manyhands.types import Answer, Box, State


def test_progress_says_who_said_what_of_which_slice(lead: TestClient, study: Study) -> None:
    answer(study, "anna", range(14))
    answer(study, "ben", range(6))
    told = lead.get(f"{API}/progress").json()

    assert [len(told["volumes"]), len(told["structures"]), len(told["subjects"])] == [1, 5, 5]
    liver = next(s for s in told["subjects"] if s["structure_id"] == LIVER)
    anna, ben = liver["people"]
    assert anna["slices"] == "aaabbbbbbbbaaa"
    assert ben["slices"] == "aaabbb........"
    assert (anna["answered"], anna["asked"], anna["has_finished"]) == (14, 14, True)
    assert (ben["answered"], ben["has_finished"]) == (6, False)
    assert anna["active_s"] == pytest.approx(8 * 2 + 6)
    assert (liver["is_begun"], liver["unseen"], liver["n_more"]) == (True, [], 1)
    untouched = next(s for s in told["subjects"] if s["structure_id"] != LIVER)
    assert (untouched["is_begun"], untouched["unseen"], untouched["n_more"]) == (
        False,
        [[0, 13]],
        2,
    )


def test_boxes_that_differ_are_disputed(lead: TestClient, study: Study) -> None:
    answer(study, "anna", range(14))
    answer(study, "ben", range(14), Box(20, 20, 30, 30))
    told = lead.get(f"{API}/progress").json()["subjects"]

    assert [s["is_disputed"] for s in told if s["structure_id"] == LIVER] == [True]


ENDS = {2: State.ABSENT, 3: State.BOXES, 6: State.BOXES, 7: State.ABSENT}


@pytest.mark.parametrize(
    ("people", "runs"),
    [
        ([], ((0, 9),)),
        ([{0: State.BOXES, 9: State.BOXES}], ((1, 8),)),
        ([{4: State.UNSURE}], ((0, 3), (5, 9))),
        ([ENDS], ()),
        ([{3: State.BOXES, 6: State.BOXES, 7: State.ABSENT}], ((0, 2),)),
        ([{0: State.BOXES, 3: State.BOXES}, {6: State.BOXES, 9: State.BOXES}], ((4, 5),)),
    ],
)
def test_unseen_is_what_nobody_answered_or_settled_by_marking_the_ends(
    people: list[dict[int, State]], runs: tuple[tuple[int, int], ...]
) -> None:
    answers = [
        [
            Answer(
                annotator_id=str(number),
                volume_id="v",
                structure_id=LIVER,
                slice_index=k,
                state=state,
                boxes=(Box(1, 1, 2, 2),) if state is State.BOXES else (),
            )
            for k, state in said.items()
        ]
        for number, said in enumerate(people)
    ]
    assert unseen_runs([(own, 3) for own in answers], 10) == runs


def test_annotators_come_with_their_work(lead: TestClient, study: Study) -> None:
    answer(study, "anna", range(14))
    answer(study, "ben", range(6))
    anna, ben = lead.get(f"{API}/annotators").json()

    assert (anna["name"], anna["n_slices"], anna["n_boxes_slices"]) == ("anna", 14, 8)
    assert (ben["n_slices"], ben["active_s"], ben["median_s"]) == (6, 9.0, 1.5)
    assert anna["agreement"] is None
    assert ben["findings"] == []


def test_charts_add_up_to_the_answers(lead: TestClient, study: Study) -> None:
    answer(study, "anna", range(14))
    told = lead.get(f"{API}/charts").json()

    (day,) = told["days"]
    assert (day["annotator"], day["n_answers"]) == ("anna", 14)
    assert day["day"] == datetime.now(UTC).date().isoformat()
    assert told["pace"][0]["steps"][-1]["n_answers"] == 14


def test_the_pace_is_of_equal_parts_and_nothing_for_answers_without_time() -> None:
    assert pace_of([None, None]) == ()
    steps = pace_of([9.0, 1.0, None, 3.0])
    assert [(s.n_answers, s.median_s) for s in steps] == [(1, 9.0), (2, 1.0), (3, 3.0)]
    assert len(pace_of([1.0] * 1000)) == 20


def test_the_log_comes_page_by_page(lead: TestClient, study: Study) -> None:
    with study.writing() as connection:
        for number in range(5):
            insert_audit(connection, AuditEntry("lea", f"action.{number}"))
    first = lead.get(f"{API}/audit?most=2").json()
    second = lead.get(f"{API}/audit?most=9&before={first[-1]['sequence']}").json()

    assert [e["action"] for e in first + second] == [f"action.{n}" for n in (4, 3, 2, 1, 0)]
    for wrong in ("most=0", "most=501", "before=x", "before=0", f"before={2**63}"):
        assert lead.get(f"{API}/audit?{wrong}").status_code == 422
