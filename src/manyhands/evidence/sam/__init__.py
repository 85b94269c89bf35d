"""SAM, MedSAM and SAM 2: networks that are asked with boxes and points what lies on a slice.

Nothing here imports torch before a network is loaded.
"""

from __future__ import annotations

from manyhands.evidence.sam.architectures import ARCHITECTURES
from manyhands.evidence.sam.engine import Decoded, Embedding, Picture, Promptable
from manyhands.evidence.sam.everything import Grid, Things, segment_everything
from manyhands.evidence.sam.greys import to_greys
from manyhands.evidence.sam.loaded import TorchEngine
from manyhands.evidence.sam.loading import find_sam, load_engine
from manyhands.evidence.sam.prompts import Prompt, box_prompts
from manyhands.evidence.sam.table import SAM_MODELS, Checkpoint, SamModel
from manyhands.evidence.sam.video import Followed, Piece, propagate
from manyhands.evidence.sam.weights import fetch_weights, find_weights, weights_folder

__all__ = [
    "ARCHITECTURES",
    "SAM_MODELS",
    "Checkpoint",
    "Decoded",
    "Embedding",
    "Followed",
    "Grid",
    "Picture",
    "Piece",
    "Prompt",
    "Promptable",
    "SamModel",
    "Things",
    "TorchEngine",
    "box_prompts",
    "fetch_weights",
    "find_sam",
    "find_weights",
    "load_engine",
    "propagate",
    "segment_everything",
    "to_greys",
    "weights_folder",
]
