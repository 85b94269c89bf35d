"""Linking boxes to tracks and filling gaps, on worlds of a few boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyhands.boxes.arithmetic import no_boxes
from manyhands.boxes.tracks import interpolate, link, make_track
from manyhands.types import BoxArray, Track


def boxes(*rows: tuple[float, float, float, float]) -> BoxArray:
    return np.array(rows, dtype=np.float64)


def drifting(n: int, row: float, column: float) -> dict[int, BoxArray]:
    """A 10 x 10 box that steps one voxel down per slice."""
    return {k: boxes((row + k, column, row + k + 10, column + 10)) for k in range(n)}


def same(first: Track, second: Track) -> bool:
    return all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for name in ("slice_indices", "boxes", "is_drawn", "spread_px")
    )


def test_one_box_per_slice_is_one_track() -> None:
    (track,) = link(drifting(5, 20, 30))
    assert track.slice_indices.tolist() == [0, 1, 2, 3, 4]
    assert track.boxes[:, 0].tolist() == [20, 21, 22, 23, 24]
    assert track.is_drawn.all()


def test_two_pieces_stay_apart_in_whatever_order_they_are_given() -> None:
    left, right = drifting(4, 20, 0), drifting(4, 20, 60)
    mixed = {k: np.concatenate([left[k], right[k]][:: 1 if k % 2 else -1]) for k in range(4)}
    tracks = link(mixed)
    assert [t.boxes[:, 1].tolist() for t in tracks] == [[0, 0, 0, 0], [60, 60, 60, 60]]


def test_the_assignment_is_the_best_for_all_and_not_greedy() -> None:
    """The upper box overlaps the lower's successor most, yet each must follow its own."""
    tracks = link(
        {0: boxes((0, 0, 10, 10), (8, 0, 18, 10)), 1: boxes((6, 0, 16, 10), (14, 0, 24, 10))}
    )
    assert [t.boxes[:, 0].tolist() for t in tracks] == [[0, 6], [8, 14]]


def test_a_gap_is_bridged_unless_it_is_longer_than_allowed() -> None:
    seen = {k: box for k, box in drifting(6, 20, 30).items() if k not in (2, 3)}
    assert [len(t) for t in link(seen)] == [4]
    assert [len(t) for t in link(seen, max_gap=2)] == [4]
    assert [len(t) for t in link(seen, max_gap=1)] == [2, 2]


def test_a_box_far_away_begins_a_track_of_its_own() -> None:
    seen = drifting(3, 20, 30)
    seen[1] = boxes((200, 200, 210, 210))
    tracks = link(seen)
    assert [t.slice_indices.tolist() for t in tracks] == [[0, 2], [1]]


def test_a_small_piece_may_step_aside_without_overlap() -> None:
    assert len(link({0: boxes((0, 0, 4, 4)), 1: boxes((0, 4.5, 4, 8.5))})) == 2
    assert len(link({0: boxes((0, 0, 4, 4)), 1: boxes((0, 3.9, 4, 6))})) == 1
    assert len(link({0: boxes((0, 0, 8, 1)), 1: boxes((0, 2, 8, 3))})) == 1


def test_no_boxes_make_no_tracks() -> None:
    assert link({}) == ()
    assert link({3: no_boxes()}) == ()
    (track,) = link({0: boxes((0, 0, 4, 4)), 1: no_boxes(), 2: boxes((0, 0, 4, 4))})
    assert track.slice_indices.tolist() == [0, 2]


@given(st.permutations(range(7)))
def test_the_order_in_which_slices_are_given_does_not_matter(order: list[int]) -> None:
    seen = {k: np.concatenate([a, drifting(7, 70, 90)[k]]) for k, a in drifting(7, 5, 5).items()}
    expected = link(seen)
    found = link({k: seen[k] for k in order})
    assert all(same(a, b) for a, b in zip(expected, found, strict=True))


def test_interpolation_is_linear_and_marked() -> None:
    track = interpolate(
        make_track([2, 6], [(0, 0, 10, 10), (4, 8, 10, 30)], spread_px=[[0] * 4, [4] * 4])
    )
    assert track.slice_indices.tolist() == [2, 3, 4, 5, 6]
    assert track.boxes[1].tolist() == [1, 2, 10, 15]
    assert track.is_drawn.tolist() == [True, False, False, False, True]
    assert track.spread_px[:, 0].tolist() == [0, 1, 2, 3, 4]


def test_interpolating_twice_is_interpolating_once() -> None:
    once = interpolate(make_track([0, 1, 5], [(0, 0, 9, 9), (1, 1, 9, 9), (3, 3, 8, 7)]))
    assert same(once, interpolate(once))


@pytest.mark.parametrize("n", [0, 1])
def test_a_track_of_no_or_one_slice_has_nothing_to_fill(n: int) -> None:
    track = make_track(range(n), [(0, 0, 1, 1)] * n)
    assert same(interpolate(track), track)


@pytest.mark.parametrize(
    ("slices", "rows", "message"),
    [
        ([0, 0], [(0, 0, 1, 1)] * 2, r"increase strictly, found \[0, 0\]"),
        ([0], [(0, 0, 1, 1)] * 2, "2 boxes on 1 slices"),
        ([4], [(0, 0, 0, 1)], "on slice 4 is not valid"),
    ],
)
def test_what_is_not_a_track_is_refused(
    slices: list[int], rows: list[tuple[float, ...]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make_track(slices, rows)
