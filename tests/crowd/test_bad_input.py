"""What real studies are full of: every method must give something sensible, or nothing, of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from manyhands.boxes.arithmetic import from_array, hull
from manyhands.crowd import METHODS, find_consensus
from manyhands.types import Answer, BoxArray, Consensus, Origin, State

SHAPE = (12, 100, 100)
ORGAN = np.array([[20.0, 30.0, 50.0, 70.0]])
NOTHING = np.empty((0, 4))
START = datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.parametrize("method", METHODS)


def answers(name: str, votes: Mapping[int, BoxArray], *, minute: int = 0) -> list[Answer]:
    return [
        Answer("v", 1, name, k, State.BOXES if len(b) else State.ABSENT,
               from_array(b, Origin.DRAWN), created_at=START + timedelta(minutes=minute))
        for k, b in votes.items()
    ]  # fmt: skip


def unsure(name: str) -> list[Answer]:
    return [Answer("v", 1, name, k, State.UNSURE) for k in range(SHAPE[0])]


def everywhere(box: BoxArray, slices: Iterable[int] = range(3, 9)) -> dict[int, BoxArray]:
    """A box on these slices, *absent* on all others."""
    inside = set(slices)
    return {k: box if k in inside else NOTHING for k in range(SHAPE[0])}


def consensus(method: str, *said: list[Answer], stride: int = 1) -> Consensus:
    return find_consensus(
        [a for some in said for a in some], stack_shape=SHAPE,
        stack_spacing_mm=(3.0, 1.0, 1.0), stride=stride, method=method,
    )  # fmt: skip


def slices_of(found: Consensus) -> list[list[int]]:
    return [track.slice_indices.tolist() for track in found.tracks]


def test_everyone_unsure(method: str) -> None:
    found = consensus(method, *(unsure(name) for name in "abc"))
    assert found.tracks == ()
    assert not found.is_seen.any()


def test_unsure_ones_do_not_speak_against_the_one_who_knows(method: str) -> None:
    found = consensus(method, answers("a", everywhere(ORGAN)), unsure("b"), unsure("c"))
    assert slices_of(found) == [[3, 4, 5, 6, 7, 8]]
    assert (found.presence[3:9] > 0.95).all()


def test_everyone_absent_but_one(method: str) -> None:
    """Three say that it is not there: it is not, and everybody looked."""
    nowhere = everywhere(ORGAN, [])
    found = consensus(
        method, answers("a", everywhere(ORGAN)), *(answers(n, nowhere) for n in "bcd")
    )
    assert found.tracks == ()
    assert found.is_complete
    assert (found.presence < 0.5).all()


def test_two_pieces_that_merge(method: str) -> None:
    """Two boxes up to slice 5, one around both from 6 on: each slice has what was drawn there."""
    left, right = np.array([[20.0, 10, 50, 40]]), np.array([[20.0, 60, 50, 80]])
    both = np.concatenate([left, right])
    said = everywhere(both, range(2, 6)) | dict.fromkeys(range(6, 10), hull(both)[None])
    loose = {k: b + 0.5 * np.array([-1, -1, 1, 1]) for k, b in said.items()}
    found = consensus(method, answers("a", said), answers("b", loose))
    for k in range(2, 10):
        boxes = [t.boxes[t.slice_indices == k][0] for t in found.tracks if k in t.slice_indices]
        assert len(boxes) == len(said[k])
        np.testing.assert_allclose(sorted(b.tolist() for b in boxes), said[k], atol=0.6)


def test_of_three_answers_of_one_annotator_the_newest_counts(method: str) -> None:
    old, older = everywhere(ORGAN + 9), everywhere(ORGAN + 20)
    found = consensus(
        method,
        answers("a", old, minute=1),
        answers("a", everywhere(ORGAN), minute=2),
        answers("a", older, minute=0),
    )
    (track,) = found.tracks
    np.testing.assert_array_equal(track.boxes, np.repeat(ORGAN, 6, axis=0))


def test_an_annotator_with_three_answers_only(method: str) -> None:
    """Three boxes do not make a structure complete, nor cut it where others went on."""
    three = dict.fromkeys((4, 5, 6), ORGAN)
    alone = consensus(method, answers("a", three))
    assert slices_of(alone) == [[4, 5, 6]]
    assert not alone.is_complete
    beside = consensus(
        method, answers("a", three), *(answers(n, everywhere(ORGAN + d)) for n, d in (("b", 0),
        ("c", 1)))
    )  # fmt: skip
    assert slices_of(beside) == [[3, 4, 5, 6, 7, 8]]
    assert beside.is_complete


def test_annotators_who_answered_different_strides(method: str) -> None:
    """Every slice, every second, every third: what one did not see is no vote against."""
    said = everywhere(ORGAN)
    found = consensus(
        method,
        *(
            answers(name, {k: b + number for k, b in said.items() if k % (number + 1) == 0})
            for number, name in enumerate("abc")
        ),
    )
    assert slices_of(found) == [[3, 4, 5, 6, 7, 8]]
    assert found.is_complete
    beside = found.tracks[0].boxes - ORGAN
    assert beside.min() >= 0  # each edge among those drawn
    assert beside.max() <= 2
    assert np.abs(np.diff(beside, axis=0)).max() < 2


@pytest.mark.parametrize("slices", [range(5), range(7, 12), range(12)])
def test_a_structure_that_touches_the_first_or_last_slice(method: str, slices: range) -> None:
    found = consensus(
        method, *(answers(n, everywhere(ORGAN + d, slices)) for n, d in (("a", 0.0), ("b", 0.5)))
    )
    assert slices_of(found) == [list(slices)]
    assert found.is_complete
    assert (found.presence[slices.start : slices.stop] > 0.95).all()


def test_boxes_at_the_pictures_border_stay_inside(method: str) -> None:
    corner = np.array([[0.0, 60.0, 30.0, 100.0]])
    found = consensus(
        method, *(answers(n, everywhere(corner + np.array([0, -d, d, 0])))
                  for n, d in (("a", 0.0), ("b", 4.0), ("c", 9.0)))
    )  # fmt: skip
    boxes = found.tracks[0].boxes
    assert boxes.min() >= 0
    assert boxes.max() <= 100


def test_copies_are_not_the_agreement_of_many(method: str) -> None:
    """Five accounts of one person are as sure as one person is."""
    said = everywhere(ORGAN)
    once = consensus(method, answers("a", said))
    five = consensus(method, *(answers(f"a{n}", said) for n in range(5)))
    np.testing.assert_allclose(five.presence, once.presence)
    assert sum(five.weights.values()) == pytest.approx(once.weights["a"])
