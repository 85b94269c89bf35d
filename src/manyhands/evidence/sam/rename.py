"""From the authors' names of tensors to those of `transformers`, one table a family.

Both describe the same network. Rules are applied in order, each to the result of the ones before,
so that `layers.0` has become `proj_in` before `layers.1` becomes `layers.0`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from manyhands.evidence.sam.torch_ready import require_torch

Rules = tuple[tuple[str, str], ...]

_SHARED: Rules = (
    (r"mask_downscaling\.0\.", "mask_embed.conv1."),
    (r"mask_downscaling\.1\.", "mask_embed.layer_norm1."),
    (r"mask_downscaling\.3\.", "mask_embed.conv2."),
    (r"mask_downscaling\.4\.", "mask_embed.layer_norm2."),
    (r"mask_downscaling\.6\.", "mask_embed.conv3."),
    (r"output_upscaling\.0\.", "upscale_conv1."),
    (r"output_upscaling\.1\.", "upscale_layer_norm."),
    (r"output_upscaling\.3\.", "upscale_conv2."),
    (r"point_embeddings\.", "point_embed."),
    (r"pe_layer\.positional_encoding_gaussian_matrix", "shared_embedding.positional_embedding"),
    (r"\.norm(\d|_final_attn)", r".layer_norm\1"),
    (r"patch_embed\.proj\.", "patch_embed.projection."),
)
_THREE_LAYERS = (
    "output_hypernetworks_mlps\\.\\d|iou_prediction_head|pred_obj_score_head|obj_ptr_proj"
)
_HEADS: Rules = (
    (rf"({_THREE_LAYERS})\.layers\.0\.", r"\1.proj_in."),
    (rf"({_THREE_LAYERS})\.layers\.1\.", r"\1.layers.0."),
    (rf"({_THREE_LAYERS})\.layers\.2\.", r"\1.proj_out."),
)

SAM_RULES: Rules = (
    (r"^image_encoder\.", "vision_encoder."),
    (r"^vision_encoder\.blocks\.", "vision_encoder.layers."),
    (r"neck\.0\.", "neck.conv1."),
    (r"neck\.1\.", "neck.layer_norm1."),
    (r"neck\.2\.", "neck.conv2."),
    (r"neck\.3\.", "neck.layer_norm2."),
    *_SHARED,
    *_HEADS,
)

SAM2_RULES: Rules = (
    (r"^image_encoder\.trunk\.", "vision_encoder.backbone."),
    (r"^image_encoder\.neck\.convs\.(\d+)\.conv\.", r"vision_encoder.neck.convs.\1."),
    (r"^sam_prompt_encoder\.", "prompt_encoder."),
    (r"^sam_mask_decoder\.", "mask_decoder."),
    *_SHARED,
    *_HEADS,
    (r"\.mlp\.layers\.0\.", ".mlp.proj_in."),
    (r"\.mlp\.layers\.1\.", ".mlp.proj_out."),
    (r"^(mask_decoder\..*)\.out_proj\.", r"\1.o_proj."),
    (r"^(memory_attention\..*)\.out_proj\.", r"\1.o_proj."),
    (r"^memory_attention\.norm\.", "memory_attention.layer_norm."),
    (r"^memory_encoder\.out_proj\.", "memory_encoder.projection."),
    (r"^memory_encoder\.pix_feat_proj\.", "memory_encoder.feature_projection."),
    (r"^memory_encoder\.fuser\.", "memory_encoder.memory_fuser."),
    (r"\.dwconv\.", ".depthwise_conv."),
    (r"\.pwconv(\d)\.", r".pointwise_conv\1."),
    (r"(memory_fuser\.layers\.\d+)\.norm\.", r"\1.layer_norm."),
    (r"(memory_fuser\.layers\.\d+)\.gamma$", r"\1.scale"),
    (r"^obj_ptr_proj\.", "object_pointer_proj."),
    (r"^obj_ptr_tpos_proj\.", "temporal_positional_encoding_projection_layer."),
    (r"^no_obj_ptr$", "no_object_pointer"),
    (r"^no_obj_embed_spatial$", "occlusion_spatial_embedding_parameter"),
    (r"^no_mem_embed$", "no_memory_embedding"),
    (r"^no_mem_pos_enc$", "no_memory_positional_encoding"),
    (r"^maskmem_tpos_enc$", "memory_temporal_positional_encoding"),
)

# The mean and deviation of pictures: SAM files carry them, here they are part of the row.
_DROPPED = ("pixel_mean", "pixel_std")
_MASK_DOWNSAMPLER = re.compile(r"^memory_encoder\.mask_downsampler\.encoder\.(\d+)\.(.*)$")
_LAST_OF_DOWNSAMPLER = 12  # four layers of convolution, norm and activation come before it
_POINT_LABELS = 4
SHARED_POSITION = "prompt_encoder.shared_embedding.positional_embedding"
IMAGE_POSITION = "shared_image_embedding.positional_embedding"

# What only propagation needs: the networks that look at one slice have none of it.
VIDEO_ONLY = (
    "memory_",
    "mask_downsample",
    "object_pointer_proj",
    "temporal_positional_encoding_projection_layer",
    "no_memory_positional_encoding",
    "no_object_pointer",
    "occlusion_spatial_embedding_parameter",
)


def renamed(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Tensors of any member of the family, whoever named them, as `transformers` names them.

    Names that belong to no member stay as they are.
    """
    if any(name.startswith(("image_encoder.trunk.", "sam_mask_decoder.")) for name in tensors):
        return rename_sam2(tensors)
    if any(name.startswith("image_encoder.") for name in tensors):
        return rename_sam(tensors)
    return _with_image_position(dict(tensors))


