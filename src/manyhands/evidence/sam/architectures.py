"""The shapes of the networks of the SAM family: numbers only, no torch.

SAM is Kirillov et al. 2023 (arXiv 2304.02643), MedSAM Ma et al. 2024 (doi
10.1038/s41467-024-44824-z), SAM 2 Ravi et al. 2024 (arXiv 2408.00714).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class VitSize:
    """SAM's image encoder, a plain vision transformer, and how its weights are told from others."""

    hidden_size: int
    layers: int
    heads: int
    global_layers: tuple[int, ...]
    mlp_dim: int
    input_px: int = 1024
    output_channels: int = 256
    decoder_mlp_dim: int = 2048
    window_size: int = 14
    kind: str = "sam"


@dataclass(frozen=True)
class HieraSize:
    """SAM 2's image encoder, a hierarchical transformer in four stages."""

    hidden_size: int
    heads: int
    blocks: tuple[int, int, int, int]
    global_blocks: tuple[int, ...]
    windows: tuple[int, int, int, int]
    position_px: tuple[int, int]
    input_px: int = 1024
    fpn_channels: int = 256
    decoder_mlp_dim: int = 2048
    memory_channels: int = 64
    kind: str = "sam2"

    @property
    def channels(self) -> tuple[int, int, int, int]:
        """Width of each stage: it doubles from one to the next."""
        h = self.hidden_size
        return (h, 2 * h, 4 * h, 8 * h)

    @property
    def heads_of_stages(self) -> tuple[int, int, int, int]:
        h = self.heads
        return (h, 2 * h, 4 * h, 8 * h)


Architecture = VitSize | HieraSize

ARCHITECTURES: Mapping[str, Architecture] = {
    "vit-b": VitSize(768, 12, 12, (2, 5, 8, 11), 3072),
    "vit-l": VitSize(1024, 24, 16, (5, 11, 17, 23), 4096),
    "vit-h": VitSize(1280, 32, 16, (7, 15, 23, 31), 5120),
    "hiera-tiny": HieraSize(96, 1, (1, 2, 7, 2), (5, 7, 9), (8, 4, 14, 7), (7, 7)),
    "hiera-small": HieraSize(96, 1, (1, 2, 11, 2), (7, 10, 13), (8, 4, 14, 7), (7, 7)),
    "hiera-base-plus": HieraSize(112, 2, (2, 3, 16, 3), (12, 16, 20), (8, 4, 14, 7), (14, 14)),
    "hiera-large": HieraSize(144, 2, (2, 6, 36, 4), (23, 33, 43), (8, 4, 16, 8), (7, 7)),
}
"""As the authors published them, by the name a row of `SAM_MODELS` gives."""
