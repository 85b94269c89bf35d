"""The consensus on an organ that one can draw by hand, and on simulated annotators."""

from collections.abc import Iterable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manyhands.boxes.arithmetic import from_array, iou
from manyhands.crowd import METHODS, Bias, CrowdBias, find_consensus
from manyhands.errors import ConfigError
from manyhands.simulate import PROFILES, simulate_annotator, tight_boxes
from manyhands.types import Answer, BoxArray, Consensus, MaskStack, Origin, State

SHAPE = (12, 100, 100)
SPACING = (3.0, 1.0, 1.0)
ORGAN = np.array([[20.0, 30.0, 50.0, 70.0]])
ELSEWHERE = np.array([[70.0, 10.0, 90.0, 25.0]])
NOTHING = np.empty((0, 4))


def answers(
    annotator: str, votes: Mapping[int, BoxArray], unsure: Iterable[int] = ()
) -> list[Answer]:
    said = [
        Answer("v", 1, annotator, k, State.BOXES if len(b) else State.ABSENT,
               from_array(b, Origin.SIMULATED))
        for k, b in votes.items()
    ]  # fmt: skip
    return said + [Answer("v", 1, annotator, k, State.UNSURE) for k in unsure]


def everywhere(box: BoxArray, slices: Iterable[int] = range(3, 9)) -> dict[int, BoxArray]:
    """A box on these slices, *absent* on all others."""
    inside = set(slices)
    return {k: box if k in inside else NOTHING for k in range(SHAPE[0])}


def consensus(*said: list[Answer], stride: int = 1, method: str = "coordinate-median") -> Consensus:
    return find_consensus(
        [a for answers in said for a in answers],
        stack_shape=SHAPE, stack_spacing_mm=SPACING, stride=stride, method=method,
    )  # fmt: skip


def slices_of(found: Consensus) -> list[list[int]]:
    return [track.slice_indices.tolist() for track in found.tracks]


@pytest.mark.parametrize("method", METHODS)
class TestEveryMethod:
    """What holds for any member of the table."""

    def test_no_answers(self, method: str) -> None:
        found = consensus(method=method)
        assert found.tracks == ()
        assert not found.is_seen.any()
        assert found.presence.tolist() == [0] * SHAPE[0]
        assert found.weights == {}

    def test_only_absent(self, method: str) -> None:
        found = consensus(answers("a", everywhere(ORGAN, [])), method=method)
        assert found.tracks == ()
        assert found.is_complete
        assert (found.presence < 0.05).all()

    def test_only_unsure(self, method: str) -> None:
        found = consensus(answers("a", {}, unsure=range(12)), method=method)
        assert found.tracks == ()
        assert not found.is_seen.any()

    def test_one_annotator_gets_back_what_was_drawn(self, method: str) -> None:
        found = consensus(answers("a", everywhere(ORGAN)), method=method)
        (track,) = found.tracks
        assert track.slice_indices.tolist() == [3, 4, 5, 6, 7, 8]
        np.testing.assert_array_equal(track.boxes, np.repeat(ORGAN, 6, axis=0))
        assert track.is_drawn.all()
        assert (track.spread_px == 0).all()
        assert found.is_complete

    def test_one_slice(self, method: str) -> None:
        found = consensus(answers("a", {5: ORGAN}), answers("b", {5: ORGAN}), method=method)
        assert slices_of(found) == [[5]]
        assert found.is_seen.tolist() == [k == 5 for k in range(12)]

    def test_all_agree(self, method: str) -> None:
        found = consensus(*(answers(n, everywhere(ORGAN)) for n in "abc"), method=method)
        (track,) = found.tracks
        np.testing.assert_array_equal(track.boxes, np.repeat(ORGAN, 6, axis=0))
        assert (track.spread_px == 0).all()
        assert (found.presence[3:9] > 0.99).all()
        # Nobody can tell three who agree to the last digit from one with three accounts.
        assert found.weights == {name: pytest.approx(1 / 3) for name in "abc"}

    @settings(max_examples=30)
    @given(data=st.data())
    def test_neither_order_nor_names_matter(self, method: str, data: st.DataObject) -> None:
        edge = st.integers(0, 80)
        box = st.tuples(edge, edge, st.integers(3, 40), st.integers(3, 40)).map(
            lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]]
        )
        boxes = st.lists(box, max_size=2).map(lambda b: np.array(b, dtype=float).reshape(-1, 4))
        loose = st.integers(-4, 4).map(lambda d: ORGAN + np.array([-d, d, d, -d]))
        said = st.dictionaries(st.integers(0, 11), st.one_of(boxes, loose), max_size=12)
        crowd = data.draw(st.lists(said, min_size=1, max_size=4))
        names = data.draw(st.permutations("abcd"))
        first = consensus(*(answers(n, s) for n, s in zip("abcd", crowd, strict=False)),
                          method=method)  # fmt: skip
        renamed = [a for n, s in zip(names, crowd, strict=False) for a in answers(n, s)]
        second = consensus(data.draw(st.permutations(renamed)), method=method)
        _assert_same(first, second)
        for before, after in zip("abcd", names, strict=False):
            assert first.weights.get(before) == pytest.approx(second.weights.get(after))


