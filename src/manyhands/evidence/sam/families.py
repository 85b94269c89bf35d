"""The two families behind one face: pixels to features, features and prompts to masks.

A prompt is an element of the batch here, so that each may bring its own earlier logits.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from manyhands.evidence.sam.architectures import Architecture, VitSize
from manyhands.evidence.sam.prompts import FIRST_CORNER, NetworkPrompt
from manyhands.evidence.sam.torch_ready import require_torch


class Family(ABC):
    """A network with its weights, on its device, asked for tensors with tensors."""

    def __init__(self, network: Any) -> None:
        self.network = network

    @abstractmethod
    def encode(self, pixels: Any) -> tuple[Any, ...]:
        """Features, each (b, channels, side, side), of pixels (b, 3, input_px, input_px)."""

    def decode(
        self, features: Sequence[Any], prompts: Sequence[NetworkPrompt], *, several: bool
    ) -> tuple[Any, Any]:
        """Logits (n, m, side, side) and scores (n, m), from features (1, ...) of one slice.

        The prompts are alike: as many points, all or none with a box, all or none with logits.
        """
        places, labels, logits = _stacked(prompts, features[-1])
        sparse, dense = self._embed(places, labels, logits)
        if sparse is None:  # earlier logits alone
            sparse = dense.new_zeros((len(prompts), 1, 0, dense.shape[1]))
        coarse = features[-1].expand(len(prompts), -1, -1, -1)
        answer = self._ask(coarse, list(features[:-1]), sparse, dense, several)
        return answer[0][:, 0].float(), answer[1][:, 0].float()

    @functools.cached_property
    def positions(self) -> Any:
        """Where each cell of the embedding lies, as the network sees places."""
        return self.network.get_image_wide_positional_embeddings()

    @abstractmethod
    def _embed(self, places: Any, labels: Any, logits: Any) -> tuple[Any, Any]:
        """Prompts as tokens (n, 1, tokens, channels), None for none, and as a picture."""

    @abstractmethod
    def _ask(self, coarse: Any, fine: list[Any], sparse: Any, dense: Any, several: bool) -> Any:
        """Logits (n, 1, m, side, side), scores (n, 1, m), perhaps more."""


class SamFamily(Family):
    """SAM and MedSAM."""

    def encode(self, pixels: Any) -> tuple[Any, ...]:
        return (self.network.vision_encoder(pixels).last_hidden_state,)

    def _embed(self, places: Any, labels: Any, logits: Any) -> tuple[Any, Any]:
        boxes = None
        if labels.shape[2] and int(labels[0, 0, 0]) == FIRST_CORNER:
            boxes, places, labels = places[:, :, :2].flatten(2), places[:, :, 2:], labels[:, :, 2:]
        points = (places, labels) if labels.shape[2] else (None, None)
        return self.network.prompt_encoder(*points, boxes, logits)  # type: ignore[no-any-return]

    def _ask(self, coarse: Any, fine: list[Any], sparse: Any, dense: Any, several: bool) -> Any:
        return self.network.mask_decoder(coarse, self.positions, sparse, dense, several)


class Sam2Family(Family):
    """SAM 2, for a slice alone or with what propagates."""

    def encode(self, pixels: Any) -> tuple[Any, ...]:
        return tuple(self.network.get_image_embeddings(pixels))

    def _embed(self, places: Any, labels: Any, logits: Any) -> tuple[Any, Any]:
        # The corners of a box are points among the others, as its authors hand them over.
        points = (places, labels) if labels.shape[2] else (None, None)
        return self.network.prompt_encoder(*points, None, logits)  # type: ignore[no-any-return]

    def _ask(self, coarse: Any, fine: list[Any], sparse: Any, dense: Any, several: bool) -> Any:
        return self.network.mask_decoder(coarse, self.positions, sparse, dense, several, fine)


def family_of(architecture: Architecture, network: Any) -> Family:
    return SamFamily(network) if isinstance(architecture, VitSize) else Sam2Family(network)


def _stacked(prompts: Sequence[NetworkPrompt], like: Any) -> tuple[Any, Any, Any]:
    """Places (n, 1, points, 2), labels (n, 1, points), logits (n, 1, side, side) or None."""
    torch = require_torch()
    device = like.device
    places = torch.tensor(np.stack([p.coordinates for p in prompts]), dtype=torch.float32)
    labels = torch.tensor(np.stack([p.labels for p in prompts]))
    logits = None
    if prompts[0].logits is not None:
        earlier = [p.logits for p in prompts if p.logits is not None]
        logits = torch.tensor(np.stack(earlier), dtype=torch.float32)[:, None].to(device)
    return places[:, None].to(device), labels[:, None].to(device), logits
