from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manyhands.errors import StudyError
from manyhands.store import (
    Study,
    VolumeRecord,
    answer_history,
    answered_since,
    current_answers,
    ensure_annotator,
    has_answers,
    insert_answers,
    known_answers,
    last_sequence,
    schema,
)
from manyhands.types import Annotator, Answer, Box, Origin, State

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def answer(volume: VolumeRecord, ann: Annotator) -> Answer:
    box = Box(1.5, 2.0, 3.25, 4.0, Origin.DRAWN)
    return Answer(
        volume.volume_id, 1, ann.annotator_id, 3, State.BOXES, (box,), created_at=NOON, active_s=2.5
    )


coordinates = st.floats(0, 1e4, allow_subnormal=False)
boxes = st.builds(
    lambda row, column, height, width, origin: Box(
        row, column, row + height, column + width, origin
    ),
    coordinates,
    coordinates,
    st.floats(0.01, 100),
    st.floats(0.01, 100),
    st.sampled_from(Origin),
)


def test_whether_anybody_answered_is_known(study: Study, answer: Answer) -> None:
    with study.writing() as connection:
        assert not has_answers(connection)
        insert_answers(connection, [answer])
        assert has_answers(connection)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    boxes=st.lists(boxes, max_size=3),
    empty_state=st.sampled_from([State.ABSENT, State.UNSURE]),
    created_at=st.datetimes(timezones=st.just(UTC)),
)
def test_an_answer_comes_back_bit_by_bit(
    study: Study, answer: Answer, boxes: list[Box], empty_state: State, created_at: datetime
) -> None:
    state = State.BOXES if boxes else empty_state
    given = Answer(
        answer.volume_id,
        answer.structure_id,
        answer.annotator_id,
        answer.slice_index,
        state,
        tuple(boxes),
        created_at=created_at,
    )
    with study.writing() as connection:
        insert_answers(connection, [given])

        assert answer_history(connection)[-1] == given


def test_an_empty_list_is_no_news(study: Study) -> None:
    with study.writing() as connection:
        assert insert_answers(connection, []) == 0
        assert current_answers(connection) == ()


def test_sending_the_same_answer_again_is_harmless(study: Study, answer: Answer) -> None:
    with study.writing() as connection:
        assert insert_answers(connection, [answer, answer]) == 1
        assert insert_answers(connection, [answer]) == 0
        assert answer_history(connection) == (answer,)


def test_the_same_id_with_another_content_is_refused(study: Study, answer: Answer) -> None:
    with study.writing() as connection:
        insert_answers(connection, [answer])
    with (
        pytest.raises(StudyError, match=f"answer {answer.answer_id} exists with another content"),
        study.writing() as connection,
    ):
        insert_answers(connection, [replace(answer, slice_index=4)])


def test_of_one_place_the_newest_answer_counts_and_all_are_kept(
    study: Study, answer: Answer
) -> None:
    undone = replace(
        answer,
        state=State.ABSENT,
        boxes=(),
        answer_id="undone",
        created_at=NOON + timedelta(seconds=1),
    )
    with study.writing() as connection:
        insert_answers(connection, [answer])
        insert_answers(connection, [undone])

        assert current_answers(connection) == (undone,)
        assert answer_history(connection) == (answer, undone)


def test_what_was_taken_back_is_as_if_never_said_and_is_kept(study: Study, answer: Answer) -> None:
    taken_back = replace(
        answer,
        state=State.OPEN,
        boxes=(),
        answer_id="open",
        created_at=NOON + timedelta(seconds=1),
    )
    said_again = replace(answer, answer_id="again", created_at=NOON + timedelta(seconds=2))
    with study.writing() as connection:
        insert_answers(connection, [answer, taken_back])
        assert current_answers(connection) == ()
        assert answer_history(connection) == (answer, taken_back)

        insert_answers(connection, [said_again])
        assert current_answers(connection) == (said_again,)


def test_when_an_answer_arrived_and_whether_late_is_kept(study: Study, answer: Answer) -> None:
    late = replace(answer, answer_id="late", pause_s=3.5)
    with study.writing() as connection:
        insert_answers(connection, [answer, late], received_at=NOON, late={"late"})
        table = schema.answers.c
        rows = connection.execute(
            sa.select(table.answer_id, table.received_at, table.is_late, table.pause_s)
        )
        assert rows.all() == [
            (answer.answer_id, NOON, False, None),
            ("late", NOON, True, 3.5),
        ]
        assert known_answers(connection, ["late", "x"]) == {"late": answer.annotator_id}


