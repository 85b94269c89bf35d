"""Who stopped part-way, and whose files without boxes were taken for *absent*.

The organ is on slices 2 to 13 of 16: its boxes are 40 px wide in the middle and taper to 10 px.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pytest

from manyhands.boxes.arithmetic import from_array
from manyhands.crowd import METHODS, find_consensus
from manyhands.types import Answer, BoxArray, Consensus, Origin, State

SHAPE = (16, 100, 100)
ORGAN = range(2, 14)
SIDES = dict(zip(ORGAN, (10, 20, 30, 36, 40, 40, 40, 40, 36, 30, 20, 10), strict=True))
NOTHING = np.empty((0, 4))
WHOLE, HALF = ORGAN, range(2, 8)


def box(index: int, name: str) -> BoxArray:
    """Everybody draws a little wider than the one before, so that nobody is a copy."""
    half = SIDES.get(index, 10) / 2 + 0.5 * "abcd".index(name)
    return np.array([[50 - half, 50 - half, 50 + half, 50 + half]])


def said_by(name: str, boxed: Iterable[int], absent: Iterable[int] | None = None) -> list[Answer]:
    """Boxes there, *absent* on all other slices or on those that are given."""
    nothing = set(range(SHAPE[0]) if absent is None else absent) - set(boxed)
    return answers(name, {k: box(k, name) for k in boxed} | dict.fromkeys(nothing, NOTHING))


def answers(name: str, votes: Mapping[int, BoxArray]) -> list[Answer]:
    return [
        Answer("v", 1, name, k, State.BOXES if len(b) else State.ABSENT,
               from_array(b, Origin.IMPORTED))
        for k, b in votes.items()
    ]  # fmt: skip


def consensus(*said: list[Answer], method: str = "inner-quantile") -> Consensus:
    return find_consensus(
        [a for some in said for a in some],
        stack_shape=SHAPE,
        stack_spacing_mm=(5.0, 1.0, 1.0),
        method=method,
    )


def slices_of(found: Consensus) -> list[list[int]]:
    return [track.slice_indices.tolist() for track in found.tracks]


@pytest.mark.parametrize("method", METHODS)
def test_people_who_stopped_do_not_outvote_the_one_who_went_on(method: str) -> None:
    """Three of four say absent from slice 8 on, after boxes as large as any."""
    found = consensus(
        said_by("a", WHOLE), *(said_by(name, HALF) for name in "bcd"), method=method
    )  # fmt: skip
    assert slices_of(found) == [list(WHOLE)]
    assert (found.presence[8:14] > 0.5).all()


def test_people_who_stopped_at_the_other_end_neither() -> None:
    upper = range(7, 14)
    found = consensus(said_by("a", WHOLE), *(said_by(name, upper) for name in "bcd"))
    assert slices_of(found) == [list(WHOLE)]


def test_whose_boxes_taper_is_believed() -> None:
    """One goes on by four slices where three, who boxed the small end, say it is gone."""
    too_far = said_by("a", range(2, 16))
    whole = [said_by(name, range(2, 13)) for name in "bcd"]
    assert slices_of(consensus(too_far, *whole)) == [list(range(2, 13))]


def test_one_slice_further_is_no_reason_to_doubt() -> None:
    """An organ that ends abruptly, as vessels do: the many have it, not the one too far."""
    boxed = {"a": range(2, 11), **dict.fromkeys("bcd", range(2, 10))}
    said = [
        answers(name, {k: box(7, name) if k in slices else NOTHING for k in range(SHAPE[0])})
        for name, slices in boxed.items()
    ]
    assert slices_of(consensus(*said)) == [list(range(2, 10))]


def test_who_boxed_another_part_did_not_go_on() -> None:
    """Two on slices 2 to 7, one on 9 to 12 and absent before: nobody went on from there to here."""
    found = consensus(*(said_by(name, HALF) for name in "bc"), said_by("a", range(9, 13)))
    assert slices_of(found) == [list(HALF)]


def test_where_everybody_stopped_whoever_went_farthest_is_believed() -> None:
    found = consensus(said_by("a", range(2, 11)), said_by("b", HALF), said_by("c", range(2, 7)))
    assert slices_of(found) == [list(range(2, 11))]
    assert found.is_complete


def test_two_from_each_side_who_stopped_before_they_met_have_all_of_it() -> None:
    """Each pair says absent of what the other boxed, with boxes too large for an end."""
    lower = [said_by(name, range(2, 7)) for name in "ab"]
    upper = [said_by(name, range(9, 14)) for name in "cd"]
    assert slices_of(consensus(*lower, *upper)) == [list(WHOLE)]


def test_a_doubtful_absent_does_not_make_slices_seen() -> None:
    """b stopped at slice 7; a went on to 10, and nobody but b said anything of 11 to 15."""
    found = consensus(said_by("a", range(2, 11), absent=[0, 1]), said_by("b", HALF))
    assert found.is_seen.tolist() == [True] * 11 + [False] * 5


def test_a_lone_one_is_believed() -> None:
    """With nobody to differ there is nothing to doubt from; that is for the image to say."""
    found = consensus(said_by("a", HALF))
    assert slices_of(found) == [list(HALF)]
    assert found.is_complete
