"""Boxes that fit a small structure, from the ellipses that the image shows in them.

A mask that leaked into a neighbour of the same intensity keeps its loose box loose, and vessels lie
beside vessels. But a small structure is about round, and its ellipse moves and grows slowly from
slice to slice: no ellipse holds the leak as well. One ellipse a slice is fitted, all slices of a
track at once, to how much more common each intensity is in the mask than around it: an active
contour (Kass, Witkin and Terzopoulos 1988, doi 10.1007/BF00133570) of four numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numba as nb
import numpy as np
import numpy.typing as npt
from scipy import optimize

from manyhands.evidence.intensity import log_ratios
from manyhands.evidence.region import BoxOnSlice, Region
from manyhands.types import MaskStack

# Chosen on the aortas of abdomen_mr/smoke, abdomen_ct 02 and four phantoms. Half or twice of each
# changes their mean Dice by .005 at most.
EVIDENCE_MM2 = 20.0  # neighbours say the same: so much of the image counts as one voice
SOFTNESS = 0.12  # of the ellipse's edge, in radii
CENTRE_WALK_MM = 0.35  # standard deviations after 1 mm along the track
RADIUS_WALK = 0.03  # of ln(radius)
ROUNDNESS = 0.15  # spread of ln(height / width)
ROUND_DEGREES = 3.0  # of freedom, of Student's t: what is clearly oblong may be
USUAL_SIZE = -0.12  # ln(radius / half side of the box): people draw around
SIZE_SPREAD = 0.4
CENTRE_SPREAD = 0.2  # of half sides
SLACK_MM = 2.5  # left between ellipse and box: no structure is quite an ellipse
MOST_STEPS = 150
SEEN_BEYOND = 0.25  # of half sides around the box
BARRED = -4.0  # log ratio where the structure cannot be

FloatArray = npt.NDArray[np.float64]


def ellipse_boxes(region: Region, mask: MaskStack) -> tuple[BoxOnSlice, ...]:
    """The boxes of `region`, drawn in to ellipses fitted with what `mask` has taught.

    In their order; none becomes larger, and all stay as they are if the mask is empty.
    """
    if not mask.any():
        return region.boxes
    ratio = log_ratios(region, mask)
    ratio[~region.allowed] = BARRED
    boxes = list(region.boxes)
    for piece in sorted({box.piece for box in boxes}):
        numbers = [n for n, box in enumerate(boxes) if box.piece == piece]
        numbers.sort(key=lambda n: boxes[n].slice_index)
        track = _Track(region, ratio, [boxes[n] for n in numbers])
        for n, edges in zip(numbers, track.fit(), strict=True):
            boxes[n] = replace(boxes[n], edges=edges)
    return tuple(boxes)


class _Track:
    """One ellipse on each slice of a track: centre (row, column) and ln of both radii, in mm."""

    def __init__(
        self, region: Region, ratio: npt.NDArray[np.float32], boxes: Sequence[BoxOnSlice]
    ) -> None:
        self._pixel_mm = np.array(region.spacing_mm[1:])
        self._edges = np.array([box.edges for box in boxes])
        slices = np.array([box.slice_index for box in boxes])
        low, high = self._edges[:, :2], self._edges[:, 2:]
        half_px = np.maximum((high - low) / 2, 0.5)
        self._half_mm = half_px * self._pixel_mm
        self._centre_mm = (low + high) / 2 * self._pixel_mm
        beyond = SEEN_BEYOND * half_px
        window = np.hstack([np.floor(low - beyond), np.ceil(high + beyond)]).astype(np.int64)
        ends = np.tile(region.image.shape[1:], 2)
        self._seen = (ratio, slices, np.clip(window, 0, ends), self._pixel_mm)
        way_mm = np.diff(slices) * region.spacing_mm[0]
        walk = np.array([CENTRE_WALK_MM, CENTRE_WALK_MM, RADIUS_WALK, RADIUS_WALK])
        self._step = np.sqrt(way_mm)[:, None] * walk

    def fit(self) -> FloatArray:
        """The edges (n, 4), in pixels, of boxes with some slack around the ellipses."""
        start = np.hstack([self._centre_mm, np.log(self._half_mm) + USUAL_SIZE])
        found = optimize.minimize(
            self._cost, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS}
        )
        centre_mm, radii_mm = np.split(found.x.reshape(start.shape), 2, axis=1)
        reach_mm = np.exp(radii_mm) + SLACK_MM
        low = np.maximum((centre_mm - reach_mm) / self._pixel_mm, self._edges[:, :2])
        high = np.minimum((centre_mm + reach_mm) / self._pixel_mm, self._edges[:, 2:])
        is_box = (low < high).all(axis=1, keepdims=True)
        return np.where(is_box, np.hstack([low, high]), self._edges)

    def _cost(self, flat: FloatArray) -> tuple[float, FloatArray]:
        """Minus the log-likelihood of all ellipses, and its slope."""
        ellipses = flat.reshape(-1, 4)
        gain, slope = _gain(ellipses, *self._seen)
        off, pull = self._deviations(ellipses)
        step = np.diff(ellipses, axis=0) / self._step
        slope = pull - slope / EVIDENCE_MM2
        slope[1:] += step / self._step
        slope[:-1] -= step / self._step
        cost = (off + np.square(step).sum()) / 2 - gain / EVIDENCE_MM2
        return float(cost), slope.ravel()

    def _deviations(self, ellipses: FloatArray) -> tuple[float, FloatArray]:
        """How unlikely sizes, places and shapes are, -2 ln(likelihood), and half of its slope."""
        pull = np.empty_like(ellipses)
        away = (ellipses[:, :2] - self._centre_mm) / self._half_mm / CENTRE_SPREAD
        size = (ellipses[:, 2:] - np.log(self._half_mm) - USUAL_SIZE) / SIZE_SPREAD
        oblong = (ellipses[:, 2] - ellipses[:, 3]) / ROUNDNESS
        pull[:, :2] = away / self._half_mm / CENTRE_SPREAD
        surprise = 1 + np.square(oblong) / ROUND_DEGREES
        towards_round = oblong / surprise * (1 + 1 / ROUND_DEGREES) / ROUNDNESS
        pull[:, 2:] = size / SIZE_SPREAD + np.outer(towards_round, [1, -1])
        off = np.square(away).sum() + np.square(size).sum()
        return float(off + (ROUND_DEGREES + 1) * np.log(surprise).sum()), pull


@nb.njit(cache=True)
def _gain(ellipses, ratio, slices, window, pixel_mm):  # type: ignore[no-untyped-def]
    """The sum of log ratios over all ellipses, in mm², and its slope (n, 4); edges are soft."""
    slope = np.zeros_like(ellipses)
    gain = 0.0
    area = pixel_mm[0] * pixel_mm[1]
    for n in range(len(ellipses)):
        centre_r, centre_c = ellipses[n, 0], ellipses[n, 1]
        radius_r, radius_c = np.exp(ellipses[n, 2]), np.exp(ellipses[n, 3])
        for r in range(window[n, 0], window[n, 2]):
            v = ((r + 0.5) * pixel_mm[0] - centre_r) / radius_r
            for c in range(window[n, 1], window[n, 3]):
                u = ((c + 0.5) * pixel_mm[1] - centre_c) / radius_c
                radius = np.sqrt(u * u + v * v) + 1e-6
                outward = min(max((radius - 1) / SOFTNESS, -40.0), 40.0)
                share = 1 / (1 + np.exp(outward))
                value = ratio[slices[n], r, c] * area
                gain += value * share
                moved = value * share * (1 - share) / SOFTNESS / radius
                slope[n, 0] += moved * v / radius_r
                slope[n, 1] += moved * u / radius_c
                slope[n, 2] += moved * v * v
                slope[n, 3] += moved * u * u
    return gain, slope
