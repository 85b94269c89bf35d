"""A network that knows the truth of each slice, for what must hold whichever network is asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from manyhands.evidence.sam import SAM_MODELS, Decoded, Embedding, Picture, Prompt, SamModel

SURE = 8.0


class Oracle:
    """Sees structure where a slice is at least `bright`, within the box it is asked with.

    `sign` -1 says the contrary of what it sees, 0 says nothing at all. Every question is kept in
    `asked`, each with the shape of its slice.
    """

    fingerprint = "an oracle"

    def __init__(self, *, bright: int = 150, sign: float = 1.0, name: str = "sam-vit-b") -> None:
        self.bright, self.sign = bright, sign
        self.asked: list[tuple[tuple[int, int], Prompt]] = []
        self.encoded = 0
        self._name = name

    @property
    def model(self) -> SamModel:
        return SAM_MODELS[self._name]

    def encode(self, pictures: Sequence[Picture]) -> list[Embedding]:
        self.encoded += len(pictures)
        return [Embedding((p.astype(np.float16),), (p.shape[0], p.shape[1])) for p in pictures]

    def decode(
        self,
        embedding: Embedding,
        prompts: Sequence[Prompt],
        *,
        several: bool = False,
        edges_are_indices: bool = False,
    ) -> Decoded:
        self.asked += [(embedding.shape, prompt) for prompt in prompts]
        count = 3 if several else 1
        logits = np.stack([self._answer(embedding, prompt) for prompt in prompts])
        full = np.repeat(logits[:, None], count, axis=1)
        # Of three masks the second is best, the others are of everything and of nothing.
        scores = np.full((len(prompts), count), 0.5, dtype=np.float32)
        if several:
            full[:, 0], full[:, 2] = SURE, -SURE
            scores[:, 1] = 0.9
        return Decoded(full, full[..., :4, :4], scores)

    def _answer(self, embedding: Embedding, prompt: Prompt) -> np.ndarray:
        assert prompt.box is not None
        row0, column0, row1, column1 = (round(edge) for edge in prompt.box)
        is_bright = np.asarray(embedding.features[0] >= self.bright)
        inside = np.zeros(embedding.shape, dtype=np.bool_)
        inside[row0:row1, column0:column1] = True
        seen = np.where(is_bright & inside, SURE, -SURE)
        return (self.sign * seen).astype(np.float32)
