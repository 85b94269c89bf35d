"""An engine on torch: a network with weights, on a device, that answers prompts on slices."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from manyhands.evidence.sam.architectures import Architecture
from manyhands.evidence.sam.devices import Batches, Device, Say, in_float32
from manyhands.evidence.sam.engine import Decoded, Embedding, Logits, Picture
from manyhands.evidence.sam.families import Family, family_of
from manyhands.evidence.sam.pictures import input_scale, to_input
from manyhands.evidence.sam.prompts import (
    FIRST_CORNER,
    NetworkPrompt,
    Prompt,
    check_prompts,
    to_network,
)
from manyhands.evidence.sam.restoring import restore
from manyhands.evidence.sam.table import SamModel
from manyhands.evidence.sam.torch_ready import require_torch

Encoder = Callable[[Any], tuple[Any, ...]]
_LOW_SIDES_PER_CELL = 4  # the decoder's masks are four times as fine as the embedding


class TorchEngine:
    """A `Promptable`. Made by `load_engine`; tests make their own of small networks.

    `network` is on the CPU and is moved to `device`; `sha256` names its weights. `encoder` replaces
    the network's own, as OpenVINO's does. `say` is called with sentences for people.
    """

    def __init__(
        self,
        model: SamModel,
        architecture: Architecture,
        network: Any,
        device: Device,
        *,
        sha256: str,
        say: Say = lambda _words: None,
        encoder: Encoder | None = None,
    ) -> None:
        self.model = model
        self.architecture = architecture
        self.device = device
        self.sha256 = sha256
        self.family: Family = family_of(architecture, network.to(device.kind))
        self._encode_batches = Batches(device.encode_batch, say)
        self._decode_batches = Batches(device.decode_batch, say)
        self._encoder = encoder or self._encode_in_torch

    @property
    def fingerprint(self) -> str:
        """A hash of all that an embedding depends on but the picture."""
        rules = (self.model.resize, self.model.normalise)
        parts = (self.sha256, self.architecture, *rules, self.device.arithmetic)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def encode(self, pictures: Sequence[Picture]) -> list[Embedding]:
        """The embedding of each picture (rows, columns); they may differ in shape."""
        batches = self._encode_batches.run(pictures, self._encode_batch)
        return [embedding for batch in batches for embedding in batch]

    def _encode_batch(self, pictures: Sequence[Picture]) -> list[Embedding]:
        torch = require_torch()
        input_px = self.architecture.input_px
        inputs = np.stack([to_input(picture, self.model, input_px) for picture in pictures])
        with torch.inference_mode():
            features = self.encode_pixels(torch.from_numpy(inputs).to(self.device.kind))
            levels = [level.float().cpu().numpy() for level in features]
        return [
            Embedding(tuple(level[n : n + 1] for level in levels), _shape_of(picture))
            for n, picture in enumerate(pictures)
        ]

    def encode_pixels(self, pixels: Any) -> tuple[Any, ...]:
        """Features, still on the device, of tensor (b, 3, input_px, input_px) that is there."""
        return self._encoder(pixels)

    def _encode_in_torch(self, pixels: Any) -> tuple[Any, ...]:
        with self._precision():
            return self.family.encode(pixels)

    def _precision(self) -> AbstractContextManager[Any]:
        if not self.device.is_half:
            return in_float32(self.device)
        torch = require_torch()
        return torch.autocast(self.device.backend, dtype=torch.bfloat16)  # type: ignore[no-any-return]

    def decode(
        self,
        embedding: Embedding,
        prompts: Sequence[Prompt],
        *,
        several: bool = False,
        edges_are_indices: bool = False,
    ) -> Decoded:
        """One answer for each prompt, or with `several` the three that the network has.

        The decoder runs in float32 whatever the encoder does: it costs little. No prompts give no
        answers. Raises `PromptError` for a box or point that does not fit the slice.
        """
        input_px = self.architecture.input_px
        scale = input_scale(self.model, embedding.shape, input_px)
        checked = check_prompts(prompts, embedding.shape, self.low_side)
        asked = [to_network(p, scale, edges_are_indices=edges_are_indices) for p in checked]
        decoded = _empty(embedding.shape, self.low_side, len(asked), 3 if several else 1)
        torch = require_torch()
        with torch.inference_mode(), in_float32(self.device):
            features = self.to_tensors(embedding)
            for places in _alike(asked):
                self._decode_alike(features, asked, places, several, decoded, embedding.shape)
        return decoded

    def to_tensors(self, embedding: Embedding) -> list[Any]:
        """An embedding's features on the device, in float32."""
        torch = require_torch()
        return [
            torch.from_numpy(np.asarray(level, dtype=np.float32)).to(self.device.kind)
            for level in embedding.features
        ]

    def _decode_alike(
        self,
        features: Sequence[Any],
        asked: Sequence[NetworkPrompt],
        places: Sequence[int],
        several: bool,
        into: Decoded,
        shape: tuple[int, int],
    ) -> None:
        """Answer the prompts at `places`, which are alike, and enter their answers."""

        def run(batch: Sequence[int]) -> tuple[Sequence[int], Logits, Logits, Logits]:
            low, scores = self.family.decode(features, [asked[p] for p in batch], several=several)
            full = restore(low, self.model, shape, self.architecture.input_px)
            return batch, full.cpu().numpy(), low.cpu().numpy(), scores.cpu().numpy()

        for batch, full, low, scores in self._decode_batches.run(places, run):
            into.logits[batch], into.low_logits[batch], into.scores[batch] = full, low, scores

    @property
    def low_side(self) -> int:
        """Side of the decoder's own masks, and of earlier logits to go on from."""
        return _LOW_SIDES_PER_CELL * self.architecture.input_px // 16


def _shape_of(picture: Picture) -> tuple[int, int]:
    rows, columns = picture.shape
    return (rows, columns)


def _empty(shape: tuple[int, int], side: int, prompts: int, masks: int) -> Decoded:
    return Decoded(
        np.empty((prompts, masks, *shape), dtype=np.float32),
        np.empty((prompts, masks, side, side), dtype=np.float32),
        np.empty((prompts, masks), dtype=np.float32),
    )


def _alike(prompts: Sequence[NetworkPrompt]) -> list[list[int]]:
    """Places of prompts that can go through in one batch: as many points, and box, and logits."""
    groups: dict[tuple[int, bool, bool], list[int]] = {}
    for place, prompt in enumerate(prompts):
        has_box = bool(len(prompt.labels)) and int(prompt.labels[0]) == FIRST_CORNER
        key = (len(prompt.labels), has_box, prompt.logits is not None)
        groups.setdefault(key, []).append(place)
    return list(groups.values())
