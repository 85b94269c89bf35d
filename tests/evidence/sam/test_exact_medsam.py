"""MedSAM has rules of its own. They are written here a second time, with other libraries, and
compared: scikit-image resizes, its authors' network (that of SAM) encodes and decodes.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("transformers", reason="the extra sam is not installed")
if find_spec("segment_anything") is None:  # importing it needs torchvision mended first
    pytest.skip("the reference package is not installed", allow_module_level=True)
pytest.importorskip("skimage", reason="scikit-image is not installed")

import torch
from skimage import transform
from tests.evidence.sam.agreement import check_same_logits
from tests.evidence.sam.small import TINY_SAM, picture, reference_sam

from manyhands.evidence.sam import SAM_MODELS, Prompt
from manyhands.evidence.sam.devices import Device
from manyhands.evidence.sam.greys import medsam_greys
from manyhands.evidence.sam.loaded import TorchEngine
from manyhands.evidence.sam.networks import build_network, fill_network
from manyhands.evidence.sam.pictures import to_input
from manyhands.evidence.sam.rename import rename_sam
from manyhands.geometry import grid_of_source
from manyhands.types import Modality, Volume

MEDSAM = SAM_MODELS["medsam"]
SIDE = TINY_SAM.input_px


def as_its_authors_prepare(grey: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.float64]:
    """Stretched to a square, cubic, then the slice's own range made 0 to 1; three colours alike."""
    colours = np.repeat(grey[:, :, None], 3, axis=2)
    square = transform.resize(  # type: ignore[no-untyped-call]
        colours, (side, side), order=3, preserve_range=True, anti_aliasing=True
    )
    scaled = (square - square.min()) / max(square.max() - square.min(), 1e-8)
    return np.asarray(scaled.transpose(2, 0, 1))


def as_its_authors_ask(network: Any, grey: Any, box: tuple[float, ...]) -> Any:
    """Probabilities (rows, columns) for a box x0, y0, x1, y1 in pixels of the slice."""
    rows, columns = grey.shape
    pixels = torch.from_numpy(as_its_authors_prepare(grey, SIDE)).float()[None]
    on_square = np.array(box) / (columns, rows, columns, rows) * SIDE
    with torch.no_grad():
        embedding = network.image_encoder(pixels)
        sparse, dense = network.prompt_encoder(
            points=None, boxes=torch.tensor(on_square).float()[None], masks=None
        )
        low, _ = network.mask_decoder(
            image_embeddings=embedding,
            image_pe=network.prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=False,
        )
        full = torch.nn.functional.interpolate(
            low.sigmoid(), (rows, columns), mode="bilinear", align_corners=False
        )
    return full[0, 0].numpy()


@pytest.mark.parametrize("shape", [(90, 120), (120, 90), (100, 37), (256, 256), (16, 16)], ids=str)
def test_masks_are_its_authors(shape: tuple[int, int]) -> None:
    reference = reference_sam(TINY_SAM, seed=1)
    network = fill_network(build_network(TINY_SAM), rename_sam(reference.state_dict()))
    engine = TorchEngine(MEDSAM, TINY_SAM, network, Device("cpu", is_half=False), sha256="")
    grey = picture(*shape)
    rows, columns = shape
    (embedding,) = engine.encode([grey])
    boxes = [
        (0.2 * rows, 0.3 * columns, 0.7 * rows, 0.8 * columns),
        (0.0, 0.0, float(rows), float(columns)),
    ]
    decoded = engine.decode(embedding, [Prompt(box=box) for box in boxes])
    # Half a pixel of the square: our edges are positions, its corners are indices of pixels.
    half_row, half_column = 0.5 * rows / SIDE, 0.5 * columns / SIDE
    for logits, (row0, column0, row1, column1) in zip(decoded.logits[:, 0], boxes, strict=True):
        corners = (column0 - half_column, row0 - half_row, column1 - half_column, row1 - half_row)
        probability = as_its_authors_ask(reference, grey, corners)
        check_same_logits(logits, np.log(probability / (1 - probability)))


@pytest.mark.parametrize("shape", [(60, 80), (300, 200), (128, 128)], ids=str)
def test_a_slice_is_prepared_as_scikit_image_does(shape: tuple[int, int]) -> None:
    grey = picture(*shape)
    ours = to_input(grey, MEDSAM, SIDE)
    np.testing.assert_allclose(ours, as_its_authors_prepare(grey, SIDE), atol=2e-4)


def volume_of(data: npt.NDArray[np.float32], modality: Modality) -> Volume:
    return Volume(data, grid_of_source(data.shape, np.eye(4)), modality)


def test_ct_is_clipped_and_stretched_over_the_volume() -> None:
    """-160 to 240 HU; of a volume that reaches neither end, what it has becomes 0 to 255."""
    data = np.array([[[-1000.0, -160.0, 40.0, 240.0, 3000.0]]], dtype=np.float32)
    greys = medsam_greys(volume_of(data, Modality.CT))
    np.testing.assert_array_equal(greys, [[[0, 0, 127, 255, 255]]])
    narrow = np.array([[[0.0, 50.0, 100.0]]], dtype=np.float32)
    greys = medsam_greys(volume_of(narrow, Modality.CT))
    np.testing.assert_array_equal(greys, [[[0, 127, 255]]])


def test_mr_is_clipped_to_percentiles_of_what_is_above_0() -> None:
    data = np.zeros((1, 1, 2001), dtype=np.float32)
    data[0, 0, 1000:] = np.arange(1, 1002)
    greys = medsam_greys(volume_of(data, Modality.MR))[0, 0]
    low, high = np.percentile(np.arange(1, 1002), (0.5, 99.5))
    assert (greys[:1000] == 0).all()
    assert greys[1000] == 0
    assert greys[-1] == 255
    assert greys[1500] == int((501 - low) / (high - low) * 255)


def test_a_volume_of_one_intensity_is_black() -> None:
    for modality in Modality:
        for value in (0.0, 7.0):
            data = np.full((2, 3, 4), value, dtype=np.float32)
            assert not medsam_greys(volume_of(data, modality)).any()
