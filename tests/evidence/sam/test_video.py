"""What SAM 2 carries from slice to slice is what its authors describe, and stays where it may."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="the extra sam is not installed")

import torch
from PIL import Image
from tests.evidence.sam.agreement import check_same_logits
from tests.evidence.sam.sam2_by_hand import ByHand, FilmByHand, author_shapes
from tests.evidence.sam.small import TINY_SAM2, picture, random_like

from manyhands.errors import ConfigError, PromptError
from manyhands.evidence.sam import SAM_MODELS, Embedding, Prompt
from manyhands.evidence.sam.devices import Device
from manyhands.evidence.sam.loaded import TorchEngine
from manyhands.evidence.sam.networks import build_network, fill_network
from manyhands.evidence.sam.rename import rename_sam2
from manyhands.evidence.sam.video import MOST_SURE, Piece, propagate

SIDE = TINY_SAM2.input_px
SHAPE = (90, 120)
SLICES = [picture(*SHAPE, seed) for seed in range(8)]
BOX = Prompt(box=(20.0, 30.0, 70.0, 100.0))
OTHER = Prompt(box=(10.0, 15.0, 40.0, 50.0))


@functools.cache
def author_tensors() -> dict[str, Any]:
    shapes = author_shapes(TINY_SAM2)
    tensors = random_like({name: torch.empty(shape) for name, shape in shapes.items()}, seed=3)
    # Random weights find nothing on half of the slices; with nothing, nothing is compared.
    tensors["sam_mask_decoder.pred_obj_score_head.layers.2.bias"] = torch.tensor([3.0])
    return tensors


@functools.cache
def engine() -> TorchEngine:
    network = build_network(TINY_SAM2, is_video=True)
    fill_network(network, rename_sam2(author_tensors()))
    device = Device("cpu", is_half=False)
    return TorchEngine(SAM_MODELS["sam2.1-tiny-video"], TINY_SAM2, network, device, sha256="")


@functools.cache
def embedding_of(k: int) -> Embedding:
    (embedding,) = engine().encode([SLICES[k]])
    return embedding


def prepared_by_hand(grey: Any) -> Any:
    """As its authors read frames of a film: cubic, to whole greys, ImageNet's mean, deviation."""
    square = Image.fromarray(grey).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    colours = (np.array(square) / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    return torch.from_numpy(colours).float().permute(2, 0, 1)[None]


def corners(prompt: Prompt) -> tuple[Any, list[int]]:
    assert prompt.box is not None
    row0, column0, row1, column1 = prompt.box
    rows, columns = SHAPE
    scaled = [(column0 / columns, row0 / rows), (column1 / columns, row1 / rows)]
    return torch.tensor(scaled) * SIDE - 0.5, [2, 3]


def followed_by_hand(piece: Piece, step: int) -> dict[int, Any]:
    """Logits (rows, columns) by slice, in one direction."""
    film = FilmByHand(
        ByHand(author_tensors(), TINY_SAM2),
        [prepared_by_hand(SLICES[k]) for k in range(piece.first, piece.last + 1)],
        {k - piece.first: corners(prompt) for k, prompt in piece.prompts.items()},
        step,
    )
    start = min(piece.prompts) if step == 1 else max(piece.prompts)
    end = piece.last if step == 1 else piece.first
    frames = range(start - piece.first, end - piece.first + step, step)
    film.follow(frames)
    return {
        frame + piece.first: torch.nn.functional.interpolate(
            film.answers[frame][None, None], SHAPE, mode="bilinear", align_corners=False
        )[0, 0]
        .clamp(-MOST_SURE, MOST_SURE)
        .numpy()
        for frame in frames
    }


@pytest.mark.parametrize(
    "piece",
    [
        Piece({0: BOX}, first=0, last=7),
        Piece({7: BOX}, first=0, last=7),
        Piece({2: BOX, 5: OTHER}, first=1, last=6),
        Piece({3: BOX}, first=3, last=3),
    ],
    ids=["upwards", "downwards", "both ways", "one slice"],
)
def test_as_by_hand(piece: Piece) -> None:
    ways = [followed_by_hand(piece, step) for step in (1, -1)]
    found = propagate(engine(), embedding_of, [piece])
    assert [f.slice_index for f in found] == list(range(piece.first, piece.last + 1))
    for one in found:
        by_hand = [way[one.slice_index] for way in ways if one.slice_index in way]
        check_same_logits(one.logits, np.mean(by_hand, axis=0))


def test_pieces_followed_together_are_as_each_alone() -> None:
    pieces = [Piece({2: BOX}, first=1, last=4), Piece({3: OTHER, 5: OTHER}, first=3, last=6)]
    together = propagate(engine(), embedding_of, pieces)
    assert [(f.piece, f.slice_index) for f in together] == [
        *((0, k) for k in range(1, 5)),
        *((1, k) for k in range(3, 7)),
    ]
    for number, piece in enumerate(pieces):
        for alone in propagate(engine(), embedding_of, [piece]):
            (same,) = [
                f for f in together if (f.piece, f.slice_index) == (number, alone.slice_index)
            ]
            np.testing.assert_allclose(same.logits, alone.logits, atol=1e-5)
            assert same.presence == pytest.approx(alone.presence, abs=1e-5)


def test_each_slice_is_asked_for_only_inside_the_interval() -> None:
    asked: set[int] = set()

    def note(k: int) -> Embedding:
        asked.add(k)
        return embedding_of(k)

    propagate(engine(), note, [Piece({3: BOX}, first=2, last=5)])
    assert asked == {2, 3, 4, 5}


def test_points_are_prompts_too() -> None:
    point = Prompt(points=((45.5, 60.5),), is_inside=(True,))
    (found,) = propagate(engine(), embedding_of, [Piece({3: point}, first=3, last=3)])
    assert np.isfinite(found.logits).all()


def test_nothing_to_follow() -> None:
    assert propagate(engine(), embedding_of, []) == []


def test_what_cannot_be_followed_is_refused() -> None:
    with pytest.raises(PromptError, match="at least one slice"):
        Piece({}, first=0, last=3)
    with pytest.raises(PromptError, match="prompt on slice 5, but the piece lies on 0 to 3"):
        Piece({5: BOX}, first=0, last=3)
    earlier = Prompt(box=BOX.box, logits=np.zeros((32, 32), dtype=np.float32))
    with pytest.raises(PromptError, match="not from earlier logits"):
        Piece({0: earlier}, first=0, last=3)
    beside = Piece({1: Prompt(box=(200.0, 0.0, 300.0, 10.0))}, first=0, last=3)
    with pytest.raises(PromptError, match="beside the slice"):
        propagate(engine(), embedding_of, [beside])


def test_a_model_of_single_slices_cannot() -> None:
    network = engine().family.network
    single = TorchEngine(SAM_MODELS["sam2.1-tiny"], TINY_SAM2, network, engine().device, sha256="")
    with pytest.raises(ConfigError, match=r"sam2\.1-tiny cannot propagate; sam2\.1-tiny-video"):
        propagate(single, embedding_of, [Piece({0: BOX}, first=0, last=1)])
