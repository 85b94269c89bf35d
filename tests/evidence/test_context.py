"""Features of voxels beside a mask: relative to it, whatever the brightness, place and grid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from manyhands.evidence import Region
from manyhands.evidence.context import FEATURES, beside, describe_voxels, in_region, signed_depth
from manyhands.evidence.region import BoxOnSlice, cut_region
from manyhands.types import MaskStack

SIZE = 48
SLICES = 7
INWARD_4 = np.array([4.0, 4.0, -4.0, -4.0])
BOX = np.array([8.0, 8.0, 40.0, 40.0])


def disk(radius: float = 12.0) -> MaskStack:
    row, column = np.ogrid[:SIZE, :SIZE]
    middle = (SIZE - 1) / 2
    one = (row - middle) ** 2 + (column - middle) ** 2 < radius**2
    return np.repeat(np.asarray(one)[None], SLICES, axis=0)


def region_of(image: npt.NDArray[np.floating]) -> Region:
    boxes = [BoxOnSlice(k, 0, BOX) for k in range(SLICES)]
    return cut_region(image.astype(np.float32), boxes, (5.0, 2.0, 2.0))


def picture(contrast: float = 0.3) -> npt.NDArray[np.floating]:
    noise = np.random.default_rng(0).normal(0, 0.02, (SLICES, SIZE, SIZE))
    return np.asarray(0.5 + contrast * disk() + noise)


def columns(region: Region) -> dict[str, npt.NDArray[np.float32]]:
    found = describe_voxels(region, disk()[region.slices])
    return {name: in_region(region, found[:, n], np.nan) for n, name in enumerate(FEATURES)}


def test_one_row_for_each_voxel_of_the_boxes_that_people_drew() -> None:
    region = region_of(picture())
    inner = [BoxOnSlice(b.slice_index, 0, b.edges + INWARD_4) for b in region.boxes]
    for one in (region, region.tightened(inner)):
        found = describe_voxels(one, disk()[region.slices])
        assert found.shape == (region.inside.sum(), len(FEATURES))
        assert found.dtype == np.float32
        assert np.isfinite(found).all()


@pytest.mark.parametrize("contrast", [0.3, -0.3])
def test_a_brighter_and_a_darker_structure_are_described_alike(contrast: float) -> None:
    region = region_of(picture(contrast))
    found = columns(region)
    inside = disk()[region.slices]
    outside = region.inside & ~inside
    assert found["log_ratio"][inside].mean() > 2
    assert found["log_ratio"][outside].mean() < -1
    assert np.median(found["deviation"][inside]) < 1
    assert found["deviation"][outside].mean() > 5


def test_a_scale_and_an_offset_of_the_picture_change_little() -> None:
    """As another window would: less than two images with other noise differ, and alike in order."""
    mask = disk()[region_of(picture()).slices]
    whole = describe_voxels(region_of(picture()), mask)
    moved = describe_voxels(region_of(picture() - 0.2), mask)
    half = describe_voxels(region_of(picture() * 0.5 + 0.2), mask)
    for name in ("log_ratio_4mm", "log_ratio_10mm"):
        n = FEATURES.index(name)
        np.testing.assert_allclose(half[:, n], whole[:, n], atol=0.1)
    for name in ("deviation", "deviation_3mm", "roughness"):
        n = FEATURES.index(name)
        np.testing.assert_allclose(moved[:, n], whole[:, n], atol=0.02)
        assert np.corrcoef(half[:, n], whole[:, n])[0, 1] > 0.99
        # The least spread weighs more where everything is smaller: not half as large, all the same.
        assert 0.7 < half[:, n].mean() / whole[:, n].mean() < 1


def test_it_is_rough_on_an_edge_and_not_within() -> None:
    region = region_of(picture())
    found = columns(region)["roughness"]
    within, edge = (mask[region.slices] for mask in (disk(8), disk(13) & ~disk(11)))
    assert np.median(found[within]) < 1
    assert np.median(found[edge]) > 3


def test_depth_in_mm_is_negative_outside_and_far_out_without_mask() -> None:
    mask = disk()
    mask[3] = False
    depth = signed_depth(mask, (5.0, 2.0, 2.0))
    middle = SIZE // 2
    assert depth[0, middle, middle] == 20  # 24 mm deep; more than 20 is not told
    assert depth[0, middle, middle + 10] == pytest.approx(2 * 2, abs=1.1)
    assert depth[0, middle, middle + 14] == pytest.approx(-2 * 3, abs=1.1)
    assert (depth[3] == -20).all()


def test_the_slices_before_and_after_and_themselves_at_the_ends() -> None:
    stack = np.arange(3, dtype=np.float32)[:, None, None] * np.ones((3, 2, 2), np.float32)
    before, after = beside(stack)
    assert before[:, 0, 0].tolist() == [0, 0, 1]
    assert after[:, 0, 0].tolist() == [1, 2, 2]


def test_slices_to_the_nearer_end() -> None:
    found = columns(region_of(picture()))["slices_to_end"]
    middle = SIZE // 2 - 8
    assert found[:, middle, middle].tolist() == [0, 1, 2, 3, 2, 1, 0]
