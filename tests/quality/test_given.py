from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from manyhands.quality import collect_given
from manyhands.types import Answer, Box, Origin, State

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
BOX, OTHER = Box(1, 2, 3, 4), Box(2, 6, 5, 7)


def say(
    slice_index: int, *boxes: Box, state: State = State.BOXES, minute: int = 0, who: str = "id-a"
) -> Answer:
    return Answer(
        "v",
        1,
        who,
        slice_index,
        state,
        boxes,
        created_at=NOON.replace(minute=minute),
        active_s=2.5 if boxes else None,
    )


def test_each_state_has_its_own_array() -> None:
    answers = [say(0, BOX), say(1, state=State.ABSENT), say(2, state=State.UNSURE)]
    given = collect_given(answers, {"id-a": "anna"}, 4)["anna"]
    assert given.has_box.tolist() == [True, False, False, False]
    assert given.is_absent.tolist() == [False, True, False, False]
    assert given.is_vote.tolist() == [True, True, False, False]
    assert given.is_unsure.tolist() == [False, False, True, False]
    np.testing.assert_array_equal(given.active_s, [2.5, np.nan, np.nan, np.nan])


def test_only_the_newest_answer_counts() -> None:
    answers = [say(0, OTHER, minute=5), say(0, BOX)]
    assert collect_given(answers, {}, 1)["id-a"].boxes[0].tolist() == [2, 6, 5, 7]


def test_several_boxes_are_taken_as_the_box_around_them() -> None:
    assert collect_given([say(0, BOX, OTHER)], {}, 1)["id-a"].boxes[0].tolist() == [1, 2, 5, 7]


def test_a_proposal_that_was_taken_over_is_not_by_hand() -> None:
    accepted = Box(1, 2, 3, 4, Origin.ACCEPTED)
    given = collect_given([say(0, accepted), say(1, BOX), say(2, BOX, accepted)], {}, 3)["id-a"]
    assert given.is_by_hand.tolist() == [False, True, False]


def test_when_an_imported_box_was_drawn_is_not_known() -> None:
    given = collect_given([say(0, BOX), say(1, Box(1, 2, 3, 4, Origin.IMPORTED))], {}, 2)["id-a"]
    np.testing.assert_array_equal(given.drawn_at_s, [NOON.timestamp(), np.nan])


def test_names_are_sorted_and_nothing_gives_nothing() -> None:
    answers = [say(0, BOX, who="z"), say(0, BOX, who="y")]
    assert list(collect_given(answers, {"z": "anna", "y": "ben"}, 1)) == ["anna", "ben"]
    assert collect_given([], {}, 3) == {}
