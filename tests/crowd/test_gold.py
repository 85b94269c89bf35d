"""What is learned from volumes of which the truth is known, on errors that we made ourselves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from manyhands.boxes.arithmetic import OUTWARD, from_array, iou
from manyhands.crowd import METHODS, Gold, find_consensus, gold_boxes, learn_bias
from manyhands.crowd.ballots import Ballots
from manyhands.crowd.bias import Bias, CrowdBias, measure_errors, shrink, take_off
from manyhands.errors import MethodError
from manyhands.simulate import PROFILES, simulate_annotator, tight_boxes
from manyhands.types import Answer, BoxArray, MaskStack, Origin, Place, State

SHAPE = (12, 100, 100)
SPACING = (3.0, 0.5, 2.0)
TRUE = np.array([[20.0, 30.0, 60.0, 70.0]])
NOTHING = np.empty((0, 4))
ELSEWHERE = np.array([[70.0, 75.0, 95.0, 99.0]])


def run(box: BoxArray, first: int = 3, last: int = 8) -> dict[int, BoxArray]:
    return {k: box if first <= k <= last else NOTHING for k in range(SHAPE[0])}


def gold(volume: str = "v", boxes: Mapping[int, BoxArray] | None = None) -> Gold:
    return Gold(volume, 1, boxes or run(TRUE), SHAPE, SPACING, Place(volume, "liver"))


def said(annotator: str, votes: Mapping[int, BoxArray], volume: str = "v") -> list[Answer]:
    return [
        Answer(volume, 1, annotator, k, State.BOXES if len(b) else State.ABSENT,
               from_array(b, Origin.DRAWN))
        for k, b in votes.items()
    ]  # fmt: skip


def test_gold_of_a_mask_is_its_tight_boxes() -> None:
    mask = np.zeros((2, 9, 9), dtype=np.bool_)
    mask[1, 2:5, 3:8] = True
    boxes = gold_boxes(mask)
    assert boxes[0].shape == (0, 4)
    np.testing.assert_array_equal(boxes[1], [[2, 3, 5, 8]])


def test_errors_are_outward_in_mm() -> None:
    """Rows are 0.5 mm, columns 2 mm, slices 3 mm: by hand."""
    drawn = run(TRUE + np.array([-4.0, -1, 2, -3]), first=2, last=7)
    errors = measure_errors(run(TRUE), drawn, SPACING)
    assert errors is not None
    np.testing.assert_allclose(errors, [2, 2, 1, -6, 3, -3])


def test_ends_that_nobody_showed_are_not_known() -> None:
    stopped = {k: box for k, box in run(TRUE, last=6).items() if k <= 6}
    errors = measure_errors(run(TRUE), stopped, SPACING)
    assert errors is not None
    np.testing.assert_array_equal(np.isnan(errors), [False] * 5 + [True])


def test_a_structure_that_touches_the_last_slice_has_no_end() -> None:
    touching = run(TRUE, last=11)
    errors = measure_errors(touching, touching, SPACING)
    assert errors is not None
    np.testing.assert_array_equal(np.isnan(errors), [False] * 5 + [True])


def test_boxes_on_something_else_show_no_bias() -> None:
    assert measure_errors(run(TRUE), run(ELSEWHERE), SPACING) is None
    assert measure_errors(run(TRUE), run(NOTHING), SPACING) is None


def test_without_gold_or_answers_nothing_is_learned() -> None:
    assert learn_bias([], said("a", run(TRUE))) == ({}, ())
    assert learn_bias([gold()], []) == ({}, ())
    assert learn_bias([gold()], said("a", run(TRUE), volume="other")) == ({}, ())


def errors(*edges: float) -> list[Mapping[str, np.ndarray]]:
    """One volume; annotators a, b, ... with this error on all edges and ends."""
    return [{name: np.full(6, e) for name, e in zip("abcdef", edges, strict=False)}]


def believed(volumes: int) -> float:
    """The share of what so many volumes show: usual 5.9 mm, from volume to volume 3 mm."""
    return volumes / (volumes + 9 / 5.9**2)


def test_people_who_hardly_differ_have_the_crowds_bias() -> None:
    bias = shrink(errors(5.0, 6.0, 7.0))
    assert bias is not None
    for name in "abc":
        np.testing.assert_allclose(bias.of(name).edges_mm, 6 * believed(1))
        np.testing.assert_allclose(bias.of(name).ends_mm, 6)


def test_the_more_volumes_the_more_is_believed_of_them() -> None:
    """Of one volume four fifths, of eight nearly all."""
    of_one, of_eight = (shrink(errors(10.0, 10.0) * n) for n in (1, 8))
    assert of_one is not None
    assert of_eight is not None
    np.testing.assert_allclose(of_one.crowd.edges_mm, 7.9, atol=0.1)
    np.testing.assert_allclose(of_eight.crowd.edges_mm, 9.7, atol=0.1)


def test_people_who_differ_clearly_keep_most_of_their_own() -> None:
    bias = shrink(errors(0.0, 20.0) * 4)
    assert bias is not None
    assert bias.of("a").edges_mm.max() < 1
    assert bias.of("b").edges_mm.min() > 0.95 * 20 * believed(4)
    np.testing.assert_allclose(bias.of("stranger").edges_mm, 10 * believed(4))


def test_one_who_clicks_anything_is_not_learned_from() -> None:
    """A box in three meets the structure by chance; that says nothing about its edges."""
    guesses = {k: TRUE + 9 if k % 3 == 0 else ELSEWHERE for k in range(3, 9)}
    crowd = [*said("a", run(TRUE + 2 * OUTWARD)), *said("spam", guesses)]
    bias, _ = learn_bias([gold()], crowd)
    assert list(bias[1].annotators) == ["a"]


def test_what_is_taken_off_is_what_was_learned() -> None:
    bias = CrowdBias(Bias(np.array([2.0, 2, 1, -6]), np.zeros(2)))
    drawn = Ballots({"a": {0: TRUE + np.array([-4.0, -1, 2, -3])}}, 1)
    np.testing.assert_allclose(take_off(drawn, bias, SPACING).votes["a"][0], TRUE)


def test_a_box_smaller_than_its_bias_keeps_a_part() -> None:
    bias = CrowdBias(Bias(np.full(4, 50.0), np.zeros(2)))
    taken = take_off(Ballots({"a": {0: TRUE, 1: NOTHING}}, 2), bias, SPACING)
    np.testing.assert_allclose(taken.votes["a"][0], [[34, 44, 46, 56]])
    assert taken.votes["a"][1].shape == (0, 4)


@pytest.mark.parametrize("method", METHODS)
def test_a_bias_that_all_share_is_gone_with_gold(method: str) -> None:
    """No agreement could show it: all three draw the same 5 px too far on every side, always."""
    loose = [run(TRUE + OUTWARD * by) for by in (4.0, 5.0, 6.0)]
    known = [f"gold{n}" for n in range(6)]
    on_gold = [
        a for g in known for n, v in zip("abc", loose, strict=True) for a in said(n, v, volume=g)
    ]
    bias, findings = learn_bias([gold(g) for g in known], on_gold)
    assert findings == ()
    answers = [a for n, v in zip("abc", loose, strict=True) for a in said(n, v, volume="w")]
    place = {"stack_shape": SHAPE, "stack_spacing_mm": SPACING}
    with_gold = find_consensus(answers, **place, method=method, bias=bias[1])  # type: ignore[arg-type]
    np.testing.assert_allclose(with_gold.tracks[0].boxes, np.repeat(TRUE, 6, axis=0), atol=0.5)


def test_a_third_reference_does_not_settle_what_two_contradict() -> None:
    """The box of the third would be the only one of which anything is learned."""
    two = [gold(boxes={5: TRUE}), gold(boxes={5: ELSEWHERE})]
    loose = said("a", run(TRUE + 2 * OUTWARD))
    bias, findings = learn_bias([*two, gold(boxes={5: TRUE})], loose)
    assert [finding.code for finding in findings] == ["gold-contradicts-itself"]
    assert bias == {}


def test_gold_that_contradicts_itself_is_left_out_and_named() -> None:
    two = [gold(), gold(boxes={5: ELSEWHERE, 6: TRUE + 1, 7: NOTHING})]
    loose = said("a", run(TRUE + 2 * OUTWARD))
    bias, (finding,) = learn_bias(two, loose)
    assert finding.code == "gold-contradicts-itself"
    assert finding.place == Place("v", "liver", (5, 7))
    np.testing.assert_allclose(bias[1].crowd.edges_mm, np.array([1, 4, 1, 4]) * believed(1))


def test_gold_that_all_contradict_is_left_out_and_named() -> None:
    """The reference was laid over the wrong organ on two slices."""
    wrong = run(TRUE) | {4: ELSEWHERE, 5: ELSEWHERE}
    crowd = [a for n in "ab" for a in said(n, run(TRUE))]
    bias, (finding,) = learn_bias([gold(boxes=wrong)], crowd)
    assert finding.code == "gold-contradicts-crowd"
    assert finding.place.slices == (4, 5)
    np.testing.assert_allclose(bias[1].crowd.edges_mm, 0)
    assert learn_bias([gold(boxes=wrong)], said("a", run(TRUE)))[1] == ()


def test_gold_of_two_shapes_is_refused() -> None:
    other = Gold("v", 1, run(TRUE), (12, 50, 50), SPACING)
    with pytest.raises(MethodError, match="one shape"):
        learn_bias([gold(), other], [])


def organ(centre: tuple[float, float, float]) -> MaskStack:
    k, row, column = np.ogrid[0:30, 0:128, 0:128]
    z, y, x = centre
    return np.asarray(((k - z) / 9) ** 2 + ((row - y) / 16) ** 2 + ((column - x) / 15) ** 2 < 1)


@pytest.mark.parametrize("seed", range(3))
def test_gold_of_one_volume_makes_boxes_of_a_loose_crowd_better(seed: int) -> None:
    """Left kidneys, the loosest of all: 5 to 13 mm outside; mean IoU over slices with a box."""
    spacing = (3.0, 1.5, 1.5)
    masks = {"gold": organ((14, 60, 60)), "other": organ((16, 70, 50))}
    answers = {
        volume: [
            answer
            for n in range(4)
            for answer in said(str(n), simulate_annotator(
                {1: mask}, {1: "kidney_left"}, stack_spacing_mm=spacing,
                profile=PROFILES["paper"], rng=np.random.default_rng([seed, n, len(volume)]),
            )[1], volume)
        ]
        for volume, mask in masks.items()
    }  # fmt: skip
    known = Gold("gold", 1, gold_boxes(masks["gold"]), (30, 128, 128), spacing)
    bias, _ = learn_bias([known], answers["gold"])
    truth = tight_boxes(masks["other"])
    overlap = {}
    for name, of_crowd in (("without", None), ("with", bias[1])):
        found = find_consensus(
            answers["other"], stack_shape=(30, 128, 128), stack_spacing_mm=spacing,
            method="em", bias=of_crowd,
        )  # fmt: skip
        (track,) = found.tracks
        overlap[name] = iou(track.boxes, truth[track.slice_indices]).mean()
    assert overlap["with"] > overlap["without"] + 0.03
