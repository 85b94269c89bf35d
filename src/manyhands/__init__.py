"""From many people's boxes on CT and MR slices to one consistent 3D label volume.

These are the public names, in the order of the work; `manyhands.pipeline` walks a study on disk,
and the command line is made of that. Rooms import from one another, never from here.
"""

__version__ = "0.1.0"

from manyhands.crowd import find_consensus
from manyhands.errors import ManyhandsError
from manyhands.evaluation import score_volume, summarise
from manyhands.masks import segment, vote
from manyhands.phantom import make_phantom
from manyhands.simulate import PROFILES, simulate_annotator
from manyhands.types import (
    IGNORE_LABEL,
    Answer,
    Box,
    Consensus,
    Grid,
    Labels,
    Modality,
    Origin,
    Score,
    Segmentation,
    State,
    Structure,
    Track,
    Volume,
)
from manyhands.volumes import read_labels, read_volume, write_labels, write_volume

__all__ = [
    "IGNORE_LABEL",
    "PROFILES",
    "Answer",
    "Box",
    "Consensus",
    "Grid",
    "Labels",
    "ManyhandsError",
    "Modality",
    "Origin",
    "Score",
    "Segmentation",
    "State",
    "Structure",
    "Track",
    "Volume",
    "__version__",
    "find_consensus",
    "make_phantom",
    "read_labels",
    "read_volume",
    "score_volume",
    "segment",
    "simulate_annotator",
    "summarise",
    "vote",
    "write_labels",
    "write_volume",
]
