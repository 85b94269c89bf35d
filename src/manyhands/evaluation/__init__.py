"""How well label volumes meet their references: overlap, surfaces, scores and their files."""

from manyhands.evaluation.files import read_scores_json, write_scores_csv
from manyhands.evaluation.overlap import slice_dice, slice_dice_paper, volume_dice
from manyhands.evaluation.scores import METRICS, NSD_TOLERANCE_MM, score_volume, summarise
from manyhands.evaluation.surface import (
    SurfaceDistances,
    hd95_mm,
    image_diagonal_mm,
    nsd,
    surface_distances,
)

__all__ = [
    "METRICS",
    "NSD_TOLERANCE_MM",
    "SurfaceDistances",
    "hd95_mm",
    "image_diagonal_mm",
    "nsd",
    "read_scores_json",
    "score_volume",
    "slice_dice",
    "slice_dice_paper",
    "summarise",
    "surface_distances",
    "volume_dice",
    "write_scores_csv",
]