def _assert_same(first: Consensus, second: Consensus) -> None:
    assert slices_of(first) == slices_of(second)
    for one, other in zip(first.tracks, second.tracks, strict=True):
        np.testing.assert_allclose(one.boxes, other.boxes)
        np.testing.assert_allclose(one.spread_px, other.spread_px)
    np.testing.assert_allclose(first.presence, second.presence, atol=1e-9)
    np.testing.assert_array_equal(first.is_seen, second.is_seen)


def test_each_edge_is_the_median() -> None:
    moved = [ORGAN + np.array(by) for by in ([-2, 0, 1, 3], [0, 0, 0, 0], [4, -1, 0, 9])]
    found = consensus(*(answers(n, everywhere(b)) for n, b in zip("abc", moved, strict=True)))
    (track,) = found.tracks
    np.testing.assert_array_equal(track.boxes[0], ORGAN[0] + np.array([0, 0, 0, 3]))


def test_the_spread_is_that_between_annotators() -> None:
    """Column edges of three annotators at -3, 0, 3: pairs differ by 3, 3, 6, so the median is 3."""
    shifts = [np.array([[0, d, 0, d]]) for d in (-3, 0, 3)]
    found = consensus(
        *(answers(n, everywhere(ORGAN + d)) for n, d in zip("abc", shifts, strict=True))
    )
    expected = 1.4826 / np.sqrt(2) * 3
    np.testing.assert_allclose(found.tracks[0].spread_px[0], [0, expected, 0, expected])


def test_a_lone_annotator_who_shakes_gets_the_spread_of_his_own_track() -> None:
    rng = np.random.default_rng(0)
    shape, n = (40, 100, 100), 40
    boxes = np.repeat(ORGAN, n, axis=0) + rng.normal(0, 4, (n, 4))
    found = find_consensus(
        answers("a", {k: boxes[[k]] for k in range(n)}),
        stack_shape=shape, stack_spacing_mm=(1.0, 1.0, 1.0),
    )  # fmt: skip
    assert (found.tracks[0].spread_px > 2).all()
    assert np.abs(found.tracks[0].boxes - ORGAN).mean() < 0.5 * np.abs(boxes - ORGAN).mean()


def test_a_box_on_a_wrong_organ_is_left_out() -> None:
    wrong = everywhere(ORGAN) | {5: ELSEWHERE}
    found = consensus(answers("a", wrong), answers("b", everywhere(ORGAN)))
    (track,) = found.tracks
    np.testing.assert_array_equal(track.boxes, np.repeat(ORGAN, 6, axis=0))


def test_a_lone_annotators_wrong_box_is_bridged() -> None:
    found = consensus(answers("a", everywhere(ORGAN) | {5: ELSEWHERE}))
    (track,) = found.tracks
    np.testing.assert_array_equal(track.boxes, np.repeat(ORGAN, 6, axis=0))
    assert track.is_drawn.tolist() == [True, True, False, True, True, True]