def rename_sam(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Tensors of SAM or MedSAM as their authors name them, named as `SamModel` does."""
    return _with_image_position(_renamed(tensors, SAM_RULES))


def rename_sam2(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Tensors of SAM 2 as its authors name them, named as `Sam2VideoModel` does.

    The four embeddings of point labels become one table.
    """
    new = {_downsampler(name): value for name, value in _renamed(tensors, SAM2_RULES).items()}
    parts = [f"prompt_encoder.point_embed.{label}.weight" for label in range(_POINT_LABELS)]
    if all(part in new for part in parts):
        rows = [new.pop(part) for part in parts]
        new["prompt_encoder.point_embed.weight"] = require_torch().cat(rows, dim=0)
    return _with_image_position(new)


def without_video(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `Sam2VideoModel` that `Sam2Model` has too."""
    return {name: value for name, value in tensors.items() if not name.startswith(VIDEO_ONLY)}


def _renamed(tensors: Mapping[str, Any], rules: Iterable[tuple[str, str]]) -> dict[str, Any]:
    rules = tuple(rules)
    return {_apply(name, rules): v for name, v in tensors.items() if name not in _DROPPED}


def _apply(name: str, rules: Rules) -> str:
    for pattern, new in rules:
        name = re.sub(pattern, new, name)
    return name


def _downsampler(name: str) -> str:
    match = _MASK_DOWNSAMPLER.match(name)
    if match is None:
        return name
    place, rest = int(match[1]), match[2]
    if place == _LAST_OF_DOWNSAMPLER:
        return f"memory_encoder.mask_downsampler.final_conv.{rest}"
    part = "conv" if place % 3 == 0 else "layer_norm"
    return f"memory_encoder.mask_downsampler.layers.{place // 3}.{part}.{rest}"


def _with_image_position(tensors: dict[str, Any]) -> dict[str, Any]:
    """The same random frequencies place prompts and picture; `transformers` names them twice."""
    for name, twin in ((IMAGE_POSITION, SHARED_POSITION), (SHARED_POSITION, IMAGE_POSITION)):
        if twin in tensors:
            tensors.setdefault(name, tensors[twin])
    return tensors
