"""Networks that count what they are asked, and one that encodes a slice for each question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from manyhands.evidence.sam import Decoded, Embedding, Picture, Prompt, Promptable, SamModel


@dataclass
class Counted:
    """A network that counts what it is asked."""

    network: Promptable
    encodings: int = 0
    questions: int = 0

    @property
    def model(self) -> SamModel:
        return self.network.model

    @property
    def fingerprint(self) -> str:
        return self.network.fingerprint

    def encode(self, pictures: Sequence[Picture]) -> list[Embedding]:
        self.encodings += len(pictures)
        return self.network.encode(pictures)

    def decode(
        self,
        embedding: Embedding,
        prompts: Sequence[Prompt],
        *,
        several: bool = False,
        edges_are_indices: bool = False,
    ) -> Decoded:
        self.questions += len(prompts)
        return self.network.decode(
            embedding, prompts, several=several, edges_are_indices=edges_are_indices
        )


class EncodesEachTime(Counted):
    """Keeps only the greys of a slice, and encodes them again for every single question."""

    def encode(self, pictures: Sequence[Picture]) -> list[Embedding]:
        return [Embedding((p.astype(np.float32),), (p.shape[0], p.shape[1])) for p in pictures]

    def decode(
        self,
        embedding: Embedding,
        prompts: Sequence[Prompt],
        *,
        several: bool = False,
        edges_are_indices: bool = False,
    ) -> Decoded:
        picture = embedding.features[0].astype(np.uint8)
        answers = []
        for prompt in prompts:
            (seen,) = super().encode([picture])
            how = {"several": several, "edges_are_indices": edges_are_indices}
            answers.append(super().decode(seen, [prompt], **how))
        return Decoded(
            np.concatenate([answer.logits for answer in answers]),
            np.concatenate([answer.low_logits for answer in answers]),
            np.concatenate([answer.scores for answer in answers]),
        )
