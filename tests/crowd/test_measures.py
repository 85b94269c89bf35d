"""Reliability of annotators whose errors we made ourselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from manyhands.boxes.arithmetic import OUTWARD, from_array, iou, to_array
from manyhands.crowd import Said, find_consensus, measure_reliability
from manyhands.types import Answer, BoxArray, Origin, Reliability, State

SHAPE = (40, 100, 100)
SPACING = (3.0, 0.5, 2.0)
BOX = np.array([[20.0, 30.0, 60.0, 70.0]])
NOTHING = np.empty((0, 4))
START = datetime(2026, 1, 1, tzinfo=UTC)


def run(box: BoxArray = BOX, first: int = 8, last: int = 31) -> dict[int, BoxArray]:
    return {k: box if first <= k <= last else NOTHING for k in range(SHAPE[0])}


def answers(name: str, votes: Mapping[int, BoxArray], structure_id: int = 1) -> list[Answer]:
    return [
        Answer("v", structure_id, name, k, State.BOXES if len(b) else State.ABSENT,
               from_array(b, Origin.DRAWN), created_at=START)
        for k, b in votes.items()
    ]  # fmt: skip


def measure(*said: list[Answer]) -> dict[str, Reliability]:
    everything = Said([a for some in said for a in some], SHAPE, SPACING)
    return {r.annotator_id: r for r in measure_reliability([everything]) if r.structure_id is None}


def others() -> list[list[Answer]]:
    """Two who differ by a pixel, so that they are not taken for one."""
    return [answers("x", run(BOX - 0.5)), answers("y", run(BOX + 0.5))]


def test_who_does_as_the_others_is_right() -> None:
    found = measure(answers("a", run()), *others())["a"]
    assert found.sensitivity is not None
    assert found.specificity is not None
    assert found.agreement is not None
    assert found.sensitivity.estimate == found.specificity.estimate == 1
    assert found.sensitivity.low < 0.7  # 24 slices of one volume are not much
    assert found.agreement.estimate == 1
    assert found.n_slices == 40


def test_shares_are_counted_on_slices_that_were_seen() -> None:
    """Of 24 slices 6 are overlooked and 6 not answered: 12 of 18. Of 16 others 4 are boxed."""
    votes = run() | dict.fromkeys(range(8, 14), NOTHING) | dict.fromkeys(range(36, 40), BOX)
    seen = {k: b for k, b in votes.items() if not 26 <= k <= 31}
    found = measure(answers("a", seen), *others())["a"]
    assert found.sensitivity is not None
    assert found.specificity is not None
    assert found.sensitivity.estimate == pytest.approx(12 / 18)
    assert found.specificity.estimate == pytest.approx(12 / 16)
    assert found.n_slices == 34


def test_bias_is_outward_in_mm() -> None:
    """4 px of 0.5 mm up, 1 px of 2 mm to the left, 3 px of 0.5 mm down, 2 px of 2 mm inwards."""
    loose = run(BOX + OUTWARD * np.array([4.0, 1, 3, -2]))
    found = measure(answers("a", loose), *others())["a"]
    assert found.bias_mm is not None
    assert [edge.estimate for edge in found.bias_mm] == pytest.approx([2, 2, 1.5, -4])


def test_boxes_elsewhere_lower_the_agreement_and_leave_the_bias() -> None:
    votes = run() | dict.fromkeys(range(8, 14), np.array([[70.0, 75.0, 95.0, 99.0]]))
    found = measure(answers("a", votes), *others())["a"]
    assert found.agreement is not None
    assert found.bias_mm is not None
    assert found.agreement.estimate == pytest.approx(18 / 24)
    assert [edge.estimate for edge in found.bias_mm] == pytest.approx([0] * 4)


def test_copies_do_not_vouch_for_each_other() -> None:
    """Three accounts of one person who boxes elsewhere, and two who do it right."""
    wrong = run(BOX + np.array([0.0, 15, 0, 15]))
    found = measure(*(answers(n, wrong) for n in "abc"), *others())
    assert found["a"].agreement is not None
    assert found["a"].agreement.estimate < 0.6
    assert found["a"].agreement == found["c"].agreement


def test_who_clicks_anything_is_no_judge_of_others() -> None:
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 50, (40, 2))
    anything = np.hstack([low, low + rng.uniform(5, 45, (40, 2))])
    spam = answers("spam", {k: anything[[k]] for k in range(40)})
    found = measure(answers("a", run()), spam, *others())
    assert found["spam"].agreement is not None
    assert found["spam"].specificity is not None
    assert found["spam"].agreement.estimate < 0.3
    assert found["spam"].specificity.estimate == 0
    assert found["a"].agreement is not None
    assert found["a"].agreement.estimate > 0.98


def test_who_is_alone_is_compared_with_nobody() -> None:
    timed = [replace(a, active_s=float(k)) for k, a in enumerate(answers("a", run()))]
    found = measure(timed)["a"]
    assert found.bias_mm is None
    assert found.sensitivity is found.specificity is found.agreement is None
    assert found.seconds_per_slice is not None
    assert found.seconds_per_slice.estimate == 19.5
    assert found.n_slices == 40


def test_unsure_counts_as_answered_and_for_nothing() -> None:
    unsure = [Answer("v", 1, "a", k, State.UNSURE, created_at=START) for k in range(40)]
    found = measure(unsure, *others())["a"]
    assert found.sensitivity is found.specificity is None
    assert found.n_slices == 40


def test_repeats_are_answers_given_long_after() -> None:
    """Slices 0 to 7 still absent; 8 to 19 moved to half the overlap; corrections do not count."""
    moved = np.array([[20.0, 30.0, 60.0, 50.0]])
    first = answers("a", run())
    again = answers("a", {k: b for k, b in run(moved).items() if k < 20})
    later = [replace(a, created_at=START + timedelta(days=1)) for a in again]
    soon = [replace(a, created_at=START + timedelta(minutes=1)) for a in again]
    found = measure(first, later)["a"]
    assert found.repeatability is not None
    assert found.repeatability.estimate == pytest.approx((8 + 12 * 0.5) / 20)
    assert measure(first, soon)["a"].repeatability is None


def shaking(name: str, seed: int, *, without: range = range(0)) -> list[Answer]:
    rng = np.random.default_rng(seed)
    drawn = {k: b + rng.normal(0, 1.5, (len(b), 4)) for k, b in run().items()}
    return answers(name, {k: NOTHING if k in without else b for k, b in drawn.items()})


def test_it_is_what_comes_of_leaving_out_one_after_the_other() -> None:
    """The plain way: the consensus of the others, found anew for each, slice by slice."""
    rng = np.random.default_rng(9)
    low = rng.uniform(0, 40, (40, 2))
    anything = np.hstack([low, low + rng.uniform(5, 50, (40, 2))])
    crowd = {
        "a": shaking("a", 1),
        "b": shaking("b", 2, without=range(12, 15)),
        "c": shaking("c", 3, without=range(8, 10)),
        "spam": answers("spam", {k: anything[[k]] for k in range(40)}),
    }
    found = measure(*crowd.values())
    for name, own in crowd.items():
        others = [a for n in crowd if n not in (name, "spam") for a in crowd[n]]
        (track,) = find_consensus(
            others, stack_shape=SHAPE, stack_spacing_mm=SPACING, method="coordinate-median"
        ).tracks
        agreed = dict(zip(track.slice_indices.tolist(), track.boxes, strict=True))
        boxed = {a.slice_index: to_array(a.boxes) for a in own if a.boxes}
        both = sorted(boxed.keys() & agreed.keys())
        overlaps = [float(iou(boxed[k], agreed[k][None])[0]) for k in both]
        outward = [(boxed[k][0] - agreed[k]) * OUTWARD * [0.5, 2, 0.5, 2] for k, o
                   in zip(both, overlaps, strict=True) if o > 0.3]  # fmt: skip

        one = found[name]
        assert one.sensitivity is not None
        assert one.specificity is not None
        assert one.agreement is not None
        assert one.bias_mm is not None
        assert one.sensitivity.estimate == len(both) / len(agreed)
        assert one.specificity.estimate == 1 - len(boxed.keys() - agreed.keys()) / (
            40 - len(agreed)
        )
        assert one.agreement.estimate == pytest.approx(np.mean(overlaps), abs=1e-12)
        assert [edge.estimate for edge in one.bias_mm] == pytest.approx(np.mean(outward, axis=0))


def at_stride(said: list[Answer], last: int) -> list[Answer]:
    """What is left at a stride of 4: the asked slices, and the end with *absent* beside it."""
    return [a for a in said if a.slice_index % 4 == 0 or a.slice_index in (last, last + 1)]


def test_with_a_stride_others_say_what_they_say_for_label_volumes() -> None:
    """On slice 29, where one has a box, two say *absent*; three have boxes on 28 and 30 alone."""
    lasts = {"a": 29, "b": 28, "c": 28, "d": 30, "e": 30, "f": 30}
    crowd = {
        name: at_stride(answers(name, run(BOX + n * 0.25, last=last)), last)
        for n, (name, last) in enumerate(lasts.items())
    }
    everything = Said([a for said in crowd.values() for a in said], SHAPE, SPACING)
    (found,) = (
        r
        for r in measure_reliability([everything], stride=4)
        if (r.annotator_id, r.structure_id) == ("a", None)
    )
    (track,) = find_consensus(
        [a for name, said in crowd.items() if name != "a" for a in said],
        stack_shape=SHAPE,
        stack_spacing_mm=SPACING,
        stride=4,
        method="coordinate-median",
    ).tracks
    agreed = dict(zip(track.slice_indices.tolist(), track.boxes, strict=True))
    boxed = {a.slice_index: to_array(a.boxes) for a in crowd["a"] if a.boxes}
    assert agreed.keys() >= boxed.keys()
    overlaps = [float(iou(boxed[k], agreed[k][None])[0]) for k in sorted(boxed)]
    assert found.agreement is not None
    assert found.agreement.estimate == pytest.approx(np.mean(overlaps), abs=1e-12)
    assert found.specificity is not None
    assert found.specificity.estimate == 1


def test_each_structure_has_a_line_of_its_own() -> None:
    liver = Said(answers("a", run()) + answers("x", run(BOX + 1)), SHAPE, SPACING)
    spleen = Said(
        answers("a", run(first=12), 2) + answers("x", run(BOX + 1), 2), SHAPE, SPACING
    )  # fmt: skip
    found = measure_reliability([liver, spleen])
    assert [(r.annotator_id, r.structure_id) for r in found] == [
        ("a", None), ("a", 1), ("a", 2), ("x", None), ("x", 1), ("x", 2),
    ]  # fmt: skip
    everything, first, second = found[:3]
    assert first.sensitivity is not None
    assert second.sensitivity is not None
    assert everything.sensitivity is not None
    assert first.sensitivity.estimate == 1
    assert second.sensitivity.estimate == pytest.approx(20 / 24)
    assert everything.sensitivity.estimate == pytest.approx(44 / 48)
    assert everything.n_slices == 80


def test_nobody_has_no_reliability() -> None:
    assert measure_reliability([]) == ()
    assert measure_reliability([Said([], SHAPE, SPACING)]) == ()
