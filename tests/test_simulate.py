from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manyhands.boxes.arithmetic import iou
from manyhands.errors import ConfigError
from manyhands.geometry import to_stack
from manyhands.simulate import (
    ANY_STRUCTURE,
    EDGE_ERRORS,
    PROFILES,
    simulate_annotator,
    tight_boxes,
)
from manyhands.simulate.drawing import edge_errors_mm
from manyhands.types import BoxArray, MaskStack, Spacing
from manyhands.volumes import read_labels

# Median width and height (mm) of the structures of the real crowd, and the mean IoU of its boxes.
MEASURED = {
    "liver": (132, 130, 0.768),
    "spleen": (66, 70, 0.848),
    "kidney_right": (48, 49, 0.593),
    "kidney_left": (47, 43, 0.528),
    "aorta": (22, 25, 0.551),
}
MM = (3.0, 1.0, 1.0)


def make_body(name: str, slices: int = 28) -> MaskStack:
    """The structure at its measured size, 1 mm pixels: a tube for the aorta, else an ellipsoid,
    whose median slice is sqrt(3) / 2 as wide as the widest.
    """
    width, height, _ = MEASURED[name]
    height_share = (np.arange(slices) - (slices - 1) / 2) / (slices / 2)
    scale = np.sqrt(1 - height_share**2) / (np.sqrt(3) / 2)
    if name == "aorta":
        scale = np.ones(slices)
    row, column = np.mgrid[:240, :240] - 119.5
    mask = np.zeros((slices + 12, 240, 240), dtype=np.bool_)
    for k, size in enumerate(scale):
        mask[k + 6] = (2 * row / height / size) ** 2 + (2 * column / width / size) ** 2 <= 1
    return mask


def measure(
    mask: MaskStack, name: str, spacing: Spacing = MM, *, profile: str = "paper", repeats: int = 300
) -> tuple[list[float], list[float], list[int]]:
    """IoU of each box on a slice with the structure; per annotator, share of slices that lack a
    box, and number of boxes on slices without the structure.
    """
    tight = tight_boxes(mask)
    present = np.isfinite(tight[:, 0])
    ious, lacking, extra = [], [], []
    for seed in range(repeats):
        answer = simulate_annotator(
            {1: mask},
            {1: name},
            stack_spacing_mm=spacing,
            profile=PROFILES[profile],
            rng=np.random.default_rng(seed),
        )[1]
        boxed = [k for k, boxes in answer.items() if len(boxes)]
        hits = [k for k in boxed if present[k]]
        ious += [float(iou(answer[k], tight[[k]])[0]) for k in hits]
        lacking.append(1 - len(hits) / int(present.sum()))
        extra.append(len(boxed) - len(hits))
    return ious, lacking, extra


@pytest.mark.parametrize("name", MEASURED)
def test_paper_annotators_err_as_the_real_crowd(name: str) -> None:
    """The figures are those measured on 1,727 real boxes, of which 2 to 8 % hardly touch their
    structure and a third of the structures of a volume lacks 15 % of the slices or more.
    """
    ious, lacking, extra = measure(make_body(name), name)
    assert np.mean(ious) == pytest.approx(MEASURED[name][2], abs=0.03)
    assert 0.015 < np.mean(np.array(ious) < 0.3) < 0.095
    assert 0.26 < np.mean(np.array(lacking) >= 0.15) < 0.40
    assert np.median(extra) == 0
    assert max(extra) <= 9


@pytest.mark.parametrize("name", EDGE_ERRORS)
def test_edges_have_the_measured_bias_spread_and_correlation(name: str) -> None:
    """Medians and robust deviations within a tenth plus 0.1 mm, correlation within 0.05: what
    2,000 volumes leave to chance with the heavy tails of the lasting part.
    """
    errors = EDGE_ERRORS[name]
    rng = np.random.default_rng(0)
    drawn = np.stack([edge_errors_mm(20, errors, PROFILES["paper"], rng) for _ in range(2000)])
    top, left, bottom, right = np.median(drawn, axis=(0, 1)) * [-1, -1, 1, 1]
    assert (left, top, right, bottom) == pytest.approx(errors.outward_mm, rel=0.1, abs=0.1)
    deviation = 1.4826 * np.median(np.abs(drawn - np.median(drawn, axis=(0, 1))), axis=(0, 1))
    assert deviation[[1, 0, 3, 2]] == pytest.approx(errors.spread_mm, rel=0.1, abs=0.1)
    for edge in range(4):
        here, there = drawn[:, :-1, edge].ravel(), drawn[:, 1:, edge].ravel()
        assert np.corrcoef(here, there)[0, 1] == pytest.approx(errors.correlation, abs=0.05)


