"""The words every room speaks in: frozen dataclasses, and names of arrays with their shapes.

Three frames exist and no more. *Voxels* (i, j, k) of a volume in RAS+ order; *pictures*, in which a
volume is a stack of slices (k, row, column) as people see them; and *world*, mm in RAS+.
`manyhands.geometry` turns one into another.
"""

from manyhands.types.annotation import (
    Annotator,
    Answer,
    Box,
    Consensus,
    Origin,
    Reliability,
    State,
    Structure,
    Track,
)
from manyhands.types.arrays import (
    IGNORE_LABEL,
    Affine,
    BoxArray,
    LabelArray,
    LabelStack,
    LogOddsStack,
    MaskArray,
    MaskStack,
    Shape3,
    Spacing,
    StackArray,
    VolumeArray,
)
from manyhands.types.comparison import (
    ArmScore,
    Comparison,
    LabelMean,
    PairedTest,
    PatientMean,
    Power,
    PrintedCheck,
    VolumeAgreement,
)
from manyhands.types.findings import (
    Agreement,
    AnsweringTime,
    Finding,
    LearningCurve,
    Place,
    PredictedDice,
    Severity,
)
from manyhands.types.interval import (
    EdgeIntervals,
    Interval,
)
from manyhands.types.scores import (
    Score,
    Summary,
)
from manyhands.types.volume import (
    Grid,
    Labels,
    Modality,
    Reader,
    Segmentation,
    SourceGrid,
    Split,
    Volume,
    Window,
)
from manyhands.types.work import (
    Executor,
    Job,
    Progress,
    Provenance,
    Result,
)

__all__ = [
    "IGNORE_LABEL",
    "Affine",
    "Agreement",
    "Annotator",
    "Answer",
    "AnsweringTime",
    "ArmScore",
    "Box",
    "BoxArray",
    "Comparison",
    "Consensus",
    "EdgeIntervals",
    "Executor",
    "Finding",
    "Grid",
    "Interval",
    "Job",
    "LabelArray",
    "LabelMean",
    "LabelStack",
    "Labels",
    "LearningCurve",
    "LogOddsStack",
    "MaskArray",
    "MaskStack",
    "Modality",
    "Origin",
    "PairedTest",
    "PatientMean",
    "Place",
    "Power",
    "PredictedDice",
    "PrintedCheck",
    "Progress",
    "Provenance",
    "Reader",
    "Reliability",
    "Result",
    "Score",
    "Segmentation",
    "Severity",
    "Shape3",
    "SourceGrid",
    "Spacing",
    "Split",
    "StackArray",
    "State",
    "Structure",
    "Summary",
    "Track",
    "Volume",
    "VolumeAgreement",
    "VolumeArray",
    "Window",
]
