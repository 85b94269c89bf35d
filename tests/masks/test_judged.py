"""What judging adds to a fit, on phantoms that the judge was not learned on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from manyhands.evidence import MODELS, Model, Region
from manyhands.evidence.region import BoxOnSlice, cut_region
from manyhands.geometry import to_stack
from manyhands.masks.fit import Fitted, find_taken, fit
from manyhands.masks.working_grid import prepare_image
from manyhands.phantom import make_phantom
from manyhands.types import Consensus, LabelStack, LogOddsStack, MaskStack, Track

LOOSE_MM = np.array([-7.0, -6.0, 7.0, 6.0])  # as real annotators draw, or a little looser


def agreed(mask: MaskStack, pixel_mm: float) -> Consensus:
    """Loose boxes on every slice of a mask."""
    slices = np.flatnonzero(mask.any(axis=(1, 2)))
    boxes = np.empty((len(slices), 4))
    for n, k in enumerate(slices):
        rows, columns = (np.flatnonzero(mask[k].any(axis=axis)) for axis in (1, 0))
        boxes[n] = (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)
    boxes = np.clip(boxes + LOOSE_MM / pixel_mm, 0, [*mask.shape[1:]] * 2)
    track = Track(slices, boxes, np.ones(len(slices), np.bool_), np.zeros_like(boxes))
    presence = np.where(mask.any(axis=(1, 2)), 1.0, 0.0)
    return Consensus((track,), presence, np.ones(len(mask), np.bool_))


def mean_dice(fitted: dict[int, Fitted], labels: LabelStack) -> float:
    dice = []
    for structure_id, found in fitted.items():
        truth = labels[found.region.slices] == structure_id
        dice.append(2 * (truth & found.mask).sum() / (truth.sum() + found.mask.sum()))
    return float(np.mean(dice))


@pytest.mark.parametrize("seed", [7, 8])
def test_loose_boxes_give_better_masks_when_the_fit_is_judged(seed: int) -> None:
    volume, reference, _ = make_phantom((125, 100, 40), spacing_mm=(3.0, 3.0, 6.0), seed=seed)
    labels = to_stack(reference.data)
    image = prepare_image(volume)
    regions = {s: image.cut_region(agreed(labels == s, 3.0)) for s in range(1, 6)}
    model = MODELS["intensity"]
    alone, judged = (mean_dice(fit(regions, one), labels) for one in (Model(model.fit), model))
    assert judged > 0.9
    assert judged > alone


def scene(*, columns: tuple[int, ...] = (4,), pixel_mm: float = 2.0) -> dict[int, Region]:
    """Bright squares of 16 x 16 in boxes of 24 x 24, from these columns on."""
    image = np.full((3, 32, 64), 0.3, dtype=np.float32)
    for column in columns:
        image[:, 8:24, column + 4 : column + 20] = 0.7
    return {
        s: cut_region(
            image,
            [BoxOnSlice(k, 0, np.array([4.0, c, 28.0, c + 24])) for k in range(3)],
            (3.0, pixel_mm, pixel_mm),
        )
        for s, c in enumerate(columns, start=1)
    }


def deny(region: Region, mask: MaskStack | None) -> LogOddsStack:
    """A judge for whom there is nothing."""
    return np.full(region.image.shape, -5, dtype=np.float32)


def test_who_judges_is_asked_twice_and_never_of_an_empty_mask() -> None:
    asked: list[MaskStack | None] = []

    def confirm(region: Region, mask: MaskStack | None) -> LogOddsStack:
        asked.append(mask)
        return np.where(region.image > 0.5, 5, -5).astype(np.float32)

    def count_and_deny(region: Region, mask: MaskStack | None) -> LogOddsStack:
        asked.append(mask)
        return deny(region, mask)

    assert fit(scene(), Model(MODELS["intensity"].fit, confirm))[1].mask.any()
    assert len(asked) == 2
    asked.clear()
    assert not fit(scene(), Model(MODELS["intensity"].fit, count_and_deny))[1].mask.any()
    assert len(asked) == 1


def test_a_small_structure_keeps_the_mask_of_its_fit() -> None:
    """On 36 mm nobody taught the judge what is right; what it denies on 48 mm stays here."""
    model = Model(MODELS["intensity"].fit)
    small = scene(pixel_mm=1.5)
    kept, alone = fit(small, Model(model.fit, deny))[1], fit(small, model)[1]
    assert alone.mask.any()
    np.testing.assert_array_equal(kept.mask, alone.mask)
    np.testing.assert_array_equal(kept.probability, alone.probability)
    assert not fit(scene(), Model(model.fit, deny))[1].mask.any()


def test_a_small_structure_and_a_judged_one_do_not_share_voxels() -> None:
    regions = scene(columns=(4, 22))
    small = scene(columns=(4, 22), pixel_mm=1.5)[2]
    first, second = fit({1: regions[1], 2: small}, MODELS["intensity"]).values()
    assert first.mask.any()
    assert second.mask.any()
    assert not find_taken(first.region, [second])[first.mask].any()


def test_judges_that_want_the_same_voxels_do_not_both_get_them() -> None:
    """Nor does a structure get what is taken."""

    def everything(region: Region, mask: MaskStack | None) -> LogOddsStack:
        return np.where(region.allowed, 5, -60).astype(np.float32)

    model = Model(MODELS["intensity"].fit, everything)
    regions = scene(columns=(4, 22))
    first, second = fit(regions, model).values()
    assert first.mask.sum() + second.mask.sum() > first.region.allowed.sum()
    assert not find_taken(first.region, [second])[first.mask].any()
    taken = find_taken(regions[1], [second])
    alone = fit({1: regions[1]}, model, taken={1: taken})[1]
    assert alone.mask.any()
    assert not (alone.mask & taken).any()


def test_a_fit_goes_on_from_before_it_was_judged() -> None:
    """What the judge says must not stay in the state that the next fit starts from."""
    model = Model(MODELS["intensity"].fit)
    plain, judged = fit(scene(), model)[1], fit(scene(), Model(model.fit, deny))[1]
    np.testing.assert_array_equal(judged.field.solution, plain.field.solution)
    np.testing.assert_array_equal(judged.field.weights, plain.field.weights)


def test_edges_inside_a_structure_are_no_walls_where_they_have_a_margin() -> None:
    """Boxes of 12 x 16 around a square of 16 x 16: the judge finds the rows that were cut off."""
    square = scene(pixel_mm=4.0)[1]
    edges, margin = np.array([10.0, 8.0, 22.0, 24.0]), np.array([2.0, 0, 2, 0])
    boxes = [BoxOnSlice(k, 0, edges - np.tile(square.offset[1:], 2)) for k in range(3)]
    walled = square.with_boxes(boxes)
    open_ = square.with_boxes([replace(box, margin_px=margin) for box in boxes])
    walled_mask, open_mask = (
        fit({1: region}, MODELS["intensity"])[1].mask for region in (walled, open_)
    )
    truth = open_.image > 0.5
    walled_dice, open_dice = (
        2 * (mask & truth).sum() / (mask.sum() + truth.sum()) for mask in (walled_mask, open_mask)
    )
    assert walled_dice <= 2 * 12 / (12 + 16)
    assert open_dice > walled_dice + 0.05
    assert not (open_mask & ~open_.allowed).any()
