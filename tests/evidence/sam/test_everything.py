"""Everything on a slice: what is kept, what goes, and what the authors' own generator finds."""

from __future__ import annotations

import importlib
import tracemalloc
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from manyhands.evidence.sam import SAM_MODELS, Decoded, Embedding, Prompt
from manyhands.evidence.sam.everything import (
    Grid,
    boxes_of,
    grid_of_points,
    points_at_once,
    segment_everything,
    stability_of,
    without_overlaps,
)

SHAPE = (40, 60)
EMPTY = Embedding((), SHAPE)


class TwoDiscs:
    """Knows two discs. A point on one finds it three times: sharp, blurred, and with a low score;
    elsewhere it finds nothing.
    """

    model = SAM_MODELS["sam-vit-b"]
    fingerprint = ""

    def decode(self, embedding: Embedding, prompts: Sequence[Prompt], **_how: bool) -> Decoded:
        logits = np.concatenate([self._of(*prompt.points[0])[None] for prompt in prompts])
        scores = np.tile(np.array([0.95, 0.99, 0.5], dtype=np.float32), (len(prompts), 1))
        return Decoded(logits, logits[..., ::4, ::4], scores)

    def encode(self, pictures: Sequence[Any]) -> list[Embedding]:
        return [EMPTY for _ in pictures]

    def _of(self, row: float, column: float) -> Any:
        rows, columns = np.ogrid[: SHAPE[0], : SHAPE[1]]
        for centre in ((12, 15), (26, 42)):
            if np.hypot(row - centre[0], column - centre[1]) < 9:
                inside = 9 - np.hypot(rows + 0.5 - centre[0], columns + 0.5 - centre[1])
                return np.stack([50 * inside, 0.2 * inside, 50 * inside]).astype(np.float32)
        return np.full((3, *SHAPE), -5, dtype=np.float32)


def test_each_thing_once_and_only_if_it_is_sure() -> None:
    found = segment_everything(TwoDiscs(), EMPTY, Grid(points_per_side=10))
    boxes = sorted(found.boxes.tolist())
    assert boxes == [[3.0, 6.0, 21.0, 24.0], [17.0, 33.0, 35.0, 51.0]]
    assert found.scores.tolist() == pytest.approx([0.95, 0.95])
    assert (found.stability > 0.95).all()
    assert len(found) == 2
    discs = [TwoDiscs()._of(row, column)[0] > 0 for row, column in ((12, 15), (26, 42))]
    for n, row0 in enumerate(found.boxes[:, 0]):
        np.testing.assert_array_equal(found.mask(n), discs[0 if row0 == 3 else 1])
        assert found.cutout(n).shape == (18, 18)


def test_nothing_to_be_found() -> None:
    found = segment_everything(TwoDiscs(), EMPTY, Grid(points_per_side=1))
    assert len(found) == 0
    assert found.boxes.shape == (0, 4)


def test_things_too_small_go() -> None:
    grid = Grid(points_per_side=10, least_area_px=10_000)
    assert len(segment_everything(TwoDiscs(), EMPTY, grid)) == 0


class FillsTheSlice(TwoDiscs):
    """Each of its three masks is nearly the whole slice, and all are sure: nothing can go."""

    def decode(self, embedding: Embedding, prompts: Sequence[Prompt], **_how: bool) -> Decoded:
        logits = np.full((len(prompts), 3, *embedding.shape), 50, dtype=np.float32)
        logits[..., ::7, ::5] = -50
        scores = np.ones((len(prompts), 3), dtype=np.float32)
        return Decoded(logits, logits[..., ::64, ::64], scores)


def test_a_large_slice_full_of_large_things_fits_into_memory() -> None:
    """2048 x 1500 is 3 million voxels: 147 masks of a byte each would be 450 MB, their logits 1.8
    GB. Scaled to the default grid's 3072 masks, what is held stays below 2 GB.
    """
    shape = (2048, 1500)
    tracemalloc.start()
    grid = Grid(points_per_side=7, most_overlap=1.0)
    found = segment_everything(FillsTheSlice(), Embedding((), shape), grid)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(found) == 3 * 7**2
    each = held / len(found)
    assert 3 * 32**2 * each + (peak - held) < 2e9
    assert peak < 0.6e9


@pytest.mark.parametrize(
    ("shape", "points"), [((16, 16), 64), ((512, 512), 63), ((2048, 1500), 5), ((9000, 9000), 1)]
)
def test_fewer_points_are_asked_at_once_on_large_slices(
    shape: tuple[int, int], points: int
) -> None:
    assert points_at_once(shape) == points


