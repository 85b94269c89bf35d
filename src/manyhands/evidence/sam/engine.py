"""What a loaded network is asked and answers: the seam between networks and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from manyhands.evidence.sam.prompts import Prompt
from manyhands.evidence.sam.table import SamModel

Picture = npt.NDArray[np.uint8]
"""(rows, columns): greys of one slice, 0 to 255."""
Logits = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Embedding:
    """What the encoder says of one slice: `features` as it gives them (SAM one array, SAM 2 three,
    coarse last), and the slice's `shape` (rows, columns). Plain numpy, so it can be kept on disk.
    """

    features: tuple[npt.NDArray[np.floating], ...]
    shape: tuple[int, int]


@dataclass(frozen=True)
class Decoded:
    """Answers to n prompts, m masks each (1, or 3 if several were asked for).

    `logits` (n, m, rows, columns) are of the slice, above 0 where the mask is; `low_logits` (n, m,
    side, side) are the decoder's own, to go on from; `scores` (n, m) the IoU it expects of itself.
    """

    logits: Logits
    low_logits: Logits
    scores: npt.NDArray[np.float32]

    @property
    def masks(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.logits > 0)

    def best(self) -> Decoded:
        """Of each prompt the mask with the highest score alone (m = 1)."""
        chosen = self.scores.argmax(axis=1)
        rows = np.arange(len(chosen))
        return Decoded(
            self.logits[rows, chosen][:, None],
            self.low_logits[rows, chosen][:, None],
            self.scores[rows, chosen][:, None],
        )


class Promptable(Protocol):
    """A loaded network.

    `model` is its row; `fingerprint` changes with anything that changes an embedding: weights,
    architecture, input size, rules, precision.
    """

    @property
    def model(self) -> SamModel: ...

    @property
    def fingerprint(self) -> str: ...

    def encode(self, pictures: Sequence[Picture]) -> list[Embedding]:
        """The embedding of each picture; pictures may differ in shape."""
        ...

    def decode(
        self,
        embedding: Embedding,
        prompts: Sequence[Prompt],
        *,
        several: bool = False,
        edges_are_indices: bool = False,
    ) -> Decoded:
        """One answer for each prompt; with `several`, the three that the network has.

        Raises `PromptError` for a box or point that does not fit the slice.
        """
        ...