def test_unknown_structures_get_the_mean_of_the_known() -> None:
    outward = np.mean([errors.outward_mm for errors in EDGE_ERRORS.values()], axis=0)
    assert ANY_STRUCTURE.outward_mm == pytest.approx(outward, abs=0.05)
    spread = np.mean([errors.spread_mm for errors in EDGE_ERRORS.values()], axis=0)
    assert ANY_STRUCTURE.spread_mm == pytest.approx(spread, abs=0.1)


def test_better_profiles_draw_better_boxes() -> None:
    mask = make_body("kidney_left")
    means = [
        float(np.mean(measure(mask, "kidney_left", profile=profile, repeats=30)[0]))
        for profile in ("exact", "careful", "paper", "poor", "spammer")
    ]
    assert means == sorted(means, reverse=True)
    assert means[0] == 1
    assert means[-1] < 0.1


TWO_PIECES = np.array([[[1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 1, 1], [0, 0, 0, 0, 1, 1]]] * 2) > 0


def answer_small(
    mask: MaskStack, *, profile: str = "exact", complete: bool = False, split: bool = False
) -> dict[int, BoxArray]:
    return simulate_annotator(
        {1: mask},
        {1: "liver"},
        stack_spacing_mm=MM,
        profile=PROFILES[profile],
        rng=np.random.default_rng(0),
        complete=complete,
        split_pieces=split,
    )[1]


def test_exact_boxes_by_eye() -> None:
    """One box around both pieces, or one each; no box where there is nothing."""
    mask = np.concatenate([TWO_PIECES, np.zeros((1, 3, 6), dtype=np.bool_)])
    answer = answer_small(mask)
    assert answer[0].tolist() == [[0, 0, 3, 6]]
    assert answer[2].shape == (0, 4)
    pieces = answer_small(mask, split=True)
    assert sorted(pieces[0].tolist()) == [[0, 0, 2, 2], [1, 4, 3, 6]]
    assert pieces[2].shape == (0, 4)


def test_specks_get_no_box_of_their_own() -> None:
    mask = np.zeros((1, 8, 10), dtype=np.bool_)
    mask[0, :6, :6] = True
    mask[0, 7, 9] = True
    assert answer_small(mask, split=True)[0].tolist() == [[0, 0, 6, 6]]


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "spammer"])
def test_an_absent_structure_is_answered_by_absence(profile: str) -> None:
    answer = answer_small(np.zeros((5, 8, 8), dtype=np.bool_), profile=profile, complete=True)
    assert sorted(answer) == [0, 1, 2, 3, 4]
    assert all(boxes.shape == (0, 4) for boxes in answer.values())


@settings(max_examples=25)
@given(profile=st.sampled_from(sorted(PROFILES)), seed=st.integers(0, 10**6))
def test_complete_annotators_box_every_slice_inside_the_picture(profile: str, seed: int) -> None:
    mask = np.zeros((12, 20, 30), dtype=np.bool_)
    mask[3:9, 0:6, 20:30] = True
    answer = simulate_annotator(
        {1: mask},
        {1: "kidney_left"},
        stack_spacing_mm=(3.0, 2.0, 2.0),
        profile=PROFILES[profile],
        rng=np.random.default_rng(seed),
        complete=True,
    )[1]
    assert sorted(answer) == list(range(12))
    assert all(len(answer[k]) == 1 for k in range(3, 9))
    for row0, column0, row1, column1 in np.concatenate(list(answer.values())):
        assert 0 <= row0 <= row1 - 1 + 1e-9 <= 19 + 1e-9
        assert 0 <= column0 <= column1 - 1 + 1e-9 <= 29 + 1e-9


def test_the_seed_decides_and_the_order_of_structures_does_not() -> None:
    masks = {1: make_body("liver"), 2: make_body("spleen")}
    names = {1: "liver", 2: "spleen"}

    def run(order: tuple[int, ...], seed: int) -> dict[int, dict[int, BoxArray]]:
        return simulate_annotator(
            {structure_id: masks[structure_id] for structure_id in order},
            names,
            stack_spacing_mm=MM,
            profile=PROFILES["poor"],
            rng=np.random.default_rng(seed),
        )

    first, turned, other = run((1, 2), 0), run((2, 1), 0), run((1, 2), 1)
    for structure_id in masks:
        np.testing.assert_equal(first[structure_id], turned[structure_id])
    np.testing.assert_equal(first[2], run((2,), 0)[2])
    with pytest.raises(AssertionError):
        np.testing.assert_equal(first[1], other[1])