def test_a_lone_annotator_who_goes_on_elsewhere_is_not_followed() -> None:
    """Slices 3 to 6 lie in one place, 7 to 9 in quite another: of these nothing is known."""
    said = everywhere(ORGAN, range(3, 7)) | dict.fromkeys((7, 8, 9), ELSEWHERE)
    found = consensus(answers("a", said))
    (track,) = found.tracks
    assert track.slice_indices.tolist() == [3, 4, 5, 6]
    assert found.is_seen.tolist() == [not 7 <= k <= 9 for k in range(12)]


def test_a_lone_annotator_who_comes_back_is_bridged() -> None:
    said = everywhere(ORGAN, (3, 4, 5, 8)) | dict.fromkeys((6, 7), ELSEWHERE)
    found = consensus(answers("a", said))
    (track,) = found.tracks
    np.testing.assert_array_equal(track.boxes, np.repeat(ORGAN, 6, axis=0))
    assert track.is_drawn.tolist() == [True, True, True, False, False, True]
    assert found.is_complete


def test_a_lone_annotator_may_box_two_pieces_side_by_side() -> None:
    both = np.concatenate([ORGAN, ELSEWHERE])
    said = everywhere(ORGAN, range(3, 7)) | {6: both} | dict.fromkeys((7, 8), ELSEWHERE)
    found = consensus(answers("a", said))
    assert slices_of(found) == [[3, 4, 5, 6], [6, 7, 8]]


def test_the_small_end_of_an_organ_is_no_outlier() -> None:
    tip = np.array([[33.0, 45.0, 40.0, 52.0]])
    said = everywhere(ORGAN) | {9: tip}
    found = consensus(answers("a", said), answers("b", said | {9: NOTHING}))
    assert slices_of(found) == [[3, 4, 5, 6, 7, 8, 9]]
    np.testing.assert_array_equal(found.tracks[0].boxes[-1], tip[0])


@pytest.mark.parametrize("method", ["inner-quantile", "coordinate-median"])
def test_a_slip_in_the_middle_is_left_out_where_two_others_agree(method: str) -> None:
    """A box of one voxel, inside of the organ, is not its end."""
    slip = np.array([[33.0, 45.0, 34.0, 46.0]])
    found = consensus(
        answers("a", everywhere(ORGAN)),
        answers("b", everywhere(ORGAN + 2)),  # the same boxes would be one person's
        answers("c", everywhere(ORGAN + 1) | {6: slip}),
        method=method,
    )
    np.testing.assert_allclose(found.tracks[0].boxes[3], ORGAN[0] + 1, atol=1)


def test_who_clicks_anything_gets_no_say() -> None:
    rng = np.random.default_rng(3)
    low = rng.uniform(0, 50, (12, 2))
    anything = np.concatenate([low, low + rng.uniform(10, 45, (12, 2))], axis=1)
    found = consensus(
        *(answers(n, everywhere(ORGAN + d)) for n, d in zip("abc", (0, 1, -1), strict=True)),
        answers("spam", {k: anything[[k]] for k in range(12)}),
    )
    assert found.weights["spam"] == 0
    assert all(found.weights[name] > 0.85 for name in "abc")
    assert slices_of(found) == [[3, 4, 5, 6, 7, 8]]
    np.testing.assert_array_equal(found.tracks[0].boxes, np.repeat(ORGAN, 6, axis=0))


def test_who_clicks_anything_vouches_for_nothing() -> None:
    """Beyond slice 6 only the spammer answered."""
    rng = np.random.default_rng(3)
    low = rng.uniform(0, 50, (12, 2))
    anything = np.concatenate([low, low + rng.uniform(10, 45, (12, 2))], axis=1)
    seen = {k: box for k, box in everywhere(ORGAN).items() if k <= 6}
    found = consensus(
        *(answers(n, seen | {5: ORGAN + d}) for n, d in zip("abc", (0, 1, -1), strict=True)),
        answers("spam", {k: anything[[k]] for k in range(12)}),
    )
    assert found.weights["spam"] == 0
    assert found.is_seen.tolist() == [k <= 6 for k in range(12)]


