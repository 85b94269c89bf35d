"""Evidence of networks that are asked with boxes, added to that of the intensities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from manyhands.evidence.intensity import intensity_evidence
from manyhands.evidence.judge import judge_evidence
from manyhands.evidence.prompted.calibration import calibrated
from manyhands.evidence.prompted.loading import (
    NetworkOptions,
    arithmetic_of,
    check_installed,
    load_sight,
    weights_of,
)
from manyhands.evidence.prompted.looks import Looks
from manyhands.evidence.prompted.scene import (
    OwnBox,
    Propagation,
    Scene,
    Sight,
    look_ahead,
    make_scene,
)
from manyhands.evidence.region import OUTSIDE, Region
from manyhands.types import LogOddsStack, MaskStack


@dataclass(frozen=True)
class PromptedEvidence:
    """An `Evidence`: of the intensities, and once there is a mask, of the network as well.

    The first mask is the intensities' alone: what the network's logits are worth is learned from
    it.
    """

    looks: Looks

    def __call__(self, region: Region, mask: MaskStack | None) -> LogOddsStack:
        evidence = intensity_evidence(region, mask)
        return evidence if mask is None else _with_network(evidence, self.looks, region, mask)


@dataclass(frozen=True)
class PromptedJudge:
    """The judge's log-odds with those of the network added."""

    looks: Looks

    def __call__(self, region: Region, mask: MaskStack | None) -> LogOddsStack:
        evidence = judge_evidence(region, mask)
        return evidence if mask is None else _with_network(evidence, self.looks, region, mask)


def _with_network(
    evidence: LogOddsStack, looks: Looks, region: Region, mask: MaskStack
) -> LogOddsStack:
    """The sum, wherever the structure can be."""
    can_be = evidence > OUTSIDE
    ratio = calibrated(looks(region, mask), mask, region.inside)
    return np.where(can_be, evidence + ratio, evidence).astype(np.float32)


__all__ = [
    "Looks",
    "NetworkOptions",
    "OwnBox",
    "PromptedEvidence",
    "PromptedJudge",
    "Propagation",
    "Scene",
    "Sight",
    "arithmetic_of",
    "check_installed",
    "load_sight",
    "look_ahead",
    "make_scene",
    "weights_of",
]
