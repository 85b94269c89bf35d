"""Each tensor of the authors' files finds its one place in the networks of `transformers`."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

pytest.importorskip("transformers", reason="the extra sam is not installed")

import torch
from tests.evidence.sam.sam2_by_hand import author_shapes
from tests.evidence.sam.small import segment_anything

from manyhands.evidence.sam import ARCHITECTURES
from manyhands.evidence.sam.architectures import HieraSize
from manyhands.evidence.sam.networks import build_network
from manyhands.evidence.sam.rename import (
    IMAGE_POSITION,
    SHARED_POSITION,
    rename_sam,
    rename_sam2,
    renamed,
    without_video,
)

HIERAS = [name for name, size in ARCHITECTURES.items() if isinstance(size, HieraSize)]
VITS = [name for name in ARCHITECTURES if name not in HIERAS]


@pytest.mark.parametrize("name", HIERAS)
def test_sam2_strictly_at_its_true_size(name: str) -> None:
    size = ARCHITECTURES[name]
    assert isinstance(size, HieraSize)
    written = {n: torch.empty(s, device="meta") for n, s in author_shapes(size).items()}
    renamed = rename_sam2(written)
    for tensors, is_video in ((renamed, True), (without_video(renamed), False)):
        expected = build_network(size, is_video=is_video).state_dict()
        assert {n: t.shape for n, t in tensors.items()} == {n: t.shape for n, t in expected.items()}


@pytest.mark.parametrize("name", HIERAS[:1])
def test_no_two_tensors_of_sam2_take_one_place(name: str) -> None:
    size = ARCHITECTURES[name]
    assert isinstance(size, HieraSize)
    shapes = author_shapes(size)
    numbered = {n: torch.full(s, float(i)) for i, (n, s) in enumerate(shapes.items())}
    renamed = rename_sam2(numbered)
    values = {float(v) for tensor in renamed.values() for v in tensor.unique()}
    assert values == set(map(float, range(len(shapes))))


@pytest.mark.parametrize("name", VITS)
def test_sam_strictly_at_its_true_size(name: str) -> None:
    if find_spec("segment_anything") is None:
        pytest.skip("the reference package is not installed")
    with torch.device("meta"):
        written = segment_anything().sam_model_registry[name.replace("-", "_")]().state_dict()
    renamed = rename_sam(written)
    expected = build_network(ARCHITECTURES[name]).state_dict()
    assert {n: t.shape for n, t in renamed.items()} == {n: t.shape for n, t in expected.items()}


@pytest.mark.parametrize("name", ["vit-b", "hiera-tiny"])
def test_names_of_transformers_stay_as_they_are(name: str) -> None:
    expected = build_network(ARCHITECTURES[name]).state_dict()
    assert list(renamed(expected)) == list(expected)


def test_a_tensor_that_is_saved_once_for_two_places_is_in_both() -> None:
    (once,) = renamed({SHARED_POSITION: torch.ones(2, 3)}).keys() - {SHARED_POSITION}
    assert once == IMAGE_POSITION
    assert set(renamed({IMAGE_POSITION: torch.ones(2, 3)})) == {SHARED_POSITION, IMAGE_POSITION}
