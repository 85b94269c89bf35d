"""Masks: from the consensus of a volume's structures to one label volume."""

from manyhands.masks.live import LiveMasks, MaskUpdate
from manyhands.masks.segment import segment
from manyhands.masks.vote import vote

__all__ = ["LiveMasks", "MaskUpdate", "segment", "vote"]
