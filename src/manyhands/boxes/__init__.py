"""Boxes: their arithmetic, their tracks over slices, and the files other programs keep them in."""

from collections.abc import Mapping

from manyhands.boxes.formats import Boxes, BoxFormat, BoxReader, ImportCounts, ImportedBoxes
from manyhands.boxes.layout import read_class_list
from manyhands.boxes.openlabeling import read_openlabeling, write_openlabeling
from manyhands.boxes.orientation import Orientation
from manyhands.boxes.smoothing import noise_px, smooth
from manyhands.boxes.tracks import interpolate, link, make_track

FORMATS: Mapping[str, BoxFormat] = {
    "openlabeling": BoxFormat(read_openlabeling, write_openlabeling),
}
"""The exchange formats of boxes, by the name the command line gives them."""

__all__ = [
    "FORMATS",
    "BoxFormat",
    "BoxReader",
    "Boxes",
    "ImportCounts",
    "ImportedBoxes",
    "Orientation",
    "interpolate",
    "link",
    "make_track",
    "noise_px",
    "read_class_list",
    "read_openlabeling",
    "smooth",
    "write_openlabeling",
]
