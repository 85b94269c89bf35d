from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from manyhands.config import make_structures
from manyhands.errors import VolumeError
from manyhands.evaluation import METRICS, score_volume, summarise
from manyhands.types import IGNORE_LABEL, Grid, LabelArray, Labels, Score, SourceGrid
from manyhands.volumes import read_labels

LIVER, SPLEEN = STRUCTURES = make_structures(("liver", "spleen"))
SHAPE = (8, 8, 3)
SPACING_MM = (1.0, 1.0, 5.0)


def labels_of(data: LabelArray) -> Labels:
    affine = np.diag([*SPACING_MM, 1.0])
    return Labels(data, Grid(SHAPE, affine, SourceGrid(SHAPE, (0, 1, 2), (False,) * 3)))


def labels(**blocks: tuple[slice, slice, slice]) -> Labels:
    """Structures by name, painted in the order given; `ignore` is 255."""
    ids = {"liver": 1, "spleen": 2, "ignore": IGNORE_LABEL}
    data = np.zeros(SHAPE, dtype=np.uint8)
    for name, block in blocks.items():
        data[block] = ids[name]
    return labels_of(data)


BLOCK = np.s_[2:6, 2:6, 0:2]  # 4 x 4 x 2
HALF = np.s_[2:4, 2:6, 0:2]
ELSEWHERE = np.s_[6:8, 0:2, :]


def test_a_structure_half_found() -> None:
    """32 and 16 voxels, 16 in both: Dice 2/3 in the volume and on each slice.

    Surfaces: with two slices every voxel is surface. All of the prediction's and the 16 shared ones
    are 0 mm off, the missed rows 1 mm and 2 mm (8 voxels each), so the larger 95th percentile is 2.
    """
    reference, prediction = labels(liver=BLOCK), labels(liver=HALF)
    (score,) = score_volume(reference, prediction, STRUCTURES, volume="one", nsd_tolerance_mm=1.0)
    assert (score.volume, score.structure) == ("one", "liver")
    assert score.volume_dice == score.slice_dice == score.slice_dice_paper == pytest.approx(2 / 3)
    assert score.nsd == pytest.approx((24 + 16) / (32 + 16))
    assert score.hd95_mm == 2
    assert score.nsd_tolerance_mm == 1
    assert (score.reference_voxels, score.predicted_voxels, score.unseen_voxels) == (32, 16, 0)


def test_scores_come_in_the_order_of_the_structures() -> None:
    both = labels(liver=BLOCK, spleen=ELSEWHERE)
    scores = score_volume(both, both, (SPLEEN, LIVER))
    assert [(s.structure, s.volume_dice, s.hd95_mm) for s in scores] == [
        ("spleen", 1, 0),
        ("liver", 1, 0),
    ]


def test_a_structure_the_reference_lacks_is_not_scored() -> None:
    """Nobody drew the spleen in the reference: what was found of it is neither right nor wrong."""
    found = labels(liver=BLOCK, spleen=ELSEWHERE)
    assert [s.structure for s in score_volume(labels(liver=BLOCK), found, STRUCTURES)] == ["liver"]


def test_a_covered_structure_that_is_in_neither_is_not_applicable() -> None:
    nothing = labels()
    (score,) = score_volume(nothing, nothing, STRUCTURES, covered=[1])
    assert [getattr(score, metric) for metric in METRICS] == [None] * 5


@pytest.mark.parametrize("is_missed", [True, False], ids=["missed", "invented"])
def test_a_structure_in_one_only_gets_the_worst_of_each(is_missed: bool) -> None:
    pair = labels(liver=BLOCK), labels()
    reference, prediction = pair if is_missed else pair[::-1]
    (score,) = score_volume(reference, prediction, STRUCTURES, covered=[LIVER.structure_id])
    assert score.volume_dice == score.slice_dice == score.slice_dice_paper == score.nsd == 0
    assert score.hd95_mm == pytest.approx(math.hypot(8, 8, 15))


