"""Models: what a volume says, voxel by voxel, of whether it belongs to a structure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from manyhands.evidence.intensity import intensity_evidence, prepare
from manyhands.evidence.region import Region
from manyhands.types import LogOddsStack, MaskStack


class Model(Protocol):
    """Gives log-odds for each voxel of a region, higher where the structure is more likely.

    `mask` is the segmentation so far, None at the first call; a model that does not learn from the
    volume ignores it. The same arguments give the same evidence.
    """

    def __call__(self, region: Region, mask: MaskStack | None) -> LogOddsStack: ...


MODELS: Mapping[str, Model] = {
    "intensity": intensity_evidence,
}
"""The models by the name the configuration gives them; the first is the default."""

__all__ = ["MODELS", "Model", "Region", "prepare"]
