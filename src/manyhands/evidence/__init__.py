"""Models: what a volume says, voxel by voxel, of whether it belongs to a structure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from manyhands.evidence.intensity import intensity_evidence, prepare
from manyhands.evidence.judge import judge_evidence
from manyhands.evidence.prompted import (
    Looks,
    NetworkOptions,
    OwnBox,
    PromptedEvidence,
    PromptedJudge,
    Scene,
    Sight,
    arithmetic_of,
    check_installed,
    load_sight,
    look_ahead,
    make_scene,
    weights_of,
)
from manyhands.evidence.region import Region
from manyhands.evidence.sam.cached import Savings
from manyhands.evidence.sam.table import SAM_MODELS, SamModel
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

    A model with a `network` adds what that network says, once it is loaded and shown a volume;
    `fit` and `judge` are what it adds to. With `has_ellipses` the boxes of small structures are
    drawn in to ellipses of the image's intensities, not to the masks; a network sees more than
    these.
    """

    fit: Evidence
    judge: Evidence | None = None
    network: SamModel | None = None
    has_ellipses: bool = False


_INTENSITY = Model(intensity_evidence, judge_evidence, has_ellipses=True)

MODELS: Mapping[str, Model] = {
    "intensity": _INTENSITY,
    **{name: replace(_INTENSITY, network=row) for name, row in SAM_MODELS.items()},
}
"""The models by the name the configuration gives them; the first is the default."""


def models_in_scene(scene: Scene, structure_ids: Iterable[int]) -> dict[int, Model]:
    """For each structure a model that asks the scene's network about it."""
    found = {}
    for structure_id in structure_ids:
        looks = Looks(scene, structure_id)
        found[structure_id] = Model(PromptedEvidence(looks), PromptedJudge(looks))
    return found


def without_network(name: str) -> str:
    """The model to take instead of `name` where no network can be at hand."""
    return name if MODELS[name].network is None else next(iter(MODELS))


__all__ = [
    "MODELS",
    "Evidence",
    "Model",
    "NetworkOptions",
    "OwnBox",
    "Region",
    "Savings",
    "Scene",
    "Sight",
    "arithmetic_of",
    "check_installed",
    "load_sight",
    "look_ahead",
    "make_scene",
    "models_in_scene",
    "prepare",
    "weights_of",
    "without_network",
]
