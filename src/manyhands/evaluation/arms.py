"""What each arm of a study reached on each patient: seeds and folds averaged first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from manyhands.types import ArmScore, Score

COMPARED = ("volume_dice", "nsd", "hd95_mm")
"""The metrics of which arms are compared: fields of an `ArmScore`."""


def average_replicates(arm: str, replicates: Mapping[str, Sequence[Score]]) -> tuple[ArmScore, ...]:
    """The mean over trainings that differ in seed or fold alone, by patient and structure.

    `replicates` are the scores of each training by its name. A patient that some trainings lack has
    the mean of the others, and so many `n_replicates`.
    """
    found: dict[tuple[str, str], list[Score]] = {}
    for scores in replicates.values():
        for score in scores:
            found.setdefault((score.volume, score.structure), []).append(score)
    return tuple(
        ArmScore(
            arm,
            patient,
            structure,
            **{metric: _mean([getattr(s, metric) for s in scores]) for metric in COMPARED},
            n_replicates=len(scores),
        )
        for (patient, structure), scores in found.items()
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
