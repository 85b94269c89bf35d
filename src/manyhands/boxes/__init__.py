"""Boxes: their arithmetic, their tracks over slices, and the files other programs keep them in."""

from manyhands.boxes.smoothing import noise_px, smooth
from manyhands.boxes.tracks import interpolate, link, make_track

__all__ = ["interpolate", "link", "make_track", "noise_px", "smooth"]
