"""Networks small enough for every test, with random weights, under the names their authors gave."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from manyhands.evidence.sam.architectures import HieraSize, VitSize
from manyhands.evidence.sam.torch_ready import require_transformers

TINY_SAM = VitSize(
    hidden_size=32,
    layers=3,
    heads=2,
    global_layers=(1,),
    mlp_dim=64,
    input_px=128,
    output_channels=32,
    decoder_mlp_dim=64,
    window_size=3,
)
TINY_SAM2 = HieraSize(
    hidden_size=16,
    heads=1,
    blocks=(1, 2, 3, 1),
    global_blocks=(4,),
    windows=(8, 4, 6, 3),
    position_px=(7, 7),
    input_px=128,
    fpn_channels=128,
    decoder_mlp_dim=64,
)


@functools.cache
def segment_anything() -> Any:
    """The reference package, once torchvision can be imported beside a CPU torch."""
    require_transformers()
    return importlib.import_module("segment_anything")


def reference_sam(size: VitSize, seed: int = 0) -> Any:
    """The reference's own network of that size, with random weights."""
    segment_anything()
    modeling = importlib.import_module("segment_anything.modeling")
    layer_norm = functools.partial(torch.nn.LayerNorm, eps=1e-6)
    cells = size.input_px // 16
    network = modeling.Sam(
        image_encoder=modeling.ImageEncoderViT(
            depth=size.layers,
            embed_dim=size.hidden_size,
            img_size=size.input_px,
            mlp_ratio=size.mlp_dim / size.hidden_size,
            norm_layer=layer_norm,
            num_heads=size.heads,
            patch_size=16,
            qkv_bias=True,
            use_rel_pos=True,
            global_attn_indexes=size.global_layers,
            window_size=size.window_size,
            out_chans=size.output_channels,
        ),
        prompt_encoder=modeling.PromptEncoder(
            embed_dim=size.output_channels,
            image_embedding_size=(cells, cells),
            input_image_size=(size.input_px, size.input_px),
            mask_in_chans=16,
        ),
        mask_decoder=modeling.MaskDecoder(
            num_multimask_outputs=3,
            transformer=modeling.TwoWayTransformer(
                depth=2,
                embedding_dim=size.output_channels,
                mlp_dim=size.decoder_mlp_dim,
                num_heads=8,
            ),
            transformer_dim=size.output_channels,
            iou_head_depth=3,
            iou_head_hidden_dim=size.output_channels,
        ),
        pixel_mean=[123.675, 116.28, 103.53],
        pixel_std=[58.395, 57.12, 57.375],
    )
    network.load_state_dict(random_like(network.state_dict(), seed), strict=False)
    return network.eval()


def random_like(tensors: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Random values of the same shapes; norms near 1, matrices that keep the scale of their input.

    As networks are when they are made, most of their positions and gains are 0, and mistakes in
    what a rename does with them would not show.
    """
    rng = torch.Generator().manual_seed(seed)
    values = {}
    for name, tensor in tensors.items():
        noise = torch.randn(tensor.shape, generator=rng)
        if name in ("pixel_mean", "pixel_std"):
            continue
        if "norm" in name and name.endswith("weight"):
            values[name] = 1 + 0.1 * noise
        elif tensor.ndim >= 2 and "gaussian" not in name and "pos" not in name:
            values[name] = noise / float(np.sqrt(tensor[0].numel()))
        else:
            values[name] = noise * (1.0 if "gaussian" in name else 0.3)
    return values


def picture(rows: int, columns: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """A smooth slice of greys with noise, bright ellipse in the middle."""
    rng = np.random.default_rng(seed)
    row, column = np.ogrid[:rows, :columns]
    inside = ((row / rows - 0.5) / 0.3) ** 2 + ((column / columns - 0.4) / 0.2) ** 2 < 1
    greys = 60 + 90 * inside + 30 * np.sin(row / 7) + rng.normal(0, 12, (rows, columns))
    return np.asarray(np.clip(greys, 0, 255), dtype=np.uint8)
