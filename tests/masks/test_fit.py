"""Evidence and cut in turn, on ellipsoids in noise whose boxes are too large."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from manyhands.evidence import MODELS, Model, Region
from manyhands.evidence.intensity import SMALL_MM
from manyhands.evidence.region import BoxOnSlice, cut_region
from manyhands.masks.fit import Fitted, fit
from manyhands.types import MaskStack, Shape3, Spacing

SHAPE: Shape3 = (9, 44, 48)
SPACING: Spacing = (4.0, 2.0, 2.0)
FINE: Spacing = (4.0, 1.0, 1.0)
FIRST = ((4.0, 22.0, 14.0), (4.2, 13.0, 10.0))  # centre and radii; the two touch at column 24
SECOND = ((4.0, 22.0, 34.0), (4.2, 13.0, 10.0))
MODEL = MODELS["intensity"]


def ellipsoid(centre: tuple[float, ...], radii: tuple[float, ...]) -> MaskStack:
    axes = np.ogrid[tuple(slice(0, n) for n in SHAPE)]
    terms = [((a - c) / r) ** 2 for a, c, r in zip(axes, centre, radii, strict=True)]
    return np.asarray(sum(terms) < 1)


def loose_box(picture: MaskStack, looseness: float) -> np.ndarray:
    """The tight box of a mask with both sides `looseness` times as long, within the picture."""
    rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
    low, high = np.array([rows[0], columns[0]]), np.array([rows[-1] + 1, columns[-1] + 1])
    more = (high - low) * (looseness - 1) / 2
    edges = np.concatenate([low - more, high + more])
    return np.asarray(np.clip(edges, 0, [*SHAPE[1:]] * 2))


def scene(
    *masks: MaskStack,
    brightness: tuple[float, ...],
    looseness: float = 1.4,
    noise: float = 0.05,
    spacing_mm: Spacing = SPACING,
) -> dict[int, Region]:
    """Regions 1, 2, ... around masks of this brightness on 0.3, with noise."""
    image = 0.3 + np.random.default_rng(0).normal(0, noise, SHAPE)
    for mask, value in zip(masks, brightness, strict=True):
        image[mask] += value
    return {
        s: cut_region(
            image.astype(np.float32),
            [
                BoxOnSlice(int(k), 0, loose_box(mask[k], looseness))
                for k in np.flatnonzero(mask.any(axis=(1, 2)))
            ],
            spacing_mm,
        )
        for s, mask in enumerate(masks, start=1)
    }


def in_picture(found: Fitted) -> MaskStack:
    full = np.zeros(SHAPE, dtype=np.bool_)
    full[found.region.slices] = found.mask
    return full


def dice(first: MaskStack, second: MaskStack) -> float:
    return float(2 * (first & second).sum() / (first.sum() + second.sum()))


@pytest.mark.parametrize("brightness", [0.3, -0.25])
@pytest.mark.parametrize("looseness", [1.0, 1.4])
def test_a_mask_fits_the_image_inside_exact_and_loose_boxes(
    brightness: float, looseness: float
) -> None:
    truth = ellipsoid(*FIRST)
    found = fit(scene(truth, brightness=(brightness,), looseness=looseness), MODEL)[1]
    assert dice(in_picture(found), truth) > 0.9


def lying_across() -> MaskStack:
    rows, columns = np.ogrid[: SHAPE[1], : SHAPE[2]]
    along, across = rows + columns - 44, rows - columns
    return np.tile((abs(along) < 24) & (abs(across) < 6), (SHAPE[0], 1, 1))


def corner() -> MaskStack:
    rows, columns = np.ogrid[: SHAPE[1], : SHAPE[2]]
    triangle = (rows > 14) & (rows < 32) & (columns > 14) & (columns < rows)
    return np.tile(triangle, (SHAPE[0], 1, 1))


@pytest.mark.parametrize("truth", [lying_across(), corner()], ids=["oblique", "triangle"])
@pytest.mark.parametrize("looseness", [1.0, 1.2])
def test_a_small_structure_that_is_no_ellipse_is_found_whole(
    truth: MaskStack, looseness: float
) -> None:
    """A box drawn in to an ellipse would cut off its ends."""
    regions = scene(truth, brightness=(0.3,), looseness=looseness, spacing_mm=FINE)
    assert regions[1].side_mm < SMALL_MM
    assert dice(in_picture(fit(regions, MODEL)[1]), truth) > 0.97


def test_a_small_round_structure_leaves_its_neighbour_alone() -> None:
    """Two vessels of the same brightness, and the box of one reaches over the other."""
    vessel, other = (disk_at(column) for column in (16, 30))
    image = 0.3 + 0.3 * (vessel | other) + np.random.default_rng(0).normal(0, 0.05, SHAPE)
    boxes = [BoxOnSlice(k, 0, np.array([13.0, 7, 31, 32])) for k in range(SHAPE[0])]
    regions = {1: cut_region(image.astype(np.float32), boxes, FINE)}
    leaking = replace(MODEL, has_ellipses=False)
    assert dice(in_picture(fit(regions, leaking)[1]), vessel) < 0.8
    assert dice(in_picture(fit(regions, MODEL)[1]), vessel) > 0.9


def disk_at(column: float) -> MaskStack:
    rows, columns = np.ogrid[: SHAPE[1], : SHAPE[2]]
    return np.tile((rows - 22) ** 2 + (columns - column) ** 2 < 49, (SHAPE[0], 1, 1))


def test_in_strong_noise_the_mask_is_better_than_the_evidence() -> None:
    """Noise of 0.12 on a contrast of 0.3: the cut mends what single voxels get wrong."""
    truth = ellipsoid(*FIRST)
    regions = scene(truth, brightness=(0.3,), noise=0.12)
    found = fit(regions, Model(MODEL.fit))[1]
    evidence = MODEL.fit(found.region, found.mask)
    by_voxel = dice(evidence > 0, truth[found.region.slices])
    assert dice(in_picture(found), truth) > max(0.9, by_voxel)


def test_the_boxes_are_tightened_to_the_mask() -> None:
    """By more than half of what they are too large, in one crop from first to last."""
    truth = ellipsoid(*FIRST)
    tight, loose = (scene(truth, brightness=(0.3,), looseness=x)[1] for x in (1.0, 1.4))
    found = fit({1: loose}, MODEL)[1]
    halfway = (tight.inside.sum() + loose.inside.sum()) / 2
    assert tight.inside.sum() * 0.9 < found.region.inside.sum() < halfway
    assert found.region.offset == loose.offset
    assert found.mask.shape == found.probability.shape == loose.image.shape


def test_two_that_touch_are_told_apart_and_share_no_voxel() -> None:
    """Of different brightness, each in a box that reaches into the other."""
    first, second = ellipsoid(*FIRST), ellipsoid(*SECOND)
    found = fit(scene(first, second, brightness=(0.2, 0.45)), MODEL)
    assert not (in_picture(found[1]) & in_picture(found[2])).any()
    assert dice(in_picture(found[1]), first) > 0.9
    assert dice(in_picture(found[2]), second) > 0.9


def test_two_of_one_brightness_share_no_voxel() -> None:
    """Where the image has no edge between them, boxes and shapes must do."""
    first, second = ellipsoid(*FIRST), ellipsoid(*SECOND)
    found = fit(scene(first, second, brightness=(0.3, 0.3), looseness=1.2), MODEL)
    assert not (in_picture(found[1]) & in_picture(found[2])).any()
    assert dice(in_picture(found[1]), first) > 0.8
    assert dice(in_picture(found[2]), second) > 0.8


def test_nothing_lies_outside_the_given_boxes() -> None:
    regions = scene(ellipsoid(*FIRST), ellipsoid(*SECOND), brightness=(0.3, 0.5))
    for s, found in fit(regions, MODEL).items():
        assert not (found.mask & ~regions[s].inside).any()


def test_probability_is_higher_inside_than_at_the_border_than_outside() -> None:
    truth = ellipsoid(*FIRST)
    found = fit(scene(truth, brightness=(0.3,)), MODEL)[1]
    probability = found.probability[4]
    rows, columns = np.nonzero(found.mask[4])
    middle = int(rows.mean())
    left = columns[rows == middle].min()
    assert 0 <= found.probability.min() <= found.probability.max() <= 1
    core, border, outside = probability[middle, [int(columns.mean()), left, left - 3]]
    assert core > border > outside
    assert core > 0.8
    assert outside < 0.5


def test_progress_rises_to_1() -> None:
    said: list[float] = []
    fit(scene(ellipsoid(*FIRST), brightness=(0.3,)), MODEL, progress=said.append)
    assert said == sorted(said)
    assert said[0] > 0
    assert said[-1] == 1


def test_neither_a_second_run_nor_the_order_of_structures_changes_a_voxel() -> None:
    regions = scene(ellipsoid(*FIRST), ellipsoid(*SECOND), brightness=(0.3, 0.4))
    first, again = fit(regions, MODEL), fit(regions, MODEL)
    turned = fit(dict(reversed(regions.items())), MODEL)
    for s in regions:
        np.testing.assert_array_equal(first[s].mask, again[s].mask)
        np.testing.assert_array_equal(first[s].probability, again[s].probability)
        np.testing.assert_array_equal(first[s].mask, turned[s].mask)


def test_taken_voxels_are_never_given() -> None:
    regions = scene(ellipsoid(*FIRST), brightness=(0.3,))
    taken = np.zeros(regions[1].image.shape, dtype=np.bool_)
    taken[:, :, 12:] = True
    found = fit(regions, MODEL, taken={1: taken})[1]
    assert not (found.mask & taken).any()
    assert found.mask.any()


def test_from_a_start_it_ends_where_it_did_before() -> None:
    truth = ellipsoid(*FIRST)
    regions = scene(truth, brightness=(0.3,))
    cold = fit(regions, MODEL)
    before = cold[1].mask.copy()
    warm = fit(regions, MODEL, start=cold)[1]
    assert dice(warm.mask, before) > 0.98