def test_what_nobody_looked_at_counts_as_not_predicted_and_is_counted() -> None:
    prediction = labels(liver=BLOCK, ignore=np.s_[:, :, 1:2])
    (score,) = score_volume(labels(liver=BLOCK), prediction, STRUCTURES)
    assert score.volume_dice == pytest.approx(2 * 16 / (32 + 16))
    assert score.slice_dice == pytest.approx((1 + 0) / 2)
    assert score.slice_dice_paper == 1
    assert (score.predicted_voxels, score.unseen_voxels) == (16, 16)


def test_where_the_reference_is_unknown_nothing_is_scored() -> None:
    reference = labels(liver=BLOCK, ignore=np.s_[:, :, 1:2])
    (score,) = score_volume(reference, labels(liver=BLOCK), STRUCTURES)
    assert (score.volume_dice, score.slice_dice, score.nsd, score.hd95_mm) == (1, 1, 1, 0)
    assert (score.reference_voxels, score.predicted_voxels) == (16, 16)


def test_labels_on_another_grid_are_refused() -> None:
    reference = labels(liver=BLOCK)
    moved = dataclasses.replace(reference.grid, affine=reference.grid.affine + np.eye(4, k=3))
    with pytest.raises(VolumeError, match="prediction: the affine puts voxels"):
        score_volume(reference, Labels(reference.data, moved), STRUCTURES)


def test_a_tolerance_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="nsd_tolerance_mm must be above 0, got 0"):
        score_volume(labels(), labels(), STRUCTURES, nsd_tolerance_mm=0)


def score(volume: str, structure: str, volume_dice: float | None) -> Score:
    rest = dict.fromkeys(METRICS[1:], volume_dice)
    return Score(
        volume,
        structure,
        volume_dice,
        **rest,
        nsd_tolerance_mm=2,
        reference_voxels=1,
        predicted_voxels=1,
        unseen_voxels=0,
    )


def test_means_over_volumes_and_over_structures() -> None:
    """The mean of all is the mean of one's (.9 + .6) / 2 and two's .7, not of three numbers."""
    scores = [
        score("one", "liver", 0.9),
        score("one", "spleen", 0.6),
        score("two", "liver", 0.7),
        score("two", "spleen", None),
    ]
    of = {s.structure: s for s in summarise(scores) if s.metric == "volume_dice"}
    assert list(of) == ["liver", "spleen", None]
    assert of["liver"].mean == pytest.approx(0.8)
    assert (of["liver"].n, of["liver"].not_applicable) == (2, 0)
    assert of["liver"].sd == pytest.approx(math.sqrt(0.02))
    assert (of["spleen"].mean, of["spleen"].sd) == (0.6, None)
    assert (of["spleen"].n, of["spleen"].not_applicable) == (1, 1)
    assert of[None].mean == pytest.approx((0.75 + 0.7) / 2)
    assert of[None].n == 2


def test_each_metric_is_summarised() -> None:
    assert [s.metric for s in summarise([score("one", "liver", 0.5)])] == [*METRICS, *METRICS]


def test_nothing_applicable_has_no_mean() -> None:
    summary = summarise([score("one", "liver", None)])[0]
    assert (summary.mean, summary.sd, summary.n, summary.not_applicable) == (None, None, 0, 1)


def test_no_scores_no_summaries() -> None:
    assert summarise([]) == ()


@pytest.mark.real
def test_only_what_a_real_reference_has_is_scored(real_data: Path) -> None:
    """The MR references have no aorta; against themselves the other four are perfect."""
    reference = read_labels(real_data / "abdomen_mr" / "case01_label.nii.gz")
    names = ("liver", "spleen", "kidney_left", "kidney_right", "aorta")
    scores = score_volume(reference, reference, make_structures(names))
    assert [s.structure for s in scores] == list(names[:4])
    for score in scores:
        assert (score.volume_dice, score.slice_dice, score.nsd, score.hd95_mm) == (1, 1, 1, 0)