def test_truncated_structures_lack_one_end_as_not_seen() -> None:
    """An annotator who stopped has said nothing of the rest, not even that it is absent."""
    mask = make_body("spleen")
    present = np.flatnonzero(mask.any(axis=(1, 2)))
    for seed in range(40):
        answer = simulate_annotator(
            {1: mask},
            {1: "spleen"},
            stack_spacing_mm=MM,
            profile=PROFILES["paper"],
            rng=np.random.default_rng(seed),
        )[1]
        unseen = [k for k in range(len(mask)) if k not in answer]
        if len(unseen) > 10:
            assert {0, len(mask) - 1} & set(unseen)
            assert set(answer) & set(present.tolist())
            return
    pytest.fail("no truncated structure among 40")


def test_partners_are_swapped() -> None:
    """Of a poor annotator's kidneys about one in ten lies, on some slices, on the other side."""
    masks = {slot: np.zeros((10, 40, 200), dtype=np.bool_) for slot in (1, 2)}
    masks[1][:, 10:30, 20:40] = True
    masks[2][:, 10:30, 160:180] = True

    def count_swapped(partners: dict[int, int] | None) -> int:
        count = 0
        for seed in range(100):
            answer = simulate_annotator(
                masks,
                {1: "kidney_right", 2: "kidney_left"},
                stack_spacing_mm=MM,
                profile=PROFILES["poor"],
                rng=np.random.default_rng(seed),
                partners=partners,
                complete=True,
            )[1]
            drawn = np.concatenate([answer[k] for k in range(10)])
            count += bool((iou(drawn, tight_boxes(masks[2])) > 0.1).any())
        return count

    assert count_swapped(None) == 0
    assert 3 <= count_swapped({1: 2, 2: 1}) <= 20
    assert count_swapped({1: 7}) == 0


def test_bad_input_is_named() -> None:
    mask = np.zeros((2, 3, 3), dtype=np.bool_)
    rng = np.random.default_rng(0)
    exact = PROFILES["exact"]
    with pytest.raises(ConfigError, match="structure 2 has a mask but no name"):
        simulate_annotator({2: mask}, {1: "liver"}, stack_spacing_mm=MM, profile=exact, rng=rng)
    with pytest.raises(ConfigError, match=r"alike, found .*\(1, 3, 3\)"):
        simulate_annotator(
            {1: mask, 2: mask[:1]},
            {1: "liver", 2: "spleen"},
            stack_spacing_mm=MM,
            profile=exact,
            rng=rng,
        )
    with pytest.raises(ConfigError, match="'exact' only"):
        answer_small(mask, profile="paper", split=True)


TRAINING = ("01", "02", "03", "05", "08", "10", "13", "19", "20", "22", "31", "33")
STRUCTURE_IDS = {"liver": 1, "spleen": 2, "kidney_left": 3, "kidney_right": 4, "aorta": 5}


def measure_case(path: Path, name: str, repeats: int) -> list[float]:
    labels = read_labels(path)
    mask = to_stack(labels.data) == STRUCTURE_IDS[name]
    return measure(mask, name, labels.grid.stack_spacing_mm, repeats=repeats)[0]


@pytest.mark.real
@pytest.mark.parametrize("name", ["liver", "spleen", "kidney_right", "kidney_left"])
def test_calibration_holds_on_real_labels(name: str, real_data: Path) -> None:
    """Patients of other sizes than the crowd's, at 7.7 mm slices: .045 for .03."""
    paths = [real_data / "abdomen_mr" / f"case{case}_label.nii.gz" for case in TRAINING]
    ious = [value for path in paths for value in measure_case(path, name, 10)]
    assert np.mean(ious) == pytest.approx(MEASURED[name][2], abs=0.045)


@pytest.mark.real
def test_calibration_holds_on_a_real_aorta(real_data: Path) -> None:
    """This aorta is 18 mm wide, not 22: the same millimetres cost about .05 more."""
    path = real_data / "abdomen_ct" / "case01_label.nii.gz"
    assert np.mean(measure_case(path, "aorta", 60)) == pytest.approx(0.551, abs=0.06)
