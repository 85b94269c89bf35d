"""SAM, MedSAM and SAM 2: networks that are asked with boxes and points what lies on a slice.

Nothing here imports torch before a network is loaded.
"""

from __future__ import annotations

from manyhands.evidence.sam.architectures import ARCHITECTURES
from manyhands.evidence.sam.engine import Decoded, Embedding, Picture, Promptable
from manyhands.evidence.sam.prompts import Prompt, PromptError, box_prompts
from manyhands.evidence.sam.table import SAM_MODELS, Checkpoint, SamModel

__all__ = [
    "ARCHITECTURES",
    "SAM_MODELS",
    "Checkpoint",
    "Decoded",
    "Embedding",
    "Picture",
    "Prompt",
    "PromptError",
    "Promptable",
    "SamModel",
    "box_prompts",
]
