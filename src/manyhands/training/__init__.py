"""Training of nnU-Net on what came out: its data sets, and its own trainer in its own process.

Nothing here imports nnU-Net but `manyhands.training.child`, which runs in a process of its own with
an environment of its own.
"""

from manyhands.training.dataset import (
    CHANNEL_NAMES,
    Contents,
    check_same_cases,
    image_name,
    is_plain,
    label_path,
    place_images,
    read_cases,
    read_structure_ids,
    remove_others,
    write_contents,
)
from manyhands.training.device import find_cards
from manyhands.training.labels import (
    Band,
    ignore_background,
    ignore_doubtful,
    renumber,
    restore_ids,
)
from manyhands.training.log import TrainingLog, read_log
from manyhands.training.places import Arm, Workspace, make_arm
from manyhands.training.presets import PRESETS, Preset, find_preset
from manyhands.training.process import check_installed
from manyhands.training.relabel import relabel_inside_boxes
from manyhands.training.splits import (
    ALL_CASES,
    check_apart,
    check_folds,
    split_cases,
)
from manyhands.training.work import (
    PlanJob,
    PredictJob,
    TrainJob,
    make_plan,
    predict_cases,
    put_aside_others,
    read_plans_name,
    start_predicting,
    start_training,
)

__all__ = [
    "ALL_CASES",
    "CHANNEL_NAMES",
    "PRESETS",
    "Arm",
    "Band",
    "Contents",
    "PlanJob",
    "PredictJob",
    "Preset",
    "TrainJob",
    "TrainingLog",
    "Workspace",
    "check_apart",
    "check_folds",
    "check_installed",
    "check_same_cases",
    "find_cards",
    "find_preset",
    "ignore_background",
    "ignore_doubtful",
    "image_name",
    "is_plain",
    "label_path",
    "make_arm",
    "make_plan",
    "place_images",
    "predict_cases",
    "put_aside_others",
    "read_cases",
    "read_log",
    "read_plans_name",
    "read_structure_ids",
    "relabel_inside_boxes",
    "remove_others",
    "renumber",
    "restore_ids",
    "split_cases",
    "start_predicting",
    "start_training",
    "write_contents",
]
