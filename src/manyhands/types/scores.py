"""How well labels agree with references."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """How well one structure of one volume was met. `manyhands.evaluation` says what each is.

    Dice and NSD are 0 to 1, best 1; HD95 is in mm, best 0. All five are None, *not applicable*,
    where reference and prediction agree that the structure is not there.
    """

    volume: str
    structure: str
    volume_dice: float | None
    slice_dice: float | None
    slice_dice_paper: float | None
    nsd: float | None
    hd95_mm: float | None
    nsd_tolerance_mm: float
    reference_voxels: int
    predicted_voxels: int
    unseen_voxels: int  # of the reference's, those where the prediction says that nobody looked


@dataclass(frozen=True, slots=True)
class Summary:
    """One metric, named as in `Score`, of one structure over `n` volumes.

    `structure` None: of all structures. `mean` is None for n = 0, `sd` (n - 1 in its denominator)
    for n < 2. `not_applicable` volumes are not among the n.
    """

    structure: str | None
    metric: str
    mean: float | None
    sd: float | None
    n: int
    not_applicable: int = 0
