"""Where each voxel lies in its box, on pictures that one can draw by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manyhands.evidence.region import (
    CELLS,
    FAR,
    RING_ZONE,
    BoxOnSlice,
    Region,
    cut_region,
)
from manyhands.types import Spacing, StackArray

SPACING: Spacing = (3.0, 2.0, 1.0)
Edges = tuple[float, float, float, float]


def on_slice(k: int, edges: Edges, *, piece: int = 0) -> BoxOnSlice:
    return BoxOnSlice(k, piece, np.array(edges, dtype=np.float64))


def picture(*boxes: BoxOnSlice, rows: int = 24, columns: int = 30, slices: int = 1) -> Region:
    """The region around these boxes in a picture where every voxel is different."""
    stack = np.arange(slices * rows * columns, dtype=np.float32).reshape(slices, rows, columns)
    return cut_region(stack, boxes, SPACING)


def whole(region: Region, values: np.ndarray, fill: float = -1) -> np.ndarray:
    """Values of the crop back in the picture of 24 x 30."""
    full = np.full((region.offset[0] + len(values), 24, 30), fill, dtype=np.float64)
    full[region.slices] = values
    return full


def test_voxels_inside_are_those_whose_centre_is() -> None:
    """Half-open [8, 12) x [10, 16) is 4 x 6 voxels."""
    region = picture(on_slice(0, (8, 10, 12, 16)))
    rows, columns = np.nonzero(whole(region, region.inside, 0)[0])
    assert sorted(set(rows)) == [8, 9, 10, 11]
    assert sorted(set(columns)) == [10, 11, 12, 13, 14, 15]
    assert len(rows) == 24


def test_a_ring_lies_around_the_box_and_what_is_far_is_far() -> None:
    region = picture(on_slice(0, (8, 10, 12, 16)))
    zone = whole(region, region.zone, FAR)[0]
    for row, column in ((7, 13), (12, 13), (10, 9), (10, 16)):
        assert zone[row, column] == RING_ZONE
    assert zone[0].max() == zone[:, 0].max() == zone[:, -1].max() == FAR


def test_cells_count_the_box_by_rows_whatever_its_size() -> None:
    """The cell's centre is as far down and across the box as the voxel's, to half a cell."""
    for edges in ((3, 2, 21, 28), (8, 10, 12, 16), (5.3, 6.1, 9.9, 17.2)):
        region = picture(on_slice(0, edges))
        rows, columns = np.nonzero(region.inside[0])
        cell = region.cell[0, rows, columns]
        (box,) = region.boxes
        down = (rows + 0.5 - box.edges[0]) / (box.edges[2] - box.edges[0])
        across = (columns + 0.5 - box.edges[1]) / (box.edges[3] - box.edges[1])
        half = 0.5 / CELLS + 1e-6
        assert (np.abs((cell // CELLS + 0.5) / CELLS - down) <= half).all()
        assert (np.abs((cell % CELLS + 0.5) / CELLS - across) <= half).all()
        assert (region.cell[~region.inside] == -1).all()


def test_radius_is_1_where_the_ellipse_touches_the_box() -> None:
    """Half sides 2 and 3 about (10, 13), from centre to voxel centre."""
    region = picture(on_slice(0, (8, 10, 12, 16)))
    row, column = np.mgrid[0:24, 0:30] + 0.5
    expected = np.hypot((row - 10) / 2, (column - 13) / 3)
    near = (expected < 1.5)[region.slices[1:]]
    np.testing.assert_allclose(region.radius[0][near], expected[region.slices[1:]][near], rtol=1e-5)


@pytest.mark.parametrize("edges", [(5.2, 5.2, 5.3, 5.3), (7.0, 4.0, 7.001, 20.0), (0, 0, 1, 1)])
def test_the_thinnest_box_has_a_voxel(edges: Edges) -> None:
    assert picture(on_slice(0, edges)).inside.any()


class TestSeveralBoxes:
    """Pieces on one slice, and slices of one piece."""

    def test_a_voxel_in_two_boxes_belongs_to_the_nearer_centre(self) -> None:
        """[4, 12) x [2, 14) and [4, 12) x [10, 22) share columns 10 to 13; the middle is 12."""
        region = picture(on_slice(0, (4, 2, 12, 14)), on_slice(0, (4, 10, 12, 22), piece=1))
        assert region.inside.sum() == 8 * 20
        column_cell = whole(region, region.cell % CELLS)[0, 7]
        radius = whole(region, region.radius)[0, 7]
        assert column_cell[11] > CELLS / 2  # the right part of the left box
        assert column_cell[12] < CELLS / 2  # the left part of the right box
        assert radius[11] == pytest.approx(radius[12])

    @settings(max_examples=40)
    @given(st.lists(st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 11)] * 2), min_size=1,
                    max_size=4))  # fmt: skip
    def test_inside_is_the_union_in_any_order(self, corners: list[tuple[int, ...]]) -> None:
        union = np.zeros((24, 30), dtype=bool)
        boxes = []
        for r, c, height, width in corners:
            union[r : r + height, c : c + width] = True
            boxes.append(on_slice(0, (r, c, r + height, c + width)))
        for order in (boxes, boxes[::-1]):
            region = picture(*order)
            np.testing.assert_array_equal(whole(region, region.inside, 0)[0], union)
            np.testing.assert_array_equal(region.cell >= 0, region.inside)
            np.testing.assert_array_equal(region.radius, picture(*boxes).radius)

    def test_slices_have_their_own_boxes_and_may_have_none(self) -> None:
        region = picture(on_slice(2, (8, 10, 12, 16)), on_slice(4, (2, 3, 6, 5)), slices=6)
        assert region.offset[0] == 2
        assert region.inside.sum(axis=(1, 2)).tolist() == [24, 0, 8]
        assert (region.zone[1] == FAR).all()
        assert [box.slice_index for box in region.boxes] == [0, 2]


class TestCrop:
    """What is cut out of the stack."""

    @settings(max_examples=40)
    @given(
        st.lists(
            st.tuples(st.integers(0, 2), st.floats(-3, 20), st.floats(-3, 26), st.floats(1, 12),
                      st.floats(1, 12)),
            min_size=1, max_size=4,
        )
    )  # fmt: skip
    def test_it_is_a_piece_of_the_stack_that_holds_all_boxes(
        self, corners: list[tuple[int, float, float, float, float]]
    ) -> None:
        boxes = [on_slice(k, (r, c, r + h, c + w)) for k, r, c, h, w in corners]
        region = picture(*boxes, slices=3)
        stack: StackArray = np.arange(3 * 24 * 30, dtype=np.float32).reshape(3, 24, 30)
        np.testing.assert_array_equal(region.image, stack[region.slices])
        assert region.image.flags.c_contiguous
        shift = np.array([*region.offset[1:]] * 2)
        for before, after in zip(boxes, region.boxes, strict=True):
            assert after.slice_index + region.offset[0] == before.slice_index
            np.testing.assert_allclose(after.edges + shift, before.edges)
            rows, columns = region.image.shape[1:]
            in_picture = np.clip(before.edges, 0, [24, 30, 24, 30]) - shift
            assert in_picture.min() >= 0
            assert (in_picture <= [rows, columns, rows, columns]).all()

    def test_some_of_the_surroundings_come_along(self) -> None:
        region = picture(on_slice(0, (8, 10, 12, 16)))
        (box,) = region.boxes
        rows, columns = region.image.shape[1:]
        assert (box.edges[:2] >= 2).all()
        assert (box.edges[2:] <= np.array([rows, columns]) - 2).all()

    @pytest.mark.parametrize("edges", [(0, 0, 24, 30), (-5, -5, 40, 40)])
    def test_a_box_as_large_as_the_picture_or_larger(self, edges: Edges) -> None:
        region = picture(on_slice(0, edges))
        assert region.image.shape == (1, 24, 30)
        assert region.inside.all()

    def test_a_box_beyond_the_border_keeps_its_part_in_the_picture(self) -> None:
        region = picture(on_slice(0, (20, -4, 28, 6)))
        assert region.offset[2] == 0
        assert region.inside.sum() == 4 * 6
        assert whole(region, region.inside, 0)[0, 20:24, 0:6].all()

    def test_other_boxes_keep_the_crop(self) -> None:
        region = picture(on_slice(0, (4, 4, 20, 24)))
        smaller = on_slice(0, (8, 8, 12, 12))
        after = region.with_boxes([smaller])
        assert after.image is region.image
        assert (after.offset, after.spacing_mm) == (region.offset, region.spacing_mm)
        assert after.boxes == (smaller,)
        assert after.inside.sum() == 16
        back = after.with_boxes(region.boxes)
        for name in ("zone", "cell", "radius"):
            np.testing.assert_array_equal(getattr(back, name), getattr(region, name))


def test_the_side_is_the_longer_one_in_mm_of_the_median_box() -> None:
    """Voxels of 2 x 1 mm: 4 x 6 px are 8 x 6 mm, 4 x 10 px 8 x 10 mm, 12 x 6 px 24 x 6 mm."""
    boxes = [(8, 10, 12, 16), (8, 10, 12, 20), (8, 10, 20, 16)]
    region = picture(*(on_slice(k, edges) for k, edges in enumerate(boxes)), slices=3)
    assert region.side_mm == 10


class TestMargin:
    """How far beyond its boxes a structure may be."""

    def test_only_beyond_edges_that_have_one(self) -> None:
        """2 px more on top and 3 px more on the right of [8, 12) x [10, 16)."""
        box = replace(on_slice(0, (8, 10, 12, 16)), margin_px=np.array([2.0, 0, 0, 3]))
        rows, columns = np.nonzero(whole(picture(box), picture(box).allowed, 0)[0])
        assert (rows.min(), rows.max() + 1) == (6, 12)
        assert (columns.min(), columns.max() + 1) == (10, 19)
        assert len(rows) == 6 * 9

    def test_the_box_itself_stays_and_tightening_keeps_the_margin(self) -> None:
        box = replace(on_slice(0, (8, 10, 12, 16)), margin_px=np.full(4, 2.0))
        region = picture(box)
        assert region.inside.sum() == 24
        inwards = np.array([1, 1, -1, -1])
        tight = region.tightened([replace(b, edges=b.edges + inwards) for b in region.boxes])
        np.testing.assert_array_equal(tight.allowed, region.allowed)

    def test_none_without(self) -> None:
        region = picture(on_slice(0, (8.3, 10.6, 12.2, 16.9)))
        np.testing.assert_array_equal(region.allowed, region.inside)

    def test_it_ends_with_the_picture(self) -> None:
        box = replace(on_slice(0, (0, 0, 4, 5)), margin_px=np.full(4, 90.0))
        assert picture(box).allowed.all()
