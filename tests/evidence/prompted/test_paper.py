"""The study's preparation of slices, against the program it used, and the masks that come of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from tests.evidence.prompted.fakes import Oracle

from manyhands.evidence import Sight
from manyhands.evidence.prompted.paper import paper_box, paper_picture
from manyhands.evidence.sam import Decoded, Embedding, Picture, Prompt
from manyhands.evidence.sam.cached import CachedNetwork
from manyhands.geometry import from_stack, grid_of_source, to_stack
from manyhands.masks import segment_slices
from manyhands.types import IGNORE_LABEL, Consensus, Volume

SHAPE = (3, 20, 24)


def plane(seed: int = 0) -> npt.NDArray[np.float32]:
    noise = np.random.default_rng(seed).normal(0, 30, SHAPE[1:])
    noise[5:12, 6:14] += 200
    return noise.astype(np.float32)


def test_edges_are_added_as_by_the_studys_own_library() -> None:
    """skimage.filters.sobel on the slice in three equal channels, as the study called it."""
    filters = pytest.importorskip("skimage.filters", reason="the study's own Sobel filter")

    def stretched(values: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        return np.asarray((values - values.min()) / (values.max() - values.min()) * 255)

    channels = np.repeat(np.floor(stretched(plane()))[..., None], 3, axis=2)
    expected = stretched(channels + stretched(filters.sobel(channels)))[..., 0]

    found = paper_picture(plane(), with_edges=True)

    assert np.abs(found.astype(float) - np.floor(expected)).max() <= 1  # of 255: rounding


def test_without_edges_greys_go_from_the_darkest_to_the_brightest() -> None:
    ramp = np.linspace(-1000, 500, 256, dtype=np.float32).reshape(16, 16)

    found = paper_picture(ramp, with_edges=False)

    assert (found[0, 0], found[-1, -1]) == (0, 255)
    assert (np.diff(found.reshape(-1).astype(int)) >= 0).all()


@pytest.mark.parametrize("with_edges", [True, False])
def test_a_slice_of_one_intensity_is_black(with_edges: bool) -> None:
    assert not paper_picture(np.full((8, 9), 40, np.float32), with_edges=with_edges).any()


def test_boxes_are_cut_to_whole_pixels_and_may_vanish() -> None:
    assert paper_box((3.9, 4.2, 7.99, 8.0)) == (3, 4, 7, 8)
    assert paper_box((3.2, 4.2, 3.9, 8.0)) is None


class Recorder(Oracle):
    """Remembers how it was asked."""

    def __init__(self) -> None:
        super().__init__(bright=128)
        self.how: list[tuple[bool, bool]] = []
        self.pictures: list[Picture] = []

    def encode(self, pictures: Sequence[Picture]) -> list[Embedding]:
        self.pictures += list(pictures)
        return super().encode(pictures)

    def decode(
        self,
        embedding: Embedding,
        prompts: Sequence[Prompt],
        *,
        several: bool = False,
        edges_are_indices: bool = False,
    ) -> Decoded:
        self.how.append((several, edges_are_indices))
        return super().decode(
            embedding, prompts, several=several, edges_are_indices=edges_are_indices
        )


def volume() -> Volume:
    stack = np.stack([plane(seed) for seed in range(SHAPE[0])])
    data = np.ascontiguousarray(from_stack(stack))
    return Volume(data, grid_of_source(data.shape, np.diag([1.0, 1, 5, 1])))


def test_of_three_masks_the_best_is_painted_in_the_order_of_structures() -> None:
    """The second structure's box covers part of the first one's; slice 2 nobody looked at."""
    recorder = Recorder()
    seen = np.array([True, True, False])
    structures = {s: Consensus((), np.zeros(3), seen) for s in (1, 2)}
    boxes = {1: {1: [(4.0, 5.0, 14.0, 16.0)]}, 2: {1: [(4.0, 10.5, 14.0, 16.0)]}}

    found = segment_slices(
        volume(), structures, boxes, Sight(CachedNetwork(recorder)), with_edges=False
    )
    labels = to_stack(found.labels.data)

    assert recorder.how == [(True, True)] * 2
    assert len(recorder.pictures) == 1  # only the slice with boxes
    assert (labels[1, 5:12, 6:10] == 1).all()
    assert (labels[1, 5:12, 10:14] == 2).all()
    assert np.count_nonzero(labels[1]) == 7 * 8
    assert not labels[0].any()
    assert (labels[2] == IGNORE_LABEL).all()
    assert found.confidence[1][1] == pytest.approx(0.9)
    assert np.isnan(found.confidence[1][[0, 2]]).all()
