"""How long and how large nnU-Net trains: one row a preset."""

from __future__ import annotations

from dataclasses import dataclass

from manyhands.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Preset:
    """`folds` are those trained where nobody says others: "all" is one model of all cases.

    `planner` is nnU-Net's, by its name, or `small`, ours for machines without a GPU: a narrow
    network on coarse voxels. `learning_rate` None is nnU-Net's own, by
    stochastic gradient descent; else it is that of AdamW, which needs fewer steps to begin with. So
    is everything else that is not here. Without `augments`, patches are neither turned nor
    mirrored, nor is anything when predicting.
    """

    planner: str
    epochs: int
    iterations: int  # of training in each epoch
    validation_iterations: int
    save_every: int  # epochs from one checkpoint to the next
    folds: tuple[str, ...]
    learning_rate: float | None = None
    augments: bool = True
    foreground_share: float | None = None  # of patches that are drawn round a structure


FIVE_FOLDS = ("0", "1", "2", "3", "4")
SMALL_PLANNER = "small"

PRESETS: dict[str, Preset] = {
    "paper": Preset("ExperimentPlanner", 1000, 250, 50, 10, FIVE_FOLDS),
    "fast": Preset("ExperimentPlanner", 100, 250, 25, 5, ("all",)),
    "resenc-m": Preset("nnUNetPlannerResEncM", 1000, 250, 50, 10, FIVE_FOLDS),
    "smoke": Preset(
        SMALL_PLANNER,
        4,
        80,
        1,
        1,
        ("all",),
        learning_rate=0.005,
        augments=False,
        foreground_share=1.0,
    ),
}


def find_preset(name: str) -> Preset:
    """The preset of that name. Raises `ConfigError` if there is none."""
    if name not in PRESETS:
        raise ConfigError(f"unknown preset '{name}'; known are {', '.join(PRESETS)}")
    return PRESETS[name]
