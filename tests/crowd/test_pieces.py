"""Joining what different annotators drew of the same piece."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from manyhands.crowd.ballots import Ballots
from manyhands.crowd.pieces import Piece, find_pieces
from manyhands.types import BoxArray

LEFT = np.array([[10.0, 10.0, 30.0, 30.0]])
RIGHT = np.array([[10.0, 60.0, 30.0, 80.0]])
BOTH = np.concatenate([LEFT, RIGHT])


def ballots(*votes: dict[int, BoxArray]) -> Ballots:
    return Ballots(dict(zip("abcd", votes, strict=False)), n_slices=20)


def on(slices: range, boxes: BoxArray) -> dict[int, BoxArray]:
    return dict.fromkeys(slices, boxes)


def sizes(*votes: dict[int, BoxArray], reach: int = 3) -> list[int]:
    pieces = find_pieces(ballots(*votes), reach=reach)
    return sorted((len(piece.slices) for piece in pieces), reverse=True)


def test_boxes_that_overlap_are_one_piece() -> None:
    assert sizes(on(range(5), LEFT), on(range(2, 9), LEFT + 3), on(range(3), LEFT - 2)) == [15]


def test_pieces_side_by_side_are_two() -> None:
    assert sizes(on(range(5), BOTH), on(range(4), BOTH)) == [9, 9]
    assert sizes(on(range(5), BOTH), on(range(4), RIGHT)) == [9, 5]


def test_a_box_elsewhere_is_a_piece_of_its_own() -> None:
    wrong = on(range(5), LEFT) | {2: RIGHT}
    assert sizes(wrong, on(range(5), LEFT)) == [9, 1]


def test_runs_far_apart_are_one_piece_if_their_ends_overlap() -> None:
    assert sizes(on(range(3), LEFT), on(range(15, 18), LEFT), reach=2) == [6]
    assert sizes(on(range(3), LEFT), on(range(15, 18), RIGHT), reach=2) == [3, 3]


def test_two_boxes_of_one_annotator_on_a_slice_never_join() -> None:
    nested = np.concatenate([LEFT, LEFT + np.array([2, 2, -2, -2])])
    assert sizes(on(range(4), nested)) == [4, 4]


def test_no_boxes_make_no_pieces() -> None:
    assert find_pieces(ballots(), reach=3) == ()
    assert find_pieces(ballots(on(range(5), LEFT[:0])), reach=3) == ()


def test_the_local_median_looks_as_far_as_it_may() -> None:
    moving = {k: LEFT + 2 * k for k in (0, 1, 2, 8)}
    (piece,) = find_pieces(ballots(moving), reach=1)
    medians = piece.local_medians(1)
    assert sorted(medians) == [-1, 0, 1, 2, 3, 7, 8, 9]
    assert [medians[k][0] for k in (0, 1, 2, 8)] == [11, 12, 13, 26]


def test_pairs_are_of_two_annotators_on_one_slice() -> None:
    (piece,) = find_pieces(
        ballots(on(range(3), LEFT), on(range(1, 3), LEFT), on(range(2, 4), LEFT)), reach=1
    )
    first, second = piece.pairs()
    pairs = {
        (int(piece.slices[i]), *sorted((int(piece.annotators[i]), int(piece.annotators[j]))))
        for i, j in zip(first, second, strict=True)
    }
    assert pairs == {(1, 0, 1), (2, 0, 1), (2, 0, 2), (2, 1, 2)}
    assert len(first) == 4


@given(
    st.dictionaries(
        st.tuples(st.integers(3, 12), st.integers(0, 3)), st.integers(0, 50), min_size=1
    ),
    st.integers(1, 4),
)
def test_local_medians_are_those_of_all_boxes_near(
    drawn: dict[tuple[int, int], int], reach: int
) -> None:
    """Slice by slice with numpy's median."""
    slices, who = (np.array(numbers) for numbers in zip(*drawn, strict=True))
    boxes = np.array([[e, 2 * e, e + 5, 3 * e + 9] for e in drawn.values()], dtype=np.float64)
    expected = {
        k: np.median(boxes[np.abs(slices - k) <= reach], axis=0)
        for k in range(-9, 30)
        if (np.abs(slices - k) <= reach).any()
    }
    found = Piece(boxes, slices, who).local_medians(reach)
    assert found.keys() == expected.keys()
    for k, median in expected.items():
        np.testing.assert_array_equal(found[k], median)
