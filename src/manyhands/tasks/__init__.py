"""Who is asked what next, and when enough have answered. No clock and no database: both are told.

A *subject* is one structure of one volume. A *task* is a subject given to an annotator, who goes
through its slices in order.
"""

from manyhands.tasks.agreement import PairwiseIou, pairwise_iou
from manyhands.tasks.gold import is_gold_turn
from manyhands.tasks.overlap import Decision, Spent, needs_another
from manyhands.tasks.progress import open_slices
from manyhands.tasks.queue import Lease, Standing, Subject, Task, lease, next_task
from manyhands.tasks.stride import asked_slices, next_stride

__all__ = [
    "Decision",
    "Lease",
    "PairwiseIou",
    "Spent",
    "Standing",
    "Subject",
    "Task",
    "asked_slices",
    "is_gold_turn",
    "lease",
    "needs_another",
    "next_stride",
    "next_task",
    "open_slices",
    "pairwise_iou",
]
