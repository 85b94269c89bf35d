"""What nnU-Net's own log tells of a training, while it goes on and afterwards."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_NUMBER = r"(-?\d+(?:\.\d+)?(?:e-?\d+)?|nan)"
_EPOCH = re.compile(r": Epoch (\d+)\s*$")
_VALUE = re.compile(rf": (train_loss|val_loss|Epoch time:) (?:np\.float\d+\()?{_NUMBER}")
_DICE = re.compile(r": Pseudo dice \[(.*)\]")


@dataclass
class Epoch:
    """One pass: losses, pseudo Dice of each structure, and how long it took.

    nnU-Net's loss is cross entropy less Dice: 0 is poor and -1 is best. Its pseudo Dice is of
    patches, not of patients.
    """

    train_loss: float | None = None
    val_loss: float | None = None
    pseudo_dice: tuple[float, ...] = ()
    took_s: float | None = None


@dataclass
class TrainingLog:
    """A training of `epochs` in all; `done` has those that have ended, by number from 0.

    An epoch that a kill interrupted, and that was begun anew, is there once.
    """

    epochs: int
    done: dict[int, Epoch] = field(default_factory=dict)
    _number: int = 0
    _open: Epoch = field(default_factory=Epoch)

    def hear(self, line: str) -> None:
        """Take in a line of the log; those that say nothing of an epoch are passed over."""
        if found := _EPOCH.search(line):
            self._number, self._open = int(found[1]), Epoch()
        elif found := _DICE.search(line):
            numbers = re.findall(_NUMBER, re.sub(r"np\.float\d+", "", found[1]))
            self._open.pseudo_dice = tuple(float(number) for number in numbers)
        elif found := _VALUE.search(line):
            value = float(found[2])
            if found[1] == "train_loss":
                self._open.train_loss = value
            elif found[1] == "val_loss":
                self._open.val_loss = value
            else:
                self._open.took_s = value
                self.done[self._number] = self._open

    @property
    def share(self) -> float:
        """Of the epochs that are done."""
        return min(1.0, (max(self.done) + 1) / self.epochs) if self.done else 0.0

    @property
    def remaining_s(self) -> float | None:
        """By the median epoch, as the first one compiles and warms up; None before the first."""
        if not self.done:
            return None
        median_s = statistics.median(epoch.took_s or 0.0 for epoch in self.done.values())
        return median_s * (self.epochs - 1 - max(self.done))

    def __str__(self) -> str:
        if not self.done:
            return "begins"
        number = max(self.done)
        last = self.done[number]
        return (
            f"epoch {number + 1} of {self.epochs}, loss {last.train_loss} (validation "
            f"{last.val_loss}), {describe_time(self.remaining_s or 0.0)} to go"
        )


def read_log(fold_folder: Path, epochs: int) -> TrainingLog:
    """What the logs in a fold's folder tell, of all times that the training was taken up again."""
    paths = sorted(fold_folder.glob("training_log_*.txt"), key=lambda path: path.stat().st_mtime)
    return hear_all((p.read_text(encoding="utf-8", errors="replace") for p in paths), epochs)


def hear_all(texts: Iterable[str], epochs: int) -> TrainingLog:
    log = TrainingLog(epochs)
    for text in texts:
        for line in text.splitlines():
            log.hear(line)
    return log


def describe_time(seconds: float) -> str:
    """In the unit people would use."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
