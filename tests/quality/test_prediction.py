from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from manyhands.boxes.tracks import make_track
from manyhands.quality import Given, MaskShape, Subject, predict_dice
from manyhands.quality.features import FEATURES, describe
from manyhands.quality.learned import REACHES, TERMS
from manyhands.quality.prediction import Regression, to_logit
from manyhands.types import Consensus, Structure

HALF = Regression(
    0.0, np.zeros(1), np.ones(1), np.array([1.0]), ((-1.0, 2.0, 1.0), (1.0, 0.5, 0.25))
)
"""The logit is the only feature."""


def subject() -> Subject:
    """A cylinder of 100 voxels on slices 1 to 4 of 6, boxed by one person but for slice 3."""
    boxes = np.full((6, 4), np.nan)
    boxes[1:5] = [10, 10, 20, 20]
    drawn = boxes.copy()
    drawn[3] = np.nan
    unknown = np.full(6, np.nan)
    area = np.where(np.isfinite(boxes[:, 0]), 100.0, 0.0)
    confidence = np.array([np.nan, 0.6, 0.9, 0.9, 0.8, np.nan])
    mask = MaskShape(area, boxes[:, :2] + 5, boxes, confidence, (0.25, None), 0.9)
    nowhere = np.zeros(6, dtype=np.bool_)
    is_by_hand = np.isfinite(drawn[:, 0])
    given = Given(drawn, np.isnan(boxes[:, 0]), is_by_hand, unknown, unknown, nowhere)
    consensus = Consensus(
        (make_track(np.arange(1, 5), boxes[1:5]),), np.isfinite(boxes[:, 0]) * 1.0, area == area
    )
    return Subject("v", Structure(1, "liver"), (4.0, 1.0, 1.0), 50, {"ann": given}, consensus, mask)


def test_the_features_of_a_cylinder_are_what_one_counts() -> None:
    found = dict(zip(FEATURES, describe(subject()).tolist(), strict=True))
    assert found["log instability"] == pytest.approx(np.log(0.1))
    assert found["open ends"] == 0  # all was looked at
    assert found["goes on"] == pytest.approx(0.25)
    assert found["interpolated"] == pytest.approx(1 / 4)
    assert found["slack"] == 0  # the mask touches its boxes
    assert found["filled"] == 1


def test_an_end_is_open_where_nobody_looked_beyond() -> None:
    one = subject()
    is_seen = np.array([False, True, True, True, True, True])
    changed = replace(one, consensus=replace(one.consensus, is_seen=is_seen))
    assert describe(changed)[list(FEATURES).index("open ends")] == 1


def test_without_a_mask_every_feature_is_finite() -> None:
    one = subject()
    nothing = np.full((6, 4), np.nan)
    empty = MaskShape(np.zeros(6), nothing[:, :2], nothing, nothing[:, 0])
    bare = replace(one, mask=empty)
    assert np.isfinite(describe(bare)).all()
    worse, better = predict_dice(bare), predict_dice(one)
    assert worse is not None
    assert better is not None
    assert worse.estimate < better.estimate


def test_of_a_structure_that_nobody_boxed_nothing_is_predicted() -> None:
    one = subject()
    assert predict_dice(replace(one, consensus=replace(one.consensus, tracks=()))) is None


def test_an_unstable_mask_with_open_ends_is_expected_to_be_worse() -> None:
    one = subject()
    shaky = replace(one, mask=replace(one.mask, stability=0.4))
    unseen = np.array([False, True, True, True, True, False])
    open_ended = replace(one, consensus=replace(one.consensus, is_seen=unseen))
    estimates = [predict_dice(s) for s in (one, shaky, open_ended)]
    best, *others = [e.estimate for e in estimates if e is not None]
    assert all(other < best - 0.02 for other in others)


def test_an_interval_is_that_of_its_part() -> None:
    """Logit -2 is in the first part: from -4 to -1. Logit 3 is beyond all: 2.5 to 3.25."""
    low = HALF.interval(-2.0)
    logits = to_logit(np.array([low.low, low.estimate, low.high]))
    assert logits == pytest.approx([to_logit(np.array([1 / (1 + np.exp(4))]))[0], -2, -1])
    high = HALF.interval(3.0)
    assert high.low == pytest.approx(1 / (1 + np.exp(-2.5)))
    assert high.high == pytest.approx(1 / (1 + np.exp(-3.25)))


def test_one_odd_number_does_not_decide_alone() -> None:
    assert HALF.predict(np.array([[1000.0], [-2.0]])).tolist() == [4.0, -2.0]


def test_the_constants_are_of_these_features_in_this_order() -> None:
    assert list(TERMS) == list(FEATURES)
    limits = [up_to for up_to, _, _ in REACHES]
    assert limits == sorted(limits)
    assert all(below > 0 and above > 0 for _, below, above in REACHES)
