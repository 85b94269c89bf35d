"""Each step on a study, in the order of the work; no server needed.

A step is a function of an open study. It can be stopped and called again: a unit of it, mostly one
volume, is done whole or not at all, and not again while what it is made of stays the same.
"""

from manyhands.pipeline.add import Source, add_volumes
from manyhands.pipeline.compare import compare_study
from manyhands.pipeline.compare_files import compare_folders, compare_tables, write_comparison
from manyhands.pipeline.compared import COMPARISON_PATH, read_comparison
from manyhands.pipeline.consensus import find_agreement, find_unanswered, read_consensus
from manyhands.pipeline.declared import declare_comparison
from manyhands.pipeline.demo import open_demo, run_demo
from manyhands.pipeline.encode import encode_ahead
from manyhands.pipeline.evaluate import dice_table, evaluate_volumes, read_scores, scored_label_sets
from manyhands.pipeline.export import export_nifti, export_yolo, write_simulated
from manyhands.pipeline.import_boxes import ImportReport, import_boxes
from manyhands.pipeline.networks import CACHE_FOLDER, PRESETS
from manyhands.pipeline.places import EVERYBODY, REPORT_PATH, VOTED, LabelSet, alone
from manyhands.pipeline.plan import FIGURE_PATH, STRIDES, plan_study
from manyhands.pipeline.quality import judge_study, read_judgement
from manyhands.pipeline.reliability import measure_annotators, read_reliability
from manyhands.pipeline.report import FIGURES_FOLDER, report_study
from manyhands.pipeline.run import STEPS, run_study
from manyhands.pipeline.segment import find_ignored, segment_volumes
from manyhands.pipeline.simulate import Simulated, make_annotators, simulate_answers
from manyhands.pipeline.voting import segment_each_alone, vote_over_masks
from manyhands.pipeline.ways import Plan, Way, plan_picture, plan_table, why_none
from manyhands.pipeline.work import Outcome, Watch, check_ready

__all__ = [
    "CACHE_FOLDER",
    "COMPARISON_PATH",
    "EVERYBODY",
    "FIGURES_FOLDER",
    "FIGURE_PATH",
    "PRESETS",
    "REPORT_PATH",
    "STEPS",
    "STRIDES",
    "VOTED",
    "ImportReport",
    "LabelSet",
    "Outcome",
    "Plan",
    "Simulated",
    "Source",
    "Watch",
    "Way",
    "add_volumes",
    "alone",
    "check_ready",
    "compare_folders",
    "compare_study",
    "compare_tables",
    "declare_comparison",
    "dice_table",
    "encode_ahead",
    "evaluate_volumes",
    "export_nifti",
    "export_yolo",
    "find_agreement",
    "find_ignored",
    "find_unanswered",
    "import_boxes",
    "judge_study",
    "make_annotators",
    "measure_annotators",
    "open_demo",
    "plan_picture",
    "plan_study",
    "plan_table",
    "read_comparison",
    "read_consensus",
    "read_judgement",
    "read_reliability",
    "read_scores",
    "report_study",
    "run_demo",
    "run_study",
    "scored_label_sets",
    "segment_each_alone",
    "segment_volumes",
    "simulate_answers",
    "vote_over_masks",
    "why_none",
    "write_comparison",
    "write_simulated",
]
