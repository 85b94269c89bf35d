"""What a consensus method takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from manyhands.crowd.ballots import Ballots
from manyhands.types import Spacing, Track


@dataclass(frozen=True)
class Estimate:
    """Tracks without gaps, the probability (slices,) of presence, each annotator's weight by id.

    `believed` are the ballots that counted: not those of who clicks anything, nor *absent* by who
    had stopped.
    """

    tracks: tuple[Track, ...]
    presence: npt.NDArray[np.float64]
    weights: Mapping[str, float]
    believed: Ballots


class ConsensusMethod(Protocol):
    """Finds the tracks that the ballots agree on; ballots without votes give no tracks."""

    def __call__(self, ballots: Ballots, *, stack_spacing_mm: Spacing, stride: int) -> Estimate: ...
