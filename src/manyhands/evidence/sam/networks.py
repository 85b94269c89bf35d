"""Networks built to an architecture's numbers, without values: weights come from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manyhands.evidence.sam.architectures import Architecture, HieraSize, VitSize
from manyhands.evidence.sam.torch_ready import require_torch, require_transformers

Tensors = Mapping[str, Any]
"""Tensors by name."""
PATCH_PX = 16
"""One cell of the embedding is this many pixels of the input wide."""


def build_network(architecture: Architecture, *, is_video: bool = False) -> Any:
    """A torch module of `transformers`, its parameters on the meta device (no memory, no values).

    SAM 2 comes as its video model where `is_video`; a SAM has none.
    """
    torch, transformers = require_torch(), require_transformers()
    with torch.device("meta"):
        if isinstance(architecture, VitSize):
            return transformers.SamModel(_sam_config(transformers, architecture))
        if is_video:
            return transformers.Sam2VideoModel(_video_config(transformers, architecture))
        return transformers.Sam2Model(_sam2_config(transformers, architecture))


def fill_network(network: Any, tensors: Tensors) -> Any:
    """Give a network of `build_network` its values, strictly; they are not copied.

    Raises `RuntimeError` where names or shapes differ. Callers compare these first, in words.
    """
    network.load_state_dict(dict(tensors), strict=True, assign=True)
    if hasattr(network, "memory_attention"):
        _compute_positions(network)
    return network.eval().requires_grad_(False)


def _compute_positions(network: Any) -> None:
    """Tables of positions are in no checkpoint: they follow from the configuration."""
    attention = network.memory_attention
    attention.rotary_emb = type(attention.rotary_emb)(network.config)
    attention.position_ids = attention.precompute_positions(network.config)


def _sam_config(transformers: Any, size: VitSize) -> Any:
    vision = {
        "hidden_size": size.hidden_size,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "global_attn_indexes": list(size.global_layers),
        "mlp_dim": size.mlp_dim,
        "image_size": size.input_px,
        "patch_size": PATCH_PX,
        "output_channels": size.output_channels,
        "window_size": size.window_size,
        "num_pos_feats": size.output_channels // 2,
    }
    return transformers.SamConfig(
        vision_config=vision,
        prompt_encoder_config=_prompt_config(size.output_channels, size.input_px),
        mask_decoder_config=_decoder_config(size.output_channels, size.decoder_mlp_dim),
    )


def _prompt_config(channels: int, input_px: int) -> dict[str, int]:
    return {"hidden_size": channels, "image_size": input_px, "patch_size": PATCH_PX}


def _decoder_config(channels: int, mlp_dim: int) -> dict[str, int]:
    return {"hidden_size": channels, "mlp_dim": mlp_dim, "iou_head_hidden_dim": channels}


def _hiera_config(size: HieraSize) -> dict[str, Any]:
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": size.hidden_size,
        "num_attention_heads": size.heads,
        "image_size": [size.input_px, size.input_px],
        "blocks_per_stage": list(size.blocks),
        "embed_dim_per_stage": list(size.channels),
        "num_attention_heads_per_stage": list(size.heads_of_stages),
        "window_size_per_stage": list(size.windows),
        "global_attention_blocks": list(size.global_blocks),
        "window_positional_embedding_background_size": list(size.position_px),
    }
    sides = [size.input_px // stride for stride in (4, 8, PATCH_PX)]
    return {
        "model_type": "sam2_vision_model",
        "backbone_config": backbone,
        "backbone_channel_list": list(reversed(size.channels)),
        "backbone_feature_sizes": [[side, side] for side in sides],
        "fpn_hidden_size": size.fpn_channels,
    }


def _sam2_config(transformers: Any, size: HieraSize) -> Any:
    return transformers.Sam2Config(
        vision_config=_hiera_config(size),
        prompt_encoder_config=_prompt_config(size.fpn_channels, size.input_px),
        mask_decoder_config=_decoder_config(size.fpn_channels, size.decoder_mlp_dim),
    )


def _video_config(transformers: Any, size: HieraSize) -> Any:
    cells = size.input_px // PATCH_PX
    return transformers.Sam2VideoConfig(
        vision_config=_hiera_config(size),
        prompt_encoder_config=_prompt_config(size.fpn_channels, size.input_px),
        mask_decoder_config=_decoder_config(size.fpn_channels, size.decoder_mlp_dim),
        image_size=size.input_px,
        memory_attention_hidden_size=size.fpn_channels,
        memory_attention_feed_forward_hidden_size=size.decoder_mlp_dim,
        memory_attention_rope_feat_sizes=[cells, cells],
        memory_encoder_hidden_size=size.fpn_channels,
        memory_encoder_output_channels=size.memory_channels,
        mask_downsampler_embed_dim=size.fpn_channels,
        memory_fuser_embed_dim=size.fpn_channels,
        memory_fuser_intermediate_dim=4 * size.fpn_channels,
    )