def test_points_lie_in_the_middle_of_equal_parts() -> None:
    points = [prompt.points[0] for prompt in grid_of_points((4, 8), 2)]
    assert points == [(1, 2), (1, 6), (3, 2), (3, 6)]


def test_a_mask_that_changes_with_the_threshold_is_not_stable() -> None:
    sharp = np.array([[9.0, 9.0, -9.0, -9.0]])
    soft = np.array([[9.0, 0.5, -0.5, -9.0]])
    nothing = np.full((1, 4), -9.0)
    logits = np.stack([sharp, soft, nothing]).astype(np.float32)
    np.testing.assert_allclose(stability_of(logits), [1, 1 / 3, 0])


def test_of_boxes_that_overlap_the_better_one_stays() -> None:
    boxes = np.array([[0.0, 0, 10, 10], [0, 0, 10, 9], [20, 20, 30, 30], [0, 5, 10, 15]])
    kept = without_overlaps(boxes, np.array([0.8, 0.9, 0.1, 0.7]), 0.7)
    assert kept.tolist() == [1, 3, 2]
    assert without_overlaps(np.empty((0, 4)), np.empty(0), 0.7).tolist() == []


def test_a_box_is_tight_and_half_open() -> None:
    masks = np.zeros((1, 5, 6), dtype=np.bool_)
    masks[0, 1:3, 2:6] = True
    np.testing.assert_array_equal(boxes_of(masks), [[1, 2, 3, 6]])


def test_as_the_authors_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same masks in any order, with the same network and the same thresholds.

    All boxes may overlap here: theirs end on the last pixel and not behind it, so that a mask of
    one row has a box without area, which overlaps nothing.
    """
    if find_spec("segment_anything") is None or find_spec("transformers") is None:
        pytest.skip("the reference package or the extra sam is not installed")
    from tests.evidence.sam.small import TINY_SAM, picture, reference_sam, segment_anything

    from manyhands.evidence.sam.devices import Device
    from manyhands.evidence.sam.loaded import TorchEngine
    from manyhands.evidence.sam.networks import build_network, fill_network
    from manyhands.evidence.sam.rename import rename_sam

    reference = reference_sam(TINY_SAM)
    network = fill_network(build_network(TINY_SAM), rename_sam(reference.state_dict()))
    engine = TorchEngine(
        SAM_MODELS["sam-vit-b"], TINY_SAM, network, Device("cpu", is_half=False), sha256=""
    )
    package = segment_anything()
    generator = importlib.import_module("segment_anything.automatic_mask_generator")
    # The operator for overlaps is one of torchvision's compiled ones, which need not be here.
    monkeypatch.setattr(generator, "batched_nms", overlaps_by_hand)
    # Random weights believe in little; their logits are so small that all are stable at 1e-3.
    theirs = package.SamAutomaticMaskGenerator(
        reference,
        points_per_side=4,
        pred_iou_thresh=0.0,  # any
        stability_score_thresh=0.5,
        stability_score_offset=1e-3,
        box_nms_thresh=1.0,
    )
    monkeypatch.setattr("manyhands.evidence.sam.everything.STABILITY_SHIFT", 1e-3)
    grey = picture(90, 120)
    (embedding,) = engine.encode([grey])
    grid = Grid(4, least_score=-10.0, least_stability=0.5, most_overlap=1.0)
    found = segment_everything(engine, embedding, grid)
    expected = theirs.generate(np.repeat(grey[:, :, None], 3, axis=2))
    masks = np.stack([found.mask(n) for n in range(len(found))])
    assert len(found) == len(expected) > 3
    for one in expected:
        different = np.count_nonzero(masks != one["segmentation"], axis=(1, 2))
        n = int(different.argmin())
        assert different[n] * 10_000 <= 5 * grey.size
        assert found.scores[n] == pytest.approx(one["predicted_iou"], abs=1e-3)


def overlaps_by_hand(boxes: Any, scores: Any, _idxs: Any, iou_threshold: float) -> Any:
    """Indices of x0, y0, x1, y1 boxes that overlap no better one, best first."""
    import torch

    left: list[int] = scores.argsort(descending=True).tolist()
    kept = []
    while left:
        best, *left = left
        kept.append(best)
        left = [n for n in left if overlap(boxes[best], boxes[n]) <= iou_threshold]
    return torch.tensor(kept, dtype=torch.long)


def overlap(first: Any, second: Any) -> float:
    low, high = first[:2].maximum(second[:2]), first[2:].minimum(second[2:])
    common = float((high - low).clamp(min=0).prod())
    union = float((first[2:] - first[:2]).prod() + (second[2:] - second[:2]).prod()) - common
    return common / union if union else 0.0