def test_what_was_answered_on_lately_is_known(study: Study, answer: Answer) -> None:
    with study.writing() as connection:
        assert last_sequence(connection) == 0
        insert_answers(connection, [answer])
        before = last_sequence(connection)
        insert_answers(connection, [replace(answer, structure_id=2, answer_id="spleen")])

        assert answered_since(connection, before) == {(answer.volume_id, 2)}
        assert answered_since(connection, last_sequence(connection)) == frozenset()


def test_an_older_answer_that_arrives_late_does_not_undo_a_newer(
    study: Study, answer: Answer
) -> None:
    late = replace(answer, answer_id="late", created_at=NOON - timedelta(hours=1))
    with study.writing() as connection:
        insert_answers(connection, [answer, late])

        assert current_answers(connection) == (answer,)


def test_of_two_made_at_the_same_moment_the_one_that_came_last_counts(
    study: Study, answer: Answer
) -> None:
    second = replace(answer, answer_id="second", state=State.UNSURE, boxes=())
    with study.writing() as connection:
        insert_answers(connection, [answer, second])

        assert current_answers(connection) == (second,)


def test_current_answers_can_be_asked_for_by_volume_structure_and_annotator(
    study: Study, answer: Answer
) -> None:
    with study.writing() as connection:
        bob = ensure_annotator(connection, "bob")
        spleen = replace(answer, structure_id=2, answer_id="spleen")
        by_bob = replace(answer, annotator_id=bob.annotator_id, answer_id="bob")
        insert_answers(connection, [answer, spleen, by_bob])

        assert current_answers(connection, structure_id=2) == (spleen,)
        assert current_answers(connection, annotator_id=bob.annotator_id) == (by_bob,)
        assert len(current_answers(connection, volume_id=answer.volume_id)) == 3
        assert current_answers(connection, volume_id="other") == ()


def test_several_boxes_keep_their_order(study: Study, answer: Answer) -> None:
    two = replace(answer, boxes=(Box(5, 5, 6, 6), Box(1, 1, 2, 2)))
    with study.writing() as connection:
        insert_answers(connection, [two])

        assert current_answers(connection) == (two,)


def test_numpy_numbers_are_stored_as_numbers(study: Study, answer: Answer) -> None:
    """SQLite takes numpy's integers for bytes, and finds them nowhere again."""
    counted = replace(answer, slice_index=int(np.int64(3)))
    with study.writing() as connection:
        insert_answers(connection, [replace(answer, slice_index=np.int64(3))])  # type: ignore[arg-type]

        assert current_answers(connection) == (counted,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"volume_id": "x"}, "about volume x, which is not here"),
        ({"structure_id": 9}, "about structure 9, not known"),
        ({"annotator_id": "x"}, "by annotator x, not known"),
        ({"slice_index": 10}, "about slice 10; the volume has slices 0 to 9"),
        ({"slice_index": -1}, "about slice -1; the volume has slices 0 to 9"),
        ({"created_at": datetime(2026, 1, 1)}, "with no time zone: use UTC"),
        ({"boxes": (Box(1, 1, 1, 2),)}, "a box on slice 3 has no extent"),
        ({"boxes": (Box(1, 1, float("nan"), 2),)}, "a box on slice 3 has no extent"),
    ],
)
def test_one_unusable_answer_keeps_all_out(
    study: Study, answer: Answer, change: dict[str, object], message: str
) -> None:
    bad = replace(answer, answer_id="bad", **change)  # type: ignore[arg-type]

    with pytest.raises(StudyError, match=message), study.writing() as connection:
        insert_answers(connection, [answer, bad])
    with study.reading() as connection:
        assert answer_history(connection) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE answers SET state = 'absent'",
        "DELETE FROM answers",
        "REPLACE INTO answers SELECT * FROM answers",
        "UPDATE boxes SET row1 = 9",
        "DELETE FROM boxes",
        "REPLACE INTO boxes SELECT * FROM boxes",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_said(
    study: Study, answer: Answer, statement: str
) -> None:
    with study.writing() as connection:
        insert_answers(connection, [answer])
    with pytest.raises(StudyError, match="are append-only"), study.writing() as connection:
        connection.execute(sa.text(statement))
    with study.reading() as connection:
        assert answer_history(connection) == (answer,)
