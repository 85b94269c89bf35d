"""The cut on crops of one or several structures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from manyhands.evidence.region import BoxOnSlice, Region, cut_region
from manyhands.masks.cut import Cut, boundary_weights, find_contest
from manyhands.types import MaskStack, Spacing, StackArray

SHAPE = (3, 30, 40)
INWARD_4 = np.array([4.0, 4, -4, -4])
EVEN: Spacing = (2.0, 2.0, 2.0)
Edges = tuple[float, float, float, float]


def region(edges: Edges, *, image: StackArray | None = None, spacing_mm: Spacing = EVEN) -> Region:
    """The same box on all three slices of a picture of zeros."""
    stack = np.zeros(SHAPE, dtype=np.float32) if image is None else image
    boxes = [BoxOnSlice(k, 0, np.array(edges, dtype=np.float64)) for k in range(SHAPE[0])]
    return cut_region(stack, boxes, spacing_mm)


def evidence_of(of: Region, mask: MaskStack, strength: float = 3.0) -> npt.NDArray[np.float32]:
    """For the mask (of the whole picture) and against everything else."""
    return np.where(mask[of.slices], strength, -strength).astype(np.float32)


def in_picture(cut: Cut, structure_id: int, of: Region) -> MaskStack:
    full = np.zeros(SHAPE, dtype=np.bool_)
    full[of.slices] = cut.mask(structure_id)
    return full


class TestBoundaryWeights:
    """What a boundary costs."""

    def test_the_same_everywhere_in_a_flat_image(self) -> None:
        of = region((8, 10, 20, 28))
        weights = boundary_weights(of)
        assert weights.shape == (3, *of.image.shape)
        assert weights.dtype == np.float32
        for axis, last in ((0, (-1,)), (1, (slice(None), -1)), (2, (slice(None), slice(None), -1))):
            inner = np.moveaxis(weights[axis], axis, 0)[:-1]
            assert np.ptp(inner) < 1e-6 * inner.max()
            assert inner.min() > 0
            assert not weights[axis][last].any()

    @pytest.mark.parametrize("axis", range(3))
    def test_less_where_the_image_has_an_edge(self, axis: int) -> None:
        """An edge across each axis, between the middle and the next voxel of the crop."""
        of = region((8, 10, 20, 28))
        middle = of.image.shape[axis] // 2 - (axis == 0)
        along = np.moveaxis(of.image, axis, 0)
        along[middle + 1 :] = 0.5
        weights = np.moveaxis(boundary_weights(of)[axis], axis, 0)
        flat = weights[middle - 1] if middle else weights[middle + 1 : -1]
        if axis:
            assert weights[middle].max() < 0.5 * flat.min()
        else:
            others = boundary_weights(region((8, 10, 20, 28)))[0][0]
            assert weights[0].max() < others.min()

    def test_slices_further_apart_hold_together_less(self) -> None:
        thin, thick = (
            boundary_weights(region((8, 10, 20, 28), spacing_mm=(k_mm, 2.0, 2.0)))
            for k_mm in (2.0, 8.0)
        )
        assert thick[0, 0].max() < thin[0, 0].min()
        np.testing.assert_allclose(thick[1:], thin[1:])

    def test_rows_and_columns_are_alike(self) -> None:
        """The same pixels of 1 x 3 mm, turned by 90 degrees."""
        flat = np.zeros((3, 30, 30), dtype=np.float32)
        wide, high = (
            boundary_weights(region((8, 8, 20, 20), image=flat, spacing_mm=spacing))
            for spacing in ((2.0, 1.0, 3.0), (2.0, 3.0, 1.0))
        )
        np.testing.assert_allclose(high[[0, 2, 1]].swapaxes(2, 3), wide, rtol=1e-5)


class TestContest:
    """Which voxels several structures could claim."""

    def test_those_in_the_boxes_of_both_by_their_index_in_each(self) -> None:
        regions = [region((5, 5, 15, 20)), region((10, 12, 25, 35))]
        contest = find_contest(regions)
        assert contest is not None
        assert [claim.field for claim in contest.claims] == [0, 1]
        expected = np.zeros(SHAPE, dtype=np.bool_)
        expected[:, 10:15, 12:20] = True
        assert contest.size == expected.sum()
        for claim, of in zip(contest.claims, regions, strict=True):
            at = np.array(np.unravel_index(claim.index, of.image.shape)).T + of.offset
            in_order = at[np.argsort(claim.voxel)]
            np.testing.assert_array_equal(in_order, np.argwhere(expected))

    def test_none_between_structures_apart_or_with_one_alone(self) -> None:
        assert find_contest([region((2, 2, 8, 8)), region((20, 30, 28, 38))]) is None
        assert find_contest([region((2, 2, 8, 8))]) is None

    def test_a_voxel_in_three_boxes_is_one_voxel_with_three_claims(self) -> None:
        contest = find_contest([region((5, c, 15, c + 15)) for c in (5, 10, 15)])
        assert contest is not None
        assert contest.most_claims == 3
        assert [len(np.unique(c.voxel)) == len(c.voxel) for c in contest.claims] == [True] * 3

    def test_what_is_allowed_is_contested_where_boxes_were_tightened(self) -> None:
        """A judge may give a structure all that people boxed, so two may not both have it."""
        tight = [
            r.tightened([replace(b, edges=b.edges + INWARD_4) for b in r.boxes])
            for r in (region((5, 5, 25, 24)), region((5, 20, 25, 39)))
        ]
        contest = find_contest(tight)
        assert contest is not None
        assert contest.size == 3 * 20 * 4


class TestCut:
    """Masks from evidence."""

    def test_clear_evidence_is_followed(self) -> None:
        of = region((5, 5, 25, 35))
        square = np.zeros(SHAPE, dtype=np.bool_)
        square[:, 9:21, 10:30] = True
        cut = Cut({1: of})
        cut.improve({1: evidence_of(of, square, 30)})
        agree = np.mean(in_picture(cut, 1, of) == square)
        assert agree > 0.99

    @pytest.mark.parametrize(
        "strength",
        [
            3.0,
            7.0,
        ],
    )
    def test_speckles_vanish(self, strength: float) -> None:
        """Two voxels in a hundred say the contrary of all others on their side of the picture."""
        of = region((0, 0, 30, 40))
        half = np.zeros(SHAPE, dtype=np.bool_)
        half[:, :, :20] = True
        speckled = half ^ (np.random.default_rng(0).random(SHAPE) < 0.02)
        cut = Cut({1: of})
        cut.improve({1: evidence_of(of, speckled, strength)})
        wrong = in_picture(cut, 1, of) != half
        assert wrong.sum() < 0.1 * (speckled != half).sum()

    def test_a_boundary_lies_on_the_edge_of_the_image(self) -> None:
        """Nothing is known of the columns 15 to 24; the image has its edge at 18."""
        image = np.zeros(SHAPE, dtype=np.float32)
        image[:, :, 18:] = 0.6
        of = region((0, 0, 30, 40), image=image)
        evidence = np.zeros(of.image.shape, dtype=np.float32)
        evidence[:, :, :15], evidence[:, :, 25:] = 3, -3
        cut = Cut({1: of})
        cut.improve({1: evidence}, iterations=2000)
        mask = in_picture(cut, 1, of)
        assert mask[:, 5:25, :18].all()
        assert not mask[:, 5:25, 18:].any()

    def test_two_structures_share_what_both_want_by_strength(self) -> None:
        """Both claim columns 12 to 23; the first is surer left of 18, the second right."""
        first, second = region((5, 5, 25, 24)), region((5, 12, 25, 35))
        left, right = np.zeros((2, *SHAPE), dtype=np.float32)
        left[:, 5:25, 5:18], left[:, 5:25, 18:24] = 6, 2
        right[:, 5:25, 18:35], right[:, 5:25, 12:18] = 6, 2
        cut = Cut({4: first, 2: second})
        cut.improve({4: left[first.slices] - 1, 2: right[second.slices] - 1}, iterations=1000)
        one, two = in_picture(cut, 4, first), in_picture(cut, 2, second)
        assert not (one & two).any()
        assert one[:, 8:22, 8:18].all()
        assert two[:, 8:22, 18:32].all()

    def test_new_evidence_for_one_leaves_that_of_the_other(self) -> None:
        first, second = region((2, 2, 14, 14)), region((16, 20, 28, 38))
        everything = np.ones(SHAPE, dtype=np.bool_)
        cut = Cut({1: first, 2: second})
        cut.improve({1: evidence_of(first, everything), 2: evidence_of(second, everything)})
        assert cut.mask(1).all()
        cut.improve({1: evidence_of(first, ~everything)}, iterations=1000)
        assert not cut.mask(1).any()
        assert cut.mask(2).all()

    def test_improved_in_steps_it_ends_where_it_would_at_once(self) -> None:
        rng = np.random.default_rng(0)
        regions = {1: region((5, 5, 25, 24)), 2: region((5, 12, 25, 35))}
        steps, direct = Cut(regions), Cut(regions)
        evidence = [
            {s: rng.normal(0, 3, of.image.shape).astype(np.float32) for s, of in regions.items()}
            for _ in range(3)
        ]
        for given in evidence:
            steps.improve(given, iterations=3000)
        direct.improve(evidence[-1], iterations=3000)
        for s in regions:
            assert np.mean(steps.mask(s) == direct.mask(s)) > 0.998

    def test_it_counts_its_iterations(self) -> None:
        of = region((5, 5, 25, 24))
        cut = Cut({1: of})
        noise = np.random.default_rng(1).normal(0, 3, of.image.shape).astype(np.float32)
        assert cut.improve({1: noise}, iterations=3) == 3
        assert 0 < cut.improve({1: np.full_like(noise, 3)}, iterations=500) < 500
