"""From consensus boxes to a label volume, on ellipsoids that one can describe."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from manyhands.boxes import interpolate, make_track
from manyhands.errors import ConfigError
from manyhands.geometry import from_source, from_stack, grid_of_source, to_source, to_stack
from manyhands.masks import segment
from manyhands.types import (
    IGNORE_LABEL,
    Consensus,
    MaskStack,
    Modality,
    Segmentation,
    Shape3,
    Spacing,
    Track,
    Volume,
)

SHAPE: Shape3 = (11, 44, 48)  # slices, rows, columns
SPACING: Spacing = (4.0, 2.0, 2.0)
FAT_HU, NOISE_HU = -80.0, 15.0
LEFT = ((5.0, 22.0, 14.0), (4.2, 13.0, 10.0))  # centre and radii; the two touch at column 24
RIGHT = ((5.0, 22.0, 34.0), (4.2, 13.0, 10.0))


def ellipsoid(
    centre: tuple[float, ...], radii: tuple[float, ...], shape: Shape3 = SHAPE
) -> MaskStack:
    axes = np.ogrid[tuple(slice(0, n) for n in shape)]
    terms = [((a - c) / r) ** 2 for a, c, r in zip(axes, centre, radii, strict=True)]
    return np.asarray(sum(terms) < 1)


def pictures(*organs: tuple[MaskStack, float]) -> npt.NDArray[np.float32]:
    """Organs and how much brighter than fat each is, in HU, with noise."""
    shape = organs[0][0].shape
    stack = FAT_HU + np.random.default_rng(0).normal(0, NOISE_HU, shape)
    for mask, brighter in organs:
        stack[mask] += brighter
    return stack.astype(np.float32)


def volume_of(
    stack: npt.NDArray[np.float32],
    spacing_mm: Spacing = SPACING,
    modality: Modality = Modality.CT,
) -> Volume:
    data = np.ascontiguousarray(from_stack(stack))
    k_mm, row_mm, column_mm = spacing_mm
    return Volume(data, grid_of_source(data.shape, np.diag([column_mm, row_mm, k_mm, 1])), modality)


def track_of(mask: MaskStack, *, looseness: float = 1.4, every: int = 1) -> Track:
    """Boxes too large by `looseness` on every n-th slice and the last, interpolated between."""
    found = np.flatnonzero(mask.any(axis=(1, 2)))
    slices = sorted({*found[::every].tolist(), int(found[-1])})
    boxes = []
    for k in slices:
        rows, columns = (np.flatnonzero(mask[k].any(axis=axis)) for axis in (1, 0))
        low, high = np.array([rows[0], columns[0]]), np.array([rows[-1] + 1, columns[-1] + 1])
        more = (high - low) * (looseness - 1) / 2
        boxes.append(np.clip(np.concatenate([low - more, high + more]), 0, [*mask.shape[1:]] * 2))
    return interpolate(make_track(slices, boxes))


def agreed(
    *tracks: Track, slices: int = SHAPE[0], is_seen: npt.NDArray[np.bool_] | None = None
) -> Consensus:
    presence = np.zeros(slices)
    for track in tracks:
        presence[track.slice_indices] = 1
    seen = np.ones(slices, dtype=np.bool_) if is_seen is None else is_seen
    return Consensus(tracks, presence, seen)


def where(found: Segmentation, structure_id: int) -> MaskStack:
    return np.asarray(to_stack(found.labels.data) == structure_id)


def dice(first: MaskStack, second: MaskStack) -> float:
    return float(2 * (first & second).sum() / (first.sum() + second.sum()))


@pytest.fixture(scope="module")
def left() -> MaskStack:
    return ellipsoid(*LEFT)


@pytest.fixture(scope="module")
def right() -> MaskStack:
    return ellipsoid(*RIGHT) & ~ellipsoid(*LEFT)


class TestOneStructure:
    """An ellipsoid, brighter than what is around it."""

    @pytest.mark.parametrize("spacing", [(4.0, 2.0, 2.0), (7.7, 1.6, 1.6), (2.0, 2.0, 2.0)])
    @pytest.mark.parametrize("modality", Modality)
    def test_it_is_found_in_boxes_40_percent_too_large(
        self, left: MaskStack, modality: Modality, spacing: Spacing
    ) -> None:
        """As MR the same with air at zero; pixels of 1.6 mm make it one of the small ones."""
        stack = pictures((left, 140)) + (0 if modality is Modality.CT else 100)
        found = segment(volume_of(stack, spacing, modality), {1: agreed(track_of(left))})
        assert dice(where(found, 1), left) > 0.9

    @pytest.mark.parametrize("every", [2, 4])
    def test_slices_without_a_drawn_box_are_as_good(self, left: MaskStack, every: int) -> None:
        track = track_of(left, looseness=1.3, every=every)
        assert not track.is_drawn.all()
        mask = where(segment(volume_of(pictures((left, 140))), {1: agreed(track)}), 1)
        assert dice(mask, left) > 0.9
        between = track.slice_indices[~track.is_drawn]
        assert dice(mask[between], left[between]) > 0.9

    def test_two_pieces_on_each_slice(self) -> None:
        first = ellipsoid((5, 22, 12), (4.2, 13, 9))
        second = ellipsoid((5, 22, 37), (3.2, 10, 8))
        both = agreed(track_of(first), track_of(second))
        mask = where(segment(volume_of(pictures((first | second, 140))), {1: both}), 1)
        assert dice(mask & (np.arange(48) < 24), first) > 0.9
        assert dice(mask & (np.arange(48) >= 24), second) > 0.9

    def test_a_picture_of_one_slice(self, left: MaskStack) -> None:
        one = left[5:6]
        found = segment(volume_of(pictures((one, 140))), {1: agreed(track_of(one), slices=1)})
        assert dice(where(found, 1), one) > 0.9
        assert found.confidence[1].shape == (1,)
        assert found.confidence[1][0] > 0.5

    def test_an_organ_cut_by_the_borders_of_the_picture(self) -> None:
        corner = ellipsoid((0.0, 0.0, 47.0), (6.0, 26.0, 28.0))
        found = segment(volume_of(pictures((corner, 140))), {1: agreed(track_of(corner))})
        assert dice(where(found, 1), corner) > 0.9

    @pytest.mark.parametrize(("modality", "value"), [(Modality.CT, 100.0), (Modality.MR, 0.0)])
    def test_an_image_that_shows_nothing_gives_something_inside_the_boxes(
        self, left: MaskStack, modality: Modality, value: float
    ) -> None:
        blank = np.full(SHAPE, value, dtype=np.float32)
        track = track_of(left)
        found = segment(volume_of(blank, modality=modality), {1: agreed(track)})
        mask = where(found, 1)
        assert mask[track.slice_indices].any(axis=(1, 2)).all()
        assert np.isfinite(found.probability).all()
        for k, (row0, column0, row1, column1) in zip(track.slice_indices, track.boxes, strict=True):
            rows, columns = np.nonzero(mask[k])
            assert rows.min() + 0.5 >= row0
            assert rows.max() + 0.5 <= row1
            assert columns.min() + 0.5 >= column0
            assert columns.max() + 0.5 <= column1

    @pytest.mark.parametrize("pixel_mm", [0.7, 0.4])
    def test_fine_pixels_are_joined_and_the_mask_comes_back_on_all_of_them(
        self, pixel_mm: float
    ) -> None:
        """Odd numbers of pixels, the organ at the border of the picture."""
        shape = (6, 101, 91)
        organ = ellipsoid((2.5, 60.0, 60.0), (2.9, 38.0, 34.0), shape)
        volume = volume_of(pictures((organ, 140)), (4.0, pixel_mm, pixel_mm))
        found = segment(volume, {1: agreed(track_of(organ), slices=6)})
        assert found.labels.data.shape == found.probability.shape == volume.data.shape
        assert dice(where(found, 1), organ) > 0.9


class TestSeveralStructures:
    """Two that touch."""

    def test_each_voxel_goes_to_its_own(self, left: MaskStack, right: MaskStack) -> None:
        """Different brightness, boxes that reach into one another."""
        volume = volume_of(pictures((left, 120), (right, 230)))
        found = segment(volume, {3: agreed(track_of(left)), 7: agreed(track_of(right))})
        assert set(np.unique(found.labels.data)) == {0, 3, 7}
        assert dice(where(found, 3), left) > 0.9
        assert dice(where(found, 7), right) > 0.9

    def test_one_alone_is_found_as_well_as_beside_the_other(
        self, left: MaskStack, right: MaskStack
    ) -> None:
        """Nobody boxed the right one: it is no part of the left one all the same."""
        volume = volume_of(pictures((left, 120), (right, 230)))
        found = segment(volume, {3: agreed(track_of(left))})
        assert dice(where(found, 3), left) > 0.9

    @pytest.mark.parametrize(
        "order",
        [
            ("core", "shell"),
            ("shell", "core"),
        ],
    )
    def test_one_inside_another(self, order: tuple[str, str]) -> None:
        """As a tumour in the liver: neither takes the voxels of the other, whoever comes first."""
        whole = ellipsoid((5, 22, 24), (4.2, 17, 18))
        core = ellipsoid((5, 22, 24), (3.2, 7, 7))
        shell = whole & ~core
        boxes = {
            "core": (2, agreed(track_of(core, looseness=1.3))),
            "shell": (1, agreed(track_of(whole, looseness=1.2))),
        }
        volume = volume_of(pictures((shell, 120), (core, 230)))
        found = segment(volume, dict(boxes[name] for name in order))
        assert dice(where(found, 1), shell) > 0.9
        assert dice(where(found, 2), core) > 0.9

    def test_a_structure_without_boxes_gets_no_voxel(self, left: MaskStack) -> None:
        found = segment(volume_of(pictures((left, 140))), {1: agreed(track_of(left)), 2: agreed()})
        assert set(np.unique(found.labels.data)) == {0, 1}
        assert np.isnan(found.confidence[2]).all()
        assert found.confidence[2].shape == (SHAPE[0],)

    @pytest.mark.parametrize("structures", [{}, {2: agreed()}])
    def test_nothing_to_find_is_all_background(
        self, left: MaskStack, structures: dict[int, Consensus]
    ) -> None:
        found = segment(volume_of(pictures((left, 140))), structures)
        assert not found.labels.data.any()
        assert (found.probability == 1).all()
        assert set(found.confidence) == set(structures)

    def test_the_same_again(self, left: MaskStack, right: MaskStack) -> None:
        volume = volume_of(pictures((left, 120), (right, 230)))
        structures = {1: agreed(track_of(left)), 2: agreed(track_of(right))}
        first, again = segment(volume, structures), segment(volume, structures)
        np.testing.assert_array_equal(first.labels.data, again.labels.data)
        np.testing.assert_array_equal(first.probability, again.probability)
        for s in structures:
            np.testing.assert_array_equal(first.confidence[s], again.confidence[s])


class TestUnseenSlices:
    """Where nobody looked, nobody can say that there is nothing."""

    def test_they_are_ignored_except_where_a_label_is(
        self, left: MaskStack, right: MaskStack
    ) -> None:
        """The left one was not seen below slice 3; the right one was, and is there."""
        track = track_of(left)
        seen = np.arange(SHAPE[0]) >= 3
        later = make_track(*(part[track.slice_indices >= 3]
                             for part in (track.slice_indices, track.boxes)))  # fmt: skip
        found = segment(
            volume_of(pictures((left, 120), (right, 230))),
            {1: agreed(later, is_seen=seen), 2: agreed(track_of(right))},
        )
        labels = to_stack(found.labels.data)
        assert set(np.unique(labels[:3])) == {2, IGNORE_LABEL}
        assert set(np.unique(labels[3:])) == {0, 1, 2}
        assert dice(where(found, 2), right) > 0.9

    def test_a_structure_that_nobody_began_ignores_nothing(self, left: MaskStack) -> None:
        unseen = np.zeros(SHAPE[0], dtype=np.bool_)
        found = segment(
            volume_of(pictures((left, 140))),
            {1: agreed(track_of(left)), 2: agreed(is_seen=unseen)},
        )
        assert IGNORE_LABEL not in found.labels.data


class TestTrust:
    """Probability and confidence."""

    def test_probability_is_of_the_label_given(self, left: MaskStack, right: MaskStack) -> None:
        """Sure in the core of an organ and far from it, less where one ends."""
        found = segment(
            volume_of(pictures((left, 120), (right, 230))),
            {1: agreed(track_of(left)), 2: agreed(track_of(right))},
        )
        probability = to_stack(found.probability)
        assert 0 <= probability.min() <= probability.max() <= 1
        # Calibrated probabilities: no voxel of an organ is surer than boxes and histograms allow.
        assert probability[5, 22, 12] > 0.8
        assert probability[5, 22, 36] > 0.8
        assert probability[5, 1, 1] > 0.9
        mask = where(found, 1)[5]
        first_column = int(np.flatnonzero(mask[22])[0])
        assert probability[5, 22, first_column] < probability[5, 22, 12]

    def test_a_slice_of_noise_is_less_sure_than_those_around_it(self, left: MaskStack) -> None:
        """The ends of the organ are small, and unsure for that reason."""
        stack = pictures((left, 140))
        stack[4] = FAT_HU + np.random.default_rng(1).normal(60, 60, SHAPE[1:])
        found = segment(volume_of(stack), {1: agreed(track_of(left))})
        confidence = found.confidence[1]
        inside = np.flatnonzero(left.any(axis=(1, 2)))
        assert np.isnan(np.delete(confidence, inside)).all()
        assert ((confidence[inside] > 0) & (confidence[inside] <= 1)).all()
        assert confidence[4] < confidence[[2, 3, 5, 6]].min()

    def test_confidence_is_where_the_mask_is(self, left: MaskStack) -> None:
        found = segment(volume_of(pictures((left, 140))), {1: agreed(track_of(left))})
        has_mask = where(found, 1).any(axis=(1, 2))
        np.testing.assert_array_equal(np.isfinite(found.confidence[1]), has_mask)


@pytest.mark.parametrize("codes", [(-1, 1, 1), (-1, -1, 1), (1, 1, -1)], ids=["LAS", "LPS", "RAI"])
def test_labels_lie_on_the_volumes_own_grid(left: MaskStack, codes: tuple[int, ...]) -> None:
    """Bright voxels as stored in the file are the labelled voxels as stored in the file."""
    ras = from_stack(pictures((left, 140)))
    stored = ras[tuple(slice(None, None, code) for code in codes)]
    grid = grid_of_source(
        stored.shape, np.diag([2.0 * codes[0], 2.0 * codes[1], 4.0 * codes[2], 1])
    )
    volume = Volume(from_source(stored, grid.source), grid)
    np.testing.assert_array_equal(volume.data, ras)

    found = segment(volume, {1: agreed(track_of(left))})
    assert found.labels.grid is grid
    assert found.labels.data.dtype == np.uint8
    assert found.probability.dtype == np.float32
    labels = to_source(found.labels.data, grid.source)
    assert labels.shape == stored.shape
    assert dice(labels == 1, stored > FAT_HU + 70) > 0.9


def test_progress_is_reported(left: MaskStack) -> None:
    said: list[float] = []
    segment(volume_of(pictures((left, 140))), {1: agreed(track_of(left))}, progress=said.append)
    assert said[-1] == 1


def test_an_unknown_model_is_refused(left: MaskStack) -> None:
    with pytest.raises(ConfigError, match="unknown model 'magic'; known are intensity"):
        segment(volume_of(pictures((left, 140))), {}, model="magic")