def test_copies_of_one_annotator_do_not_outvote_two_others() -> None:
    """Four accounts of one person say what two people deny; each alone would be believed."""
    wrong = everywhere(ORGAN, range(8, 12))
    right = [everywhere(ORGAN + d, range(3)) for d in (0, 1)]
    copies = consensus(
        *(answers(f"copy{n}", wrong) for n in range(4)),
        *(answers(n, said) for n, said in zip("ab", right, strict=True)),
    )
    assert slices_of(copies) == [[0, 1, 2]]
    assert len({copies.weights[f"copy{n}"] for n in range(4)}) == 1


def test_pieces_stay_apart() -> None:
    both = everywhere(np.concatenate([ORGAN, ELSEWHERE]), range(5, 9)) | {3: ORGAN, 4: ORGAN}
    found = consensus(answers("a", both), answers("b", both))
    assert slices_of(found) == [[3, 4, 5, 6, 7, 8], [5, 6, 7, 8]]
    np.testing.assert_array_equal(found.tracks[1].boxes[0], ELSEWHERE[0])


def test_one_who_stopped_does_not_cut_the_organ() -> None:
    """Whether the rest was left unanswered or called absent."""
    whole, half = everywhere(ORGAN), everywhere(ORGAN, range(3, 6))
    left = {k: box for k, box in half.items() if k < 6}
    assert slices_of(consensus(answers("a", whole), answers("b", left))) == [[3, 4, 5, 6, 7, 8]]
    assert slices_of(consensus(answers("a", whole), answers("b", half))) == [[3, 4, 5, 6, 7, 8]]


def test_slices_between_are_interpolated_and_seen_within_the_stride() -> None:
    every_third = {k: ORGAN + k for k in (0, 3, 6)} | {9: NOTHING}
    found = consensus(answers("a", every_third), stride=3)
    (track,) = found.tracks
    np.testing.assert_allclose(track.boxes[:, 0], ORGAN[0, 0] + np.arange(7))
    assert track.is_drawn.tolist() == [k % 3 == 0 for k in range(7)]
    assert found.is_complete
    assert consensus(answers("a", every_third), stride=2).is_seen.tolist() == [
        k in (0, 3, 6, 9, 10, 11) for k in range(12)
    ]


def test_beyond_an_absent_slice_all_is_seen_and_beyond_a_box_nothing() -> None:
    found = consensus(answers("a", {4: ORGAN, 5: ORGAN, 6: ORGAN, 7: NOTHING}))
    assert found.is_seen.tolist() == [k >= 4 for k in range(12)]
    assert not found.is_complete
    assert (found.presence[:4] == 0).all()


def test_of_two_who_never_agree_the_one_with_more_boxes_is_followed() -> None:
    """Nobody can tell who is right; but there is something, and it is in one place."""
    found = consensus(
        answers("a", everywhere(ORGAN)), answers("b", everywhere(ELSEWHERE, range(4, 8)))
    )
    assert slices_of(found) == [[3, 4, 5, 6, 7, 8]]
    np.testing.assert_array_equal(found.tracks[0].boxes[0], ORGAN[0])


def test_boxes_stay_in_the_picture() -> None:
    rng = np.random.default_rng(1)
    n = 60
    shaking = np.clip(np.array([0.0, 0.0, 50.0, 95.0]) + rng.normal(0, 6, (n, 4)), 0, 100)
    found = find_consensus(
        answers("a", {k: shaking[[k]] for k in range(n)}),
        stack_shape=(n, 100, 100),
        stack_spacing_mm=(1.0, 1.0, 1.0),
    )
    (track,) = found.tracks
    assert not np.array_equal(track.boxes, shaking)
    assert track.boxes.min() >= 0
    assert track.boxes.max() <= 100


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(
        ConfigError, match="'mean': known are coordinate-median, em, inner-quantile"
    ):
        consensus(method="mean")


