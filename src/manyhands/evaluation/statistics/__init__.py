"""Statistics of paired values, one of each patient: exact where few patients make it matter.

scipy does what it does rightly (ranks, bootstrap, normal approximation). Ours is what it lacks, or
gets wrong with ties and zeros: the exact signed-rank distribution, Holm, Hodges and Lehmann's
shift, the rank-biserial effect, non-inferiority and power of the same test.
"""

from manyhands.evaluation.statistics.bland_altman import Limits, limits_of_agreement
from manyhands.evaluation.statistics.effect import hodges_lehmann, rank_biserial
from manyhands.evaluation.statistics.holm import holm
from manyhands.evaluation.statistics.means import SEED, patient_mean
from manyhands.evaluation.statistics.noninferiority import NonInferiority, noninferiority_test
from manyhands.evaluation.statistics.power import find_power, patients_needed, power_of
from manyhands.evaluation.statistics.signed_rank import EXACT_UP_TO, SignedRank, signed_rank_test

__all__ = [
    "EXACT_UP_TO",
    "SEED",
    "Limits",
    "NonInferiority",
    "SignedRank",
    "find_power",
    "hodges_lehmann",
    "holm",
    "limits_of_agreement",
    "noninferiority_test",
    "patient_mean",
    "patients_needed",
    "power_of",
    "rank_biserial",
    "signed_rank_test",
]
