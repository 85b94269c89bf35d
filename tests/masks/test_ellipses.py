"""Boxes drawn in to ellipses, on a vessel that another of the same brightness lies beside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import check_grad

from manyhands.boxes.arithmetic import OUTWARD
from manyhands.evidence.region import BoxOnSlice, Region, cut_region
from manyhands.masks.ellipses import SLACK_MM, _Track, ellipse_boxes
from manyhands.masks.tighten import tighten
from manyhands.types import MaskStack

SHAPE = (8, 60, 60)
SPACING_MM = (3.0, 1.0, 1.0)
TIGHT = np.array([20.0, 18.0, 40.0, 38.0])
LOOSE = TIGHT + OUTWARD * (2, 3, 2, 9)  # on the right far into the neighbour


def disk(centre: tuple[float, float], radii: tuple[float, float]) -> MaskStack:
    rows, columns = np.ogrid[: SHAPE[1], : SHAPE[2]]
    u, v = ((a + 0.5 - c) / r for a, c, r in zip((rows, columns), centre, radii, strict=True))
    return np.tile(u**2 + v**2 < 1, (SHAPE[0], 1, 1))


VESSEL = disk((30, 28), (10, 10))
NEIGHBOUR = disk((30, 47), (10, 9))  # one pixel between them is dark


def seen(bright: MaskStack, edges: np.ndarray, *, noise: float = 0.03) -> Region:
    """The region of these boxes, (4,) on every slice or one each, where this is bright."""
    image = 0.3 + 0.3 * bright + np.random.default_rng(0).normal(0, noise, SHAPE)
    by_slice = np.broadcast_to(edges, (SHAPE[0], 4))
    boxes = [BoxOnSlice(k, 0, by_slice[k]) for k in range(SHAPE[0])]
    return cut_region(image.astype(np.float32), boxes, SPACING_MM)


def own(region: Region, mask: MaskStack) -> MaskStack:
    return np.ascontiguousarray(mask[region.slices])


def edges_in_picture(region: Region, boxes: tuple[BoxOnSlice, ...]) -> np.ndarray:
    shift = np.tile(region.offset[1:], 2)
    return np.array([box.edges + shift for box in boxes])


def test_a_mask_that_leaked_into_a_neighbour_keeps_no_box_loose() -> None:
    region = seen(VESSEL | NEIGHBOUR, LOOSE)
    leaked = own(region, VESSEL | NEIGHBOUR) & region.inside
    right = TIGHT[3]
    by_mask = edges_in_picture(region, tighten(region, leaked))[:, 3]
    by_ellipse = edges_in_picture(region, ellipse_boxes(region, leaked))[:, 3]
    np.testing.assert_allclose(by_mask, right + 9)
    assert (abs(by_ellipse - right - SLACK_MM) < 2).all()


def test_boxes_of_an_exact_crowd_hardly_move() -> None:
    region = seen(VESSEL, TIGHT)
    found = edges_in_picture(region, ellipse_boxes(region, own(region, VESSEL)))
    np.testing.assert_allclose(found, np.tile(TIGHT, (SHAPE[0], 1)), atol=0.5)


def test_an_oblong_structure_stays_oblong() -> None:
    """That small structures are about round is no more than likely."""
    tight = np.array([24.0, 12.0, 36.0, 48.0])
    oblong = disk((30, 30), (6, 18))
    region = seen(oblong, tight + 3 * OUTWARD)
    found = edges_in_picture(region, ellipse_boxes(region, own(region, oblong)))
    outward_px = (found - tight) * OUTWARD
    assert (outward_px > 0).all()
    assert (outward_px < 3).all()


def test_where_the_image_shows_nothing_the_mask_decides() -> None:
    nothing = np.zeros(SHAPE, dtype=np.bool_)
    edges = TIGHT + 5 * OUTWARD
    region = seen(nothing, edges)
    mask = own(region, VESSEL)
    found = edges_in_picture(region, ellipse_boxes(region, mask))
    np.testing.assert_array_equal(found, edges_in_picture(region, tighten(region, mask)))


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_no_box_grows(noise: float) -> None:
    region = seen(VESSEL, TIGHT - 4 * OUTWARD, noise=noise)
    found = edges_in_picture(region, ellipse_boxes(region, region.inside))
    assert ((TIGHT - 4 * OUTWARD - found) * OUTWARD >= -1e-9).all()


def test_an_empty_mask_leaves_all_boxes() -> None:
    region = seen(VESSEL, LOOSE)
    found = ellipse_boxes(region, np.zeros_like(region.inside))
    np.testing.assert_array_equal([b.edges for b in found], [b.edges for b in region.boxes])


def test_a_slice_that_shows_nothing_follows_its_neighbours() -> None:
    """But for where its own box ends: none becomes larger."""
    bright = VESSEL.copy()
    bright[4] = False
    boxes = np.tile(LOOSE, (SHAPE[0], 1))
    boxes[4] += (0, 6, 0, 6)
    region = seen(bright, boxes)
    found = edges_in_picture(region, ellipse_boxes(region, own(region, VESSEL)))
    around = found[[3, 5]].mean(axis=0)
    assert boxes[4, 1] > around[1]
    np.testing.assert_allclose(found[4], [around[0], boxes[4, 1], *around[2:]], atol=0.5)


def test_tracks_do_not_pull_at_each_other() -> None:
    """Two branches on the same slices, in any order of their boxes."""
    left, right = disk((30, 15), (8, 8)), disk((30, 45), (8, 8))
    image = 0.3 + 0.3 * (left | right) + np.random.default_rng(0).normal(0, 0.03, SHAPE)
    edges = {0: np.array([20.0, 4, 40, 26]), 1: np.array([20.0, 34, 40, 56])}
    boxes = [BoxOnSlice(k, piece, edges[piece]) for k in range(SHAPE[0]) for piece in (0, 1)]
    region = cut_region(image.astype(np.float32), boxes, SPACING_MM)
    mask = own(region, left | right)
    found = ellipse_boxes(region, mask)
    turned = ellipse_boxes(replace(region, boxes=region.boxes[::-1]), mask)[::-1]
    assert [(b.slice_index, b.piece) for b in found] == [(b.slice_index, b.piece) for b in boxes]
    np.testing.assert_array_equal([b.edges for b in found], [b.edges for b in turned])
    for piece, tight in ((0, (22.0, 7.0, 38.0, 23.0)), (1, (22.0, 37.0, 38.0, 53.0))):
        at = edges_in_picture(region, tuple(box for box in found if box.piece == piece))
        np.testing.assert_allclose((at - tight) * OUTWARD, SLACK_MM, atol=1)


def test_the_slope_is_that_of_the_cost() -> None:
    """Against finite differences; a wrong slope only makes the search stop too early."""
    region = seen(VESSEL, LOOSE)
    ratio = np.random.default_rng(0).normal(0, 2, region.image.shape).astype(np.float32)
    track = _Track(region, ratio, region.boxes[:3])
    rng = np.random.default_rng(1)
    at = rng.normal(0, 0.1, 12)
    error = check_grad(lambda x: track._cost(x)[0], lambda x: track._cost(x)[1], at)
    assert error < 1e-4 * np.linalg.norm(track._cost(at)[1])