@pytest.fixture(scope="module")
def organs() -> dict[int, MaskStack]:
    """Two ellipsoids of 24 slices of 3 mm, 90 and 40 mm across."""
    k, row, column = np.ogrid[0:32, 0:128, 0:160]
    large = ((k - 16) / 12) ** 2 + ((row - 60) / 30) ** 2 + ((column - 50) / 28) ** 2 < 1
    small = ((k - 15) / 9) ** 2 + ((row - 70) / 13) ** 2 + ((column - 120) / 13) ** 2 < 1
    return {1: large, 2: small}


@pytest.mark.parametrize("seed", range(3))
def test_four_together_are_better_than_each_alone(organs: dict[int, MaskStack], seed: int) -> None:
    """Mean box IoU over all slices where either has a box; in the mean over the organs."""
    spacing = (3.0, 1.5, 1.5)
    crowd = [
        simulate_annotator(
            organs, {1: "liver", 2: "spleen"}, stack_spacing_mm=spacing,
            profile=PROFILES[name], rng=np.random.default_rng([seed, n]),
        )
        for n, name in enumerate(("paper", "paper", "paper", "poor"))
    ]  # fmt: skip
    together, alone = [], np.zeros((4, 2))
    for structure_id, mask in organs.items():
        tight = tight_boxes(mask)
        found = find_consensus(
            [a for n, said in enumerate(crowd) for a in answers(str(n), said[structure_id])],
            stack_shape=(32, 128, 160), stack_spacing_mm=spacing,
        )  # fmt: skip
        boxes = {
            int(k): box
            for t in found.tracks
            for k, box in zip(t.slice_indices, t.boxes, strict=True)
        }
        together.append(_mean_iou(boxes, tight))
        for n, said in enumerate(crowd):
            own = {k: box[0] for k, box in said[structure_id].items() if len(box)}
            alone[n, structure_id - 1] = _mean_iou(own, tight)
    assert np.mean(together) > alone.mean(axis=1).max()
    assert np.mean(together) > alone.mean() + 0.1


def _mean_iou(boxes: Mapping[int, np.ndarray], tight: BoxArray) -> float:
    overlaps = []
    for k, truth in enumerate(tight):
        if np.isfinite(truth[0]) or k in boxes:
            both = k in boxes and np.isfinite(truth[0])
            overlaps.append(float(iou(boxes[k][None], truth[None])[0]) if both else 0.0)
    return float(np.mean(overlaps))


def test_only_edges_that_were_moved_inwards_leave_a_margin() -> None:
    """By the model always, by other methods where the annotators' bias was taken off."""
    said = [answers(name, everywhere(ORGAN + shift)) for name, shift in (("a", 0), ("b", 1))]
    bias = CrowdBias(Bias(np.full(4, 2.0), np.zeros(2)))
    margins = {}
    for method in METHODS:
        for known in (None, bias):
            found = find_consensus(
                [a for some in said for a in some],
                stack_shape=SHAPE, stack_spacing_mm=SPACING, method=method, bias=known,
            )  # fmt: skip
            margins[method, known is not None] = [track.margin for track in found.tracks]
    assert margins == {
        ("coordinate-median", False): [0], ("coordinate-median", True): [1],
        ("inner-quantile", False): [0], ("inner-quantile", True): [1],
        ("em", False): [1], ("em", True): [1],
    }  # fmt: skip


def test_what_gold_took_off_is_only_known_to_three_millimetres() -> None:
    """Two who agree to the pixel: rows of 1 mm and columns of 2 mm."""
    said = [answers(name, everywhere(ORGAN)) for name in "ab"]
    found = find_consensus(
        [a for some in said for a in some],
        stack_shape=SHAPE, stack_spacing_mm=(3.0, 1.0, 2.0),
        bias=CrowdBias(Bias(np.full(4, 2.0), np.zeros(2))),
    )  # fmt: skip
    np.testing.assert_allclose(found.tracks[0].spread_px[0], [3, 1.5, 3, 1.5])
