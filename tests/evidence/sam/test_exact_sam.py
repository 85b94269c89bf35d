"""Our SAM gives the masks of its authors' package, with the same weights, slice and prompts."""

from __future__ import annotations

import functools
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="the extra sam is not installed")
if find_spec("segment_anything") is None:  # importing it needs torchvision mended first
    pytest.skip("the reference package is not installed", allow_module_level=True)

from tests.evidence.sam.agreement import check_same_logits
from tests.evidence.sam.small import TINY_SAM, picture, reference_sam, segment_anything

from manyhands.evidence.sam import SAM_MODELS, Prompt
from manyhands.evidence.sam.architectures import ARCHITECTURES, VitSize
from manyhands.evidence.sam.devices import Device
from manyhands.evidence.sam.loaded import TorchEngine
from manyhands.evidence.sam.networks import build_network, fill_network
from manyhands.evidence.sam.pictures import input_scale
from manyhands.evidence.sam.rename import rename_sam

EXACT = Device("cpu", is_half=False)
SAM = SAM_MODELS["sam-vit-b"]
SHAPES = [(90, 120), (120, 90), (128, 128), (100, 37), (16, 16), (300, 200)]


@functools.cache
def pair(size: VitSize) -> tuple[TorchEngine, Any]:
    """Our engine and the reference's network, with the same weights."""
    reference = reference_sam(size)
    network = fill_network(build_network(size), rename_sam(reference.state_dict()))
    return TorchEngine(SAM, size, network, EXACT, sha256=""), reference


def shown_to_reference(reference: Any, grey: Any) -> Any:
    """The package's predictor, which has encoded the slice."""
    predictor = segment_anything().SamPredictor(reference)
    predictor.set_image(np.repeat(grey[:, :, None], 3, axis=2))
    return predictor


def ask_reference(predictor: Any, grey: Any, prompt: Prompt, *, several: bool) -> Any:
    """What the package's predictor answers: logits (m, rows, columns), scores, its own logits."""
    rows, columns = input_scale(SAM, grey.shape, predictor.model.image_encoder.img_size)

    def index(position: tuple[float, float]) -> tuple[float, float]:
        """(row, column) as x, y: it counts pixels from their centre, and its input's."""
        return (position[1] - 0.5 / columns, position[0] - 0.5 / rows)

    box = None
    if prompt.box is not None:
        box = np.array([*index(prompt.box[:2]), *index(prompt.box[2:])])
    return predictor.predict(
        point_coords=np.array([index(p) for p in prompt.points]) if prompt.points else None,
        point_labels=np.array(prompt.is_inside, dtype=int) if prompt.points else None,
        box=box,
        mask_input=None if prompt.logits is None else prompt.logits[None],
        multimask_output=several,
        return_logits=True,
    )


def check_against_reference(
    size: VitSize, grey: Any, prompts: list[Prompt], *, several: bool = False
) -> None:
    engine, reference = pair(size)
    (embedding,) = engine.encode([grey])
    decoded = engine.decode(embedding, prompts, several=several)
    predictor = shown_to_reference(reference, grey)
    for number, prompt in enumerate(prompts):
        logits, scores, low = ask_reference(predictor, grey, prompt, several=several)
        check_same_logits(decoded.logits[number], logits)
        np.testing.assert_allclose(decoded.low_logits[number], low, atol=1e-4)
        np.testing.assert_allclose(decoded.scores[number], scores, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_boxes_of_slices_of_any_shape(shape: tuple[int, int]) -> None:
    rows, columns = shape
    inner = (0.2 * rows, 0.3 * columns, 0.7 * rows, 0.8 * columns)
    at_borders = [
        (0.0, 0.0, float(rows), float(columns)),
        (0.0, 0.25 * columns, 0.3 * rows, float(columns)),
        (0.8 * rows, 0.0, float(rows), 0.1 * columns),
    ]
    prompts = [Prompt(box=box) for box in (inner, *at_borders)]
    check_against_reference(TINY_SAM, picture(*shape), prompts)


@pytest.mark.parametrize("several", [False, True])
def test_points_boxes_with_points_and_earlier_logits(several: bool) -> None:
    grey = picture(90, 120)
    box = (20.0, 30.0, 70.0, 100.0)
    points = ((40.5, 60.5), (22.5, 90.5))
    engine, _ = pair(TINY_SAM)
    (embedding,) = engine.encode([grey])
    earlier = engine.decode(embedding, [Prompt(box=box)]).low_logits[0, 0]
    prompts = [
        Prompt(points=points[:1], is_inside=(True,)),
        Prompt(points=points, is_inside=(True, False)),
        Prompt(box=box, points=points, is_inside=(True, False)),
        Prompt(box=box, logits=earlier),
        Prompt(box=box, points=points, is_inside=(True, False), logits=earlier),
        Prompt(points=points[:1], is_inside=(False,), logits=earlier),
        Prompt(logits=earlier),
        Prompt(box=box),
    ]
    check_against_reference(TINY_SAM, grey, prompts, several=several)


def test_boxes_as_indices_are_handed_over_as_they_are() -> None:
    """As the published study did: an edge of 30 is pixel 30 there, not the position 30."""
    grey = picture(90, 120)
    engine, reference = pair(TINY_SAM)
    (embedding,) = engine.encode([grey])
    decoded = engine.decode(
        embedding, [Prompt(box=(20.0, 30.0, 70.0, 100.0))], edges_are_indices=True
    )
    predictor = shown_to_reference(reference, grey)
    logits, _, _ = predictor.predict(
        box=np.array([30.0, 20.0, 100.0, 70.0]), multimask_output=False, return_logits=True
    )
    check_same_logits(decoded.logits[0], logits)


@pytest.mark.slow
def test_at_the_size_of_vit_b() -> None:
    grey = picture(200, 320)
    prompts = [Prompt(box=(40.0, 60.0, 150.0, 300.0)), Prompt(box=(0.0, 200.0, 90.0, 320.0))]
    size = ARCHITECTURES["vit-b"]
    assert isinstance(size, VitSize)
    check_against_reference(size, grey, prompts)
