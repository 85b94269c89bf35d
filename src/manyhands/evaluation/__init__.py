"""How well label volumes meet their references: overlap, surfaces, scores and their files; and
how models compare that were trained on different labels.
"""

from manyhands.evaluation.arms import COMPARED, average_replicates
from manyhands.evaluation.comparison import compare_arms, pair_up
from manyhands.evaluation.files import read_scores_json, write_scores_csv
from manyhands.evaluation.labels import agree_in_volume, mean_over_patients
from manyhands.evaluation.overlap import slice_dice, slice_dice_paper, volume_dice
from manyhands.evaluation.printed import check_printed, format_p
from manyhands.evaluation.scores import METRICS, NSD_TOLERANCE_MM, score_volume, summarise
from manyhands.evaluation.surface import (
    SurfaceDistances,
    hd95_mm,
    image_diagonal_mm,
    nsd,
    surface_distances,
)
from manyhands.evaluation.tables import read_arm_csv

__all__ = [
    "COMPARED",
    "METRICS",
    "NSD_TOLERANCE_MM",
    "SurfaceDistances",
    "agree_in_volume",
    "average_replicates",
    "check_printed",
    "compare_arms",
    "format_p",
    "hd95_mm",
    "image_diagonal_mm",
    "mean_over_patients",
    "nsd",
    "pair_up",
    "read_arm_csv",
    "read_scores_json",
    "score_volume",
    "slice_dice",
    "slice_dice_paper",
    "summarise",
    "surface_distances",
    "volume_dice",
    "write_scores_csv",
]
