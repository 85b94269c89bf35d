"""The crowd's model on edges whose errors are known because we made them."""

from __future__ import annotations

import numpy as np
import pytest

from manyhands.boxes.arithmetic import OUTWARD
from manyhands.crowd.ballots import Ballots
from manyhands.crowd.edge_model import fit_edges
from manyhands.crowd.em import expectation_maximisation
from manyhands.crowd.pieces import Piece

BOX = np.array([20.0, 30.0, 60.0, 90.0])


def piece(*of_annotators: np.ndarray) -> Piece:
    """Boxes (slices, 4) of each annotator, on slices 0, 1, ...; lines of NaN are no boxes."""
    boxes, slices, who = [], [], []
    for number, drawn in enumerate(of_annotators):
        for index, box in enumerate(drawn):
            if np.isfinite(box[0]):
                boxes.append(box)
                slices.append(index)
                who.append(number)
    return Piece(np.array(boxes), np.array(slices), np.array(who))


def test_one_annotator_gets_the_own_boxes_back() -> None:
    drawn = BOX + np.random.default_rng(0).normal(0, 3, (9, 4))
    model = fit_edges(piece(drawn), 1)
    np.testing.assert_array_equal(model.boxes, drawn)
    assert (model.offset_px == 0).all()


def test_offsets_and_errors_are_found() -> None:
    """Offsets of 0, 6 and -6 px and errors of 0.5, 1 and 4 px, on 200 slices."""
    rng = np.random.default_rng(1)
    truth = BOX + rng.normal(0, 5, (200, 1)) * OUTWARD
    drawn = [
        truth + OUTWARD * (offset + rng.normal(0, error, (200, 4)))
        for offset, error in ((0, 0.5), (6, 1), (-6, 4))
    ]
    model = fit_edges(piece(*drawn), 3)
    np.testing.assert_allclose(model.offset_px - model.offset_px[0], [[0] * 4, [6] * 4, [-6] * 4],
                               atol=1)  # fmt: skip
    assert (np.diff(model.error_px.mean(axis=1)) > 0).all()
    np.testing.assert_allclose(model.error_px[2], 4, rtol=0.35)
    assert np.abs((model.boxes - truth) * OUTWARD - model.offset_px.mean(axis=0)).mean() < 2


def test_who_stopped_leaves_no_jump_behind() -> None:
    """A median would jump by half the difference where the looser of two stops."""
    tight, loose = np.tile(BOX, (20, 1)), np.tile(BOX + 8 * OUTWARD, (20, 1))
    loose[10:] = np.nan
    model = fit_edges(piece(tight, loose), 2)
    assert np.abs(np.diff(model.boxes, axis=0)).max() < 1


def test_a_box_on_a_wrong_organ_hardly_counts() -> None:
    drawn = [np.tile(BOX + shift, (12, 1)) for shift in (0.0, 1.0, -1.0)]
    drawn[2][5] += 60
    model = fit_edges(piece(*drawn), 3)
    wrong = int(np.argmin(model.trust))
    assert model.trust[wrong] < 0.01
    assert (np.delete(model.trust, wrong) > 0.5).all()
    assert np.abs(model.boxes[5] - BOX).max() < 1


@pytest.mark.parametrize("bias_px", [0.0, 6.0])
def test_the_level_is_that_of_the_tight_unless_the_bias_is_gone(bias_px: float) -> None:
    """Four annotators, half of them looser: loose crowds are believed at their inner edge."""
    looseness = (0.0, 0.2, bias_px, bias_px + 0.2)
    votes = {
        name: dict.fromkeys(range(8), (BOX + OUTWARD * by)[None])
        for name, by in zip("abcd", looseness, strict=True)
    }
    edges = {}
    for is_unbiased in (False, True):
        ballots = Ballots(votes, 8, is_unbiased=is_unbiased)
        found = expectation_maximisation(ballots, stack_spacing_mm=(5.0, 1.0, 1.0), stride=1)
        edges[is_unbiased] = ((found.tracks[0].boxes[0] - BOX) * OUTWARD).mean()
    assert edges[True] == pytest.approx(np.mean(looseness), abs=1)
    assert edges[False] < np.quantile(looseness, 0.3) + 0.1
