"""What is trained in a study, and where nnU-Net's files lie in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from manyhands.errors import ConfigError
from manyhands.pipeline.export_nnunet import ExportOptions
from manyhands.pipeline.training_cases import CROWD, REFERENCE
from manyhands.store import Study
from manyhands.training import Arm, Workspace, find_preset, make_arm

FOLDER = "results/nnunet"
WEIGHTED = "-weighted"


@dataclass(frozen=True)
class Training:
    """What is trained: kinds of labels, folds (none: the preset's), seeds and how long.

    `labels` are `crowd`, `reference`, or the ending of another set of label volumes
    (`results/labels-NAME`). With `weighted` the crowd's labels are trained on a second time, each
    voxel counting by its probability.
    """

    labels: tuple[str, ...] = (CROWD, REFERENCE)
    folds: tuple[str, ...] = ()
    seeds: int = 3
    preset: str = "paper"
    weighted: bool = False
    device: str = "auto"
    threads: int = 1
    only: str = ""  # train no other arm than that of this name
    also_written: tuple[str, ...] = ()  # data sets that nothing is trained on
    options: ExportOptions = field(default_factory=ExportOptions)

    @property
    def arms(self) -> tuple[Arm, ...]:
        """In the order of their data sets."""
        arms = [arm for arm in self._of_labels() if arm.name in self.labels]
        if self.weighted:
            arms.append(make_arm(CROWD + WEIGHTED, 0, labels=CROWD, weighted=True))
        return tuple(arms)

    @property
    def datasets(self) -> tuple[Arm, ...]:
        """One arm for each data set; the plan is found on the first, which is the crowd's."""
        wanted = {*self.labels, *self.also_written}
        return tuple(arm for arm in self._of_labels() if arm.name in wanted)

    def _of_labels(self) -> list[Arm]:
        names = dict.fromkeys((CROWD, REFERENCE, *self.labels))
        return [make_arm(name, number) for number, name in enumerate(names)]

    def check(self) -> None:
        """Raise `ConfigError` for what cannot be trained."""
        find_preset(self.preset)
        if not self.labels:
            raise ConfigError("no labels to train on: name crowd, reference or both")
        if self.seeds < 1:
            raise ConfigError(f"at least one seed is needed, {self.seeds} were asked for")
        if self.weighted and CROWD not in self.labels:
            raise ConfigError("weights are those of the crowd's labels: train on these too")


def workspace(study: Study, preset: str) -> Workspace:
    return Workspace(study.path(FOLDER), preset)


def relative(study: Study, path: Path) -> str:
    """As paths are kept in the study."""
    return path.relative_to(study.folder).as_posix()
