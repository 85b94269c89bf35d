"""From boxes to masks, slice by slice, by what everybody has at hand: what our model must beat.

A baseline sees one picture (row, column) of 256 greys and one box, and gives the pixels of the
structure. Later structures win where masks overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from manyhands.boxes import interpolate
from manyhands.geometry import from_stack, to_stack
from manyhands.types import Consensus, LabelArray, MaskArray, Volume
from manyhands.volumes import apply_window, default_window

Picture = npt.NDArray[np.uint8]
PixelBox = tuple[int, int, int, int]  # row0, column0, row1, column1
Baseline = Callable[[Picture, PixelBox], MaskArray]  # picture, box -> mask of the box's pixels

CORE = 0.5  # of the box's half axes: what is here is taken to be the structure
SURROUNDINGS = 1.5  # how far GrabCut looks beyond the box, in sides of the box
GRABCUT_ROUNDS = 5
COLLAPSED = 0.3  # of the ellipse; the core is a quarter of it


def segment_by_slices(
    volume: Volume, structures: Mapping[int, Consensus], baseline: Baseline
) -> LabelArray:
    """Labels (i, j, k) from the boxes that the annotators agreed on, each slice alone."""
    pictures = apply_window(to_stack(volume.data), default_window(volume))
    labels = np.zeros(pictures.shape, dtype=np.uint8)
    for structure_id, consensus in structures.items():
        for track in map(interpolate, consensus.tracks):
            for k, edges in zip(track.slice_indices, track.boxes, strict=True):
                box = _to_pixels(edges, pictures.shape[1:])
                if box is None:
                    continue
                row0, column0, row1, column1 = box
                place = labels[k, row0:row1, column0:column1]
                place[baseline(pictures[k], box)] = structure_id
    return from_stack(labels)


def _to_pixels(edges: npt.NDArray[np.float64], shape: tuple[int, ...]) -> PixelBox | None:
    limits = np.array([*shape, *shape])
    row0, column0, row1, column1 = np.clip(np.rint(edges), 0, limits).astype(int).tolist()
    return (row0, column0, row1, column1) if row1 > row0 and column1 > column0 else None


def fill_box(picture: Picture, box: PixelBox) -> MaskArray:
    row0, column0, row1, column1 = box
    return np.ones((row1 - row0, column1 - column0), dtype=np.bool_)


def fill_ellipse(picture: Picture, box: PixelBox) -> MaskArray:
    return _radius(box) <= 1


def otsu(picture: Picture, box: PixelBox) -> MaskArray:
    """Otsu's threshold of the box; the side that most of the core is on, its largest piece."""
    row0, column0, row1, column1 = box
    inside = picture[row0:row1, column0:column1]
    core = _radius(box) <= CORE
    bright = inside > otsu_threshold(inside)
    # A box so thin that it has no core goes by its whole.
    mask = bright if bright[core if core.any() else ...].mean() >= 0.5 else ~bright
    return _largest_piece(mask)


def grabcut(picture: Picture, box: PixelBox) -> MaskArray:
    """GrabCut (Rother et al. 2004, doi 10.1145/1015706.1015720), begun as well as we know how.

    The core is structure and what surrounds the box is background, both for certain; the ellipse
    is probably structure. Begun with the box or the ellipse alone, most masks on CT shrink to
    nothing. Where little more than the core is left, the ellipse stays.
    """
    row0, column0, row1, column1 = box
    ellipse = fill_ellipse(picture, box)
    if ellipse.sum() < 10:  # fewer pixels than GrabCut's five colours of each side need
        return ellipse
    rows, columns = int(SURROUNDINGS * (row1 - row0)), int(SURROUNDINGS * (column1 - column0))
    top, left = max(row0 - rows, 0), max(column0 - columns, 0)
    around = picture[top : row1 + rows, left : column1 + columns]
    state = np.full(around.shape, cv2.GC_BGD, dtype=np.uint8)
    place = state[row0 - top : row1 - top, column0 - left : column1 - left]
    place[:] = np.where(ellipse, cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    place[_radius(box) <= CORE] = cv2.GC_FGD

    cv2.setRNGSeed(0)
    colours = cv2.cvtColor(around, cv2.COLOR_GRAY2BGR)
    of_background, of_structure = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(
        colours, state, None, of_background, of_structure, GRABCUT_ROUNDS, cv2.GC_INIT_WITH_MASK
    )
    mask = np.asarray((place == cv2.GC_FGD) | (place == cv2.GC_PR_FGD))
    return mask if mask.sum() > COLLAPSED * ellipse.sum() else ellipse


BASELINES: dict[str, Baseline] = {
    "filled box": fill_box,
    "filled ellipse": fill_ellipse,
    "Otsu in the box": otsu,
    "GrabCut": grabcut,
}


def otsu_threshold(greys: Picture) -> int:
    """The brightest grey of the darker class, where the variance between the classes is largest.

    Otsu (1979), doi 10.1109/TSMC.1979.4310076. Of equally good ones the first; 0 for one grey.
    """
    counts = np.bincount(greys.ravel(), minlength=256)
    below = np.cumsum(counts)
    above = greys.size - below
    weighted = np.cumsum(counts * np.arange(256))
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = weighted / below - (weighted[-1] - weighted) / above
    between = below * above * difference**2
    return int(np.nanargmax(np.nan_to_num(between)))


def _radius(box: PixelBox) -> npt.NDArray[np.float64]:
    """Distance of pixels from the centre of the box: 1 on the ellipse that touches its edges."""
    row0, column0, row1, column1 = box
    row = (np.arange(row1 - row0) + 0.5) / (row1 - row0) * 2 - 1
    column = (np.arange(column1 - column0) + 0.5) / (column1 - column0) * 2 - 1
    return np.hypot(row[:, None], column[None, :])


def _largest_piece(mask: MaskArray) -> MaskArray:
    pieces, count = ndimage.label(mask)
    if count == 0:
        return mask
    largest = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    return np.asarray(ndimage.binary_fill_holes(largest))
