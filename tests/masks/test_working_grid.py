"""To blocks and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage as ndi

from manyhands.boxes import make_track
from manyhands.boxes.margin import find_margin_px
from manyhands.masks.working_grid import (
    WorkingImage,
    block_means,
    block_size,
    restore,
)
from manyhands.types import Consensus, Shape3, StackArray


class TestBlockSize:
    """How many pixels become one."""

    @pytest.mark.parametrize("pixel_mm", [2.0, 3.0, 7.7])
    def test_coarse_pixels_stay_as_they_are(self, pixel_mm: float) -> None:
        assert block_size((3.0, pixel_mm, pixel_mm)) == 1

    def test_finer_pixels_make_larger_blocks_of_about_one_size(self) -> None:
        pixels_mm = (0.9, 0.7, 0.4, 0.2, 0.1)
        sizes = [block_size((3.0, mm, mm)) for mm in pixels_mm]
        assert sizes == sorted(sizes)
        assert sizes[1] > 1
        blocks_mm = np.multiply(sizes, pixels_mm)
        assert blocks_mm.max() < 2 * blocks_mm.min()

    def test_slices_do_not_matter(self) -> None:
        assert block_size((0.5, 0.7, 0.7)) == block_size((9.0, 0.7, 0.7))


class TestBlockMeans:
    """Down."""

    def test_by_hand(self) -> None:
        stack = np.array([[[1, 3, 10, 10], [5, 7, 10, 30]]], dtype=np.float32)
        assert block_means(stack, 2).tolist() == [[[4, 15]]]

    def test_a_part_block_repeats_its_neighbour(self) -> None:
        """3 x 5 pixels in blocks of 2: one and a half rows, two and a half columns."""
        stack = np.arange(15, dtype=np.float32).reshape(1, 3, 5)
        assert block_means(stack, 2).tolist() == [[[3, 5, 5], [3, 5, 5]]]

    def test_blocks_of_one_are_a_copy(self) -> None:
        stack = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
        found = block_means(stack[:, ::-1], 1)
        np.testing.assert_array_equal(found, stack[:, ::-1])
        assert found.flags.c_contiguous
        assert not np.shares_memory(found, stack)

    @pytest.mark.parametrize("shape", [(2, 1, 8), (2, 8, 1)])
    def test_a_picture_thinner_than_a_block(self, shape: Shape3) -> None:
        """A stack of ones, whatever lies in memory before."""
        rubbish = [np.full((2, 1, 4), np.nan, dtype=np.float32) for _ in range(64)]
        del rubbish
        np.testing.assert_array_equal(block_means(np.ones(shape, dtype=np.float32), 2), 1)


class TestRestore:
    """Up again."""

    @settings(max_examples=40)
    @given(
        st.integers(1, 4), st.tuples(*[st.integers(1, 3)], *[st.integers(4, 13)] * 2),
        st.floats(0, 1, width=32),
    )  # fmt: skip
    def test_constant_stacks_come_back(self, size: int, shape: Shape3, value: float) -> None:
        stack = np.full(shape, value, dtype=np.float32)
        where, found = restore(block_means(stack, size), size, (0, 0, 0), shape)
        assert found.shape == stack[where].shape == shape
        np.testing.assert_allclose(found, stack, rtol=1e-5)

    @settings(max_examples=40)
    @given(st.integers(1, 5), st.integers(0, 10_000))
    def test_masks_of_blocks_survive(self, size: int, seed: int) -> None:
        """A single block loses at most its corners, so that most of it is there: (1 - x)(1 - y) is
        above 1/2 on 0.61 of a block, by integration, and neighbours only add to it."""
        blocks = np.random.default_rng(seed).random((2, 4, 5)) < 0.5
        where, share = restore(blocks.astype(np.float32), size, (0, 0, 0), (2, 4 * size, 5 * size))
        assert share.shape == (2, 4 * size, 5 * size)
        assert where == (slice(0, 2), slice(0, 4 * size), slice(0, 5 * size))
        again = block_means((share > 0.5).astype(np.float32), size) > 0.5
        np.testing.assert_array_equal(again, blocks)

    @pytest.mark.parametrize("size", [1, 2, 3, 4])
    def test_straight_edges_on_blocks_are_exact(self, size: int) -> None:
        full = np.zeros((1, 6 * size, 7 * size), dtype=np.bool_)
        full[:, 2 * size :] = True
        _, share = restore(block_means(full.astype(np.float32), size), size, (0, 0, 0), full.shape)
        np.testing.assert_array_equal(share > 0.5, full)

    @pytest.mark.parametrize(("rows", "columns"), [(9, 11), (8, 11), (9, 10)])
    def test_odd_pictures_are_filled_to_their_last_pixel(self, rows: int, columns: int) -> None:
        full_shape = (2, rows, columns)
        stack = np.arange(columns, dtype=np.float32) * np.ones(full_shape, dtype=np.float32)
        where, found = restore(block_means(stack, 2), 2, (0, 0, 0), full_shape)
        assert found.shape == stack[where].shape == full_shape
        # Linear but for the last part block, which repeats the one before.
        np.testing.assert_allclose(found[:, :, 1 : columns // 2 * 2 - 1],
                                   stack[:, :, 1 : columns // 2 * 2 - 1], atol=1e-4)  # fmt: skip

    def test_a_crop_finds_its_place(self) -> None:
        """Blocks of 2 from block (row 2, column 3) on: pixels from (4, 6), cut at the border."""
        crop: StackArray = np.ones((2, 3, 3), dtype=np.float32)
        where, found = restore(crop, 2, (1, 2, 3), (5, 9, 11))
        assert where == (slice(1, 3), slice(4, 9), slice(6, 11))
        assert found.shape == (2, 5, 5)
        assert (found == 1).all()


@pytest.mark.parametrize("size", [2, 3, 4])
def test_pixels_between_blocks_are_those_of_scipys_zoom(size: int) -> None:
    crop = np.random.default_rng(0).random((3, 5, 7)).astype(np.float32)
    _, found = restore(crop, size, (0, 0, 0), (3, 5 * size, 7 * size))
    zoomed = ndi.zoom(crop, (1, size, size), order=1, mode="nearest", grid_mode=True)
    np.testing.assert_allclose(found, zoomed, atol=1e-5)


class TestMargin:
    """How far beyond the boxes of a track the structure may reach."""

    def test_as_many_spreads_as_the_track_says(self) -> None:
        track = make_track([0], [(0, 0, 40, 80)], spread_px=[1, 2, 3, 4], margin=2.0)
        assert find_margin_px(track).tolist() == [[2, 4, 6, 8]]

    def test_never_more_than_a_share_of_the_side(self) -> None:
        """A fifth of 10 rows and of 50 columns."""
        track = make_track([0], [(0, 0, 10, 50)], spread_px=30.0, margin=1.0)
        assert find_margin_px(track).tolist() == [[2, 10, 2, 10]]

    def test_none_where_people_drew_around_it(self) -> None:
        assert not find_margin_px(make_track([0, 1], [(0, 0, 9, 9)] * 2, spread_px=5.0)).any()

    def test_half_of_it_the_boxes_have_the_other_half_a_judge(self) -> None:
        """3.2 px above and to the left of [8, 24) x [8, 40), in blocks of 2 pixels: 0.8 each."""
        track = make_track([1], [(8, 8, 24, 40)], spread_px=[4, 4, 0, 0], margin=0.8)
        image = WorkingImage(np.zeros((3, 32, 32), dtype=np.float32), (3.0, 1.5, 1.5), 2)
        agreed = Consensus((track,), np.ones(3), np.ones(3, dtype=np.bool_))
        (box,) = image.boxes_of(agreed)
        np.testing.assert_allclose(box.edges, [3.2, 3.2, 12, 20])
        np.testing.assert_allclose(box.margin_px, [0.8, 0.8, 0, 0])

    def test_boxes_end_with_the_picture(self) -> None:
        """Else no crop would hold them, and a live mask began anew with each answer."""
        track = make_track([1], [(1, 2, 30, 31)], spread_px=8.0, margin=1.0)
        image = WorkingImage(np.zeros((3, 32, 32), dtype=np.float32), (3.0, 1.5, 1.5), 1)
        agreed = Consensus((track,), np.ones(3), np.ones(3, dtype=np.bool_))
        (box,) = image.boxes_of(agreed)
        assert box.edges.tolist() == [0, 0, 32, 32]
        region = image.cut_region(agreed)
        assert region.holds(region.to_own([box]))
