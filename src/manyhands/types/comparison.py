"""What a comparison of models found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from manyhands.types.interval import Interval


@dataclass(frozen=True, slots=True)
class ArmScore:
    """What one arm of a study (one way to train) reached on one structure of one patient.

    The mean of `n_replicates` trainings that differ in seed or fold alone; None where nothing is
    known or applicable.
    """

    arm: str
    patient: str
    structure: str
    volume_dice: float | None
    nsd: float | None = None
    hd95_mm: float | None = None
    n_replicates: int = 1


@dataclass(frozen=True, slots=True)
class PatientMean:
    """A mean over `n` patients. `half_width` is 1.96 SD / sqrt(n) with n in the SD's denominator;
    `interval` a bootstrap over patients. Both are None for n = 1.
    """

    mean: float
    n: int
    half_width: float | None = None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class LabelMean:
    """A metric of a `Score` over patients: of one structure, or (None) of each patient's mean."""

    structure: str | None
    metric: str
    mean: PatientMean


@dataclass(frozen=True, slots=True)
class VolumeAgreement:
    """Volumes of one structure by two measurements: the reference's and those of `labels`.

    `reference_ml` and `measured_ml` are by `volumes`; `bias_ml` is the mean of measured minus
    reference, and 95 % of the differences lie between `low_ml` and `high_ml`, None for one volume.
    """

    labels: str
    structure: str
    volumes: tuple[str, ...]
    reference_ml: tuple[float, ...]
    measured_ml: tuple[float, ...]
    bias_ml: float
    low_ml: float | None
    high_ml: float | None


@dataclass(frozen=True, slots=True)
class PairedTest:
    """One metric of one structure (None: the mean of a patient's structures), an arm against the
    baseline, patient by patient. Differences are arm minus baseline.

    `p` is of the two-sided Wilcoxon signed-rank test by `method`, `p_holm` the same adjusted over
    the structures (None for their mean, which is one test); `shift` is Hodges and Lehmann's, its
    interval None where so few patients have none; `rank_biserial` is -1 to 1, 0 for no effect.
    `p_noninferior` is one-sided against a loss of `margin`, `verdict` what follows from it.
    """

    arm: str
    baseline: str
    metric: str
    structure: str | None
    arm_mean: PatientMean
    baseline_mean: PatientMean
    difference: PatientMean
    sd_difference: float | None
    n_equal: int
    p: float
    p_holm: float | None
    method: str
    shift: float
    shift_interval: Interval | None
    rank_biserial: float
    margin: float
    p_noninferior: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Power:
    """What `n` patients can show at level `alpha`, for normal differences.

    `by_effect` is the power by standardised effect (mean over SD of the differences), and
    `detectable` the effect found with 80 %. `noninferior` is the chance to show non-inferiority
    where both arms are equal and differences spread as here, `n_needed` the patients that make it
    80 %; None where no spread is known.
    """

    arm: str
    n: int
    alpha: float
    by_effect: Mapping[float, float]
    detectable: float | None
    noninferior: float | None = None
    n_needed: int | None = None


@dataclass(frozen=True, slots=True)
class PrintedCheck:
    """What a publication printed of one test, beside the same test done exactly."""

    arm: str
    structure: str | None
    metric: str
    printed: str
    found: str
    agrees: bool
    source: str = ""


@dataclass(frozen=True)
class Comparison:
    """Arms against a baseline on the same patients. `left_out` says of a patient or a structure why
    it is in no test, `notes` what a reader must know before the numbers.
    """

    baseline: str
    arms: tuple[str, ...]
    scores: tuple[ArmScore, ...]
    tests: tuple[PairedTest, ...]
    powers: tuple[Power, ...] = ()
    printed: tuple[PrintedCheck, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
