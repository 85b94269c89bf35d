"""What nnU-Net's own log tells of a training while it goes on."""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass, field

_NUMBER = r"(-?\d+(?:\.\d+)?(?:e-?\d+)?|nan)"
_EPOCH = re.compile(r": Epoch (\d+)\s*$")
_LOSS = re.compile(rf": (train|val)_loss (?:np\.float\d+\()?{_NUMBER}")
_DICE = re.compile(r": Pseudo dice \[(.*)\]")
_TIME = re.compile(rf": Epoch time: {_NUMBER} s")


@dataclass
class TrainingLog:
    """Losses, pseudo Dice per structure and seconds of every epoch so far, of `epochs` in all.

    nnU-Net's loss is cross entropy less Dice: 0 is poor and -1 is best. Its pseudo Dice is of
    patches, not of patients.
    """

    epochs: int
    epoch: int = 0
    train_losses: list[float] = field(default_factory=list)
    val_losses: list[float] = field(default_factory=list)
    pseudo_dice: list[list[float]] = field(default_factory=list)
    epoch_s: list[float] = field(default_factory=list)

    def hear(self, line: str) -> bool:
        """Take in a line of the log; True where an epoch has ended with it."""
        if found := _EPOCH.search(line):
            self.epoch = int(found[1])
        elif found := _LOSS.search(line):
            losses = self.train_losses if found[1] == "train" else self.val_losses
            losses.append(float(found[2]))
        elif found := _DICE.search(line):
            numbers = re.sub(r"np\.float\d+", "", found[1])
            self.pseudo_dice.append([float(n) for n in re.findall(_NUMBER, numbers)])
        elif found := _TIME.search(line):
            self.epoch_s.append(float(found[1]))
            return True
        return False

    @property
    def share(self) -> float:
        """Of the epochs that are done."""
        done = self.epoch + (1 if self.epoch_s else 0)
        return min(1.0, done / self.epochs)

    @property
    def remaining_s(self) -> float | None:
        """By the median epoch, as the first ones compile and warm up; None before the first."""
        if not self.epoch_s:
            return None
        return statistics.median(self.epoch_s) * (self.epochs - self.epoch - 1)

    def __str__(self) -> str:
        if not self.epoch_s:
            return "begins"
        losses = "/".join(f"{values[-1]:.3f}" for values in (self.train_losses, self.val_losses))
        return (
            f"epoch {self.epoch + 1} of {self.epochs}, loss {losses}, "
            f"{describe_time(self.remaining_s or 0.0)} to go"
        )


def describe_time(seconds: float) -> str:
    """In the unit people would use."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
