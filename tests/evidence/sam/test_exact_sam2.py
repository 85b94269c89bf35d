"""Our SAM 2 gives what its authors describe, computed a second time by hand from their tensors."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="the extra sam is not installed")

import torch
from tests.evidence.sam.agreement import check_same_logits
from tests.evidence.sam.sam2_by_hand import ByHand, author_shapes, choose_one
from tests.evidence.sam.small import TINY_SAM2, picture, random_like

from manyhands.evidence.sam import SAM_MODELS, Prompt
from manyhands.evidence.sam.devices import Device
from manyhands.evidence.sam.loaded import TorchEngine
from manyhands.evidence.sam.networks import build_network, fill_network
from manyhands.evidence.sam.rename import rename_sam2, without_video

SIDE = TINY_SAM2.input_px
EXACT = Device("cpu", is_half=False)


@functools.cache
def author_tensors() -> dict[str, Any]:
    shapes = author_shapes(TINY_SAM2)
    return random_like({name: torch.empty(shape) for name, shape in shapes.items()}, seed=2)


@functools.cache
def engine() -> TorchEngine:
    network = build_network(TINY_SAM2)
    fill_network(network, without_video(rename_sam2(author_tensors())))
    return TorchEngine(SAM_MODELS["sam2.1-tiny"], TINY_SAM2, network, EXACT, sha256="")


def prepared_by_hand(grey: Any) -> Any:
    """0 to 1, stretched to a square (bilinear, smoothed), then ImageNet's mean and deviation."""
    colours = torch.from_numpy(grey).float().div(255).expand(3, -1, -1)[None]
    square = torch.nn.functional.interpolate(
        colours, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False
    )
    mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
    deviation = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    return (square - mean) / deviation


def ask_by_hand(grey: Any, prompt: Prompt, *, several: bool) -> tuple[Any, Any]:
    """Logits (m, rows, columns) of the slice and scores (m,)."""
    by_hand = ByHand(author_tensors(), TINY_SAM2)
    rows, columns = grey.shape
    quarter, eighth, coarse = by_hand.encode(prepared_by_hand(grey))
    coarse = coarse + author_tensors()["no_mem_embed"].reshape(1, -1, 1, 1)
    corners = [] if prompt.box is None else [prompt.box[:2], prompt.box[2:]]
    places = [
        (column / columns * SIDE - 0.5, row / rows * SIDE - 0.5)
        for row, column in (*corners, *prompt.points)
    ]
    labels = [2, 3][: len(corners)] + [int(inside) for inside in prompt.is_inside]
    tokens = (
        by_hand.embed_points(torch.tensor(places), labels)
        if labels
        else torch.zeros(0, TINY_SAM2.fpn_channels)
    )
    earlier = None if prompt.logits is None else torch.from_numpy(prompt.logits)
    masks, scores, _, _ = by_hand.decode(
        (quarter, eighth, coarse), tokens, by_hand.embed_logits(earlier)
    )
    if several:
        masks, scores = masks[1:], scores[1:]
    else:
        mask, score, _ = choose_one(masks, scores)
        masks, scores = mask[None], score[None]
    full = torch.nn.functional.interpolate(
        masks[None], (rows, columns), mode="bilinear", align_corners=False
    )
    return full[0].numpy(), scores.numpy()


def check_by_hand(grey: Any, prompts: list[Prompt], *, several: bool = False) -> None:
    (embedding,) = engine().encode([grey])
    decoded = engine().decode(embedding, prompts, several=several)
    for number, prompt in enumerate(prompts):
        logits, scores = ask_by_hand(grey, prompt, several=several)
        check_same_logits(decoded.logits[number], logits)
        np.testing.assert_allclose(decoded.scores[number], scores, atol=1e-4)


@pytest.mark.parametrize(
    "shape", [(90, 120), (120, 90), (128, 128), (100, 37), (16, 16), (300, 200)], ids=str
)
def test_boxes_of_slices_of_any_shape(shape: tuple[int, int]) -> None:
    rows, columns = shape
    boxes = [
        (0.2 * rows, 0.3 * columns, 0.7 * rows, 0.8 * columns),
        (0.0, 0.0, float(rows), float(columns)),
        (0.0, 0.25 * columns, 0.3 * rows, float(columns)),
        (0.8 * rows, 0.0, float(rows), 0.1 * columns),
    ]
    check_by_hand(picture(*shape), [Prompt(box=box) for box in boxes])


@pytest.mark.parametrize("several", [False, True])
def test_points_boxes_with_points_and_earlier_logits(several: bool) -> None:
    grey = picture(90, 120)
    box = (20.0, 30.0, 70.0, 100.0)
    points = ((40.5, 60.5), (22.5, 90.5))
    (embedding,) = engine().encode([grey])
    earlier = engine().decode(embedding, [Prompt(box=box)]).low_logits[0, 0]
    prompts = [
        Prompt(points=points[:1], is_inside=(True,)),
        Prompt(points=points, is_inside=(True, False)),
        Prompt(box=box, points=points, is_inside=(True, False)),
        Prompt(box=box, logits=earlier),
        Prompt(logits=earlier),
    ]
    check_by_hand(grey, prompts, several=several)


def test_slices_encoded_together_are_as_those_encoded_alone() -> None:
    greys = [picture(90, 120, seed) for seed in range(3)]
    together = TorchEngine(
        engine().model,
        TINY_SAM2,
        engine().family.network,
        Device("cpu", is_half=False, encode_batch=2),
        sha256="",
    ).encode(greys)
    for grey, embedding in zip(greys, together, strict=True):
        (alone,) = engine().encode([grey])
        for level, other in zip(alone.features, embedding.features, strict=True):
            np.testing.assert_allclose(level, other, atol=1e-5)
