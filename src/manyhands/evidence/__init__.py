"""Models: what a volume says, voxel by voxel, of whether it belongs to a structure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from manyhands.evidence.intensity import intensity_evidence, prepare
from manyhands.evidence.judge import judge_evidence
from manyhands.evidence.region import Region
from manyhands.types import LogOddsStack, MaskStack


class Evidence(Protocol):
    """Gives log-odds for each voxel of a region, higher where the structure is more likely.

    `mask` is the segmentation so far, None at the first call; what does not learn from the volume
    ignores it. The same arguments give the same evidence.
    """

    def __call__(self, region: Region, mask: MaskStack | None) -> LogOddsStack: ...


@dataclass(frozen=True)
class Model:
    """Evidence to fit masks with, and evidence that judges the masks once they have settled.

    What judges is only asked about masks that are not empty, and its log-odds are probabilities
    that need little smoothing. None: the fit is the result.
    """

    fit: Evidence
    judge: Evidence | None = None


MODELS: Mapping[str, Model] = {
    "intensity": Model(intensity_evidence, judge_evidence),
}
"""The models by the name the configuration gives them; the first is the default."""

__all__ = ["MODELS", "Evidence", "Model", "Region", "prepare"]
