"""Masks: from the consensus of a volume's structures to one label volume."""

from manyhands.masks.live import LiveMasks, MaskUpdate
from manyhands.masks.segment import segment
from manyhands.masks.slices import segment_slices
from manyhands.masks.staple import staple
from manyhands.masks.vote import vote

__all__ = ["LiveMasks", "MaskUpdate", "segment", "segment_slices", "staple", "vote"]
