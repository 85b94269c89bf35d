from __future__ import annotations

import numpy as np
import pytest

from manyhands.boxes.arithmetic import no_boxes
from manyhands.config import Asking
from manyhands.phantom import NAMES, make_phantom
from manyhands.pipeline.rehearse import (
    Outlook,
    Stage,
    ask_people,
    at_stride,
    draw_crowd,
    find_dice,
    set_stage,
)
from manyhands.simulate import PROFILES

BOX = np.array([[0.0, 0.0, 9.0, 9.0]])


@pytest.fixture(scope="module")
def stage() -> Stage:
    volume, labels, _ = make_phantom((44, 32, 20), spacing_mm=(8.0, 8.0, 9.0), seed=1)
    return set_stage(volume, labels, dict(enumerate(NAMES, start=1)), {3: 4, 4: 3})


def ask(stage: Stage, *profiles: str, asking: Asking, stride: int = 1) -> dict[int, Outlook]:
    drawn = draw_crowd(stage, [PROFILES[name] for name in profiles], seed=0)
    return ask_people(stage, drawn, asking=asking, stride=stride, method="inner-quantile")


def test_every_fourth_slice_and_the_ends_that_were_seen_are_kept() -> None:
    """Boxes on 5 to 14 of 20 slices; kept besides 0, 4, 8 .. 19: the ends, and what is beside."""
    drawn = {k: BOX if 5 <= k < 15 else no_boxes() for k in range(20)}

    assert sorted(at_stride(drawn, n_slices=20, stride=4)) == [0, 4, 5, 8, 12, 14, 15, 16, 19]
    assert at_stride(drawn, n_slices=20, stride=1) == drawn


def test_who_stops_part_way_marks_no_end() -> None:
    drawn = {k: BOX if k >= 5 else no_boxes() for k in range(11)}

    assert sorted(at_stride(drawn, n_slices=20, stride=4)) == [0, 4, 5, 8]


def test_of_careful_people_fewer_are_enough(stage: Stage) -> None:
    careful = ["careful"] * 5
    adaptive = ask(stage, *careful, asking=Asking())
    four = ask(stage, *careful, asking=Asking(first_annotators=4, most_annotators=4))

    assert 2 <= np.mean([outlook.n_people for outlook in adaptive.values()]) < 3
    assert {outlook.n_people for outlook in four.values()} == {4}
    for outlook in four.values():
        assert 0.9 * 4 * 20 < outlook.n_answers <= 4 * 20
        assert 0 < outlook.n_boxes <= outlook.n_answers


def test_who_settles_a_disagreement_is_asked_for_fewer_slices(stage: Stage) -> None:
    poor = ["poor"] * 5
    fewer, all_slices = (ask(stage, *poor, asking=Asking(later_stride=n)) for n in (2, 1))

    later = [s for s in stage.masks if fewer[s].n_people > 2]
    assert later
    for s in later:
        n_later = fewer[s].n_people - 2
        assert all_slices[s].n_people > 2
        assert fewer[s].n_answers <= 2 * 20 + n_later * (10 + 1 + 4)  # the last, and both ends
        assert fewer[s].n_answers > 2 * 20 * 0.8
    assert sum(o.n_answers for o in fewer.values()) < sum(o.n_answers for o in all_slices.values())


def test_who_clicks_anything_is_outvoted_by_asking_on(stage: Stage) -> None:
    adaptive = ask(stage, "spammer", "careful", "careful", "careful", "careful", asking=Asking())

    assert all(outlook.n_people > 2 for outlook in adaptive.values())
    assert min(find_dice(stage, adaptive, model="intensity").values()) > 0.5


def test_a_stride_saves_boxes_and_little_quality(stage: Stage) -> None:
    two = Asking(first_annotators=2, most_annotators=2)
    every, third = (ask(stage, "careful", "careful", asking=two, stride=s) for s in (1, 3))

    dices = [find_dice(stage, asked, model="intensity") for asked in (every, third)]
    for structure_id in stage.masks:
        assert third[structure_id].n_boxes < 0.75 * every[structure_id].n_boxes
        assert dices[1][structure_id] == pytest.approx(dices[0][structure_id], abs=0.1)


def test_a_larger_crowd_begins_like_a_smaller_one(stage: Stage) -> None:
    paper = PROFILES["paper"]
    small, large = (draw_crowd(stage, [paper] * n, seed=3) for n in (1, 3))

    np.testing.assert_equal(large[0], small[0])
    assert any(
        large[1][1].keys() != large[0][1].keys() or large[1][1][k].tolist() != b.tolist()
        for k, b in large[0][1].items()
    )


def test_only_structures_that_are_there_are_on_the_stage() -> None:
    volume, labels, _ = make_phantom((44, 32, 20), spacing_mm=(8.0, 8.0, 9.0), seed=1)
    stage = set_stage(volume, labels, {1: "liver", 3: "kidney_left", 9: "colon"}, {3: 4, 4: 3})

    assert stage.names == {1: "liver", 3: "kidney_left"}
    assert stage.partners == {}


def test_nobody_to_ask_is_an_error(stage: Stage) -> None:
    with pytest.raises(ValueError, match="nobody was asked"):
        ask_people(stage, [], asking=Asking(), stride=1, method="inner-quantile")
