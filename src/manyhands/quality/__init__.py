"""What is doubtful, why, and what to do about it: without anybody who knows the truth."""

from manyhands.quality.checks import CHECKS, find_doubts
from manyhands.quality.given import Given, collect_given
from manyhands.quality.jitter import jitter, with_stability
from manyhands.quality.judgement import Judgement, judge
from manyhands.quality.mask_shape import MaskShape, measure_masks, no_mask
from manyhands.quality.prediction import predict_dice
from manyhands.quality.subject import Check, Cohort, Subject

__all__ = [
    "CHECKS",
    "Check",
    "Cohort",
    "Given",
    "Judgement",
    "MaskShape",
    "Subject",
    "collect_given",
    "find_doubts",
    "jitter",
    "judge",
    "measure_masks",
    "no_mask",
    "predict_dice",
    "with_stability",
]
