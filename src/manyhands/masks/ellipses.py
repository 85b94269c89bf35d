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
from manyhands.masks.tighten import INWARD, move_edges, tighten
from manyhands.types import MaskStack

# Chosen on the aortas of abdomen_mr/smoke, abdomen_ct 02 and four phantoms. Half or twice of each
# changes their mean Dice by .003 at most with exact boxes and with four annotators, by -.012 to
# .007 with one. Without slack exact boxes lose, with twice as much loose ones do.
EVIDENCE_MM2 = 20.0  # neighbours say the same: so much of the image counts as one voice
SOFTNESS = 0.4  # of the ellipse's edge, to either side, in radii
CENTRE_WALK_MM = 0.35  # standard deviations after 1 mm along the track
RADIUS_WALK = 0.03  # of ln(radius)
ROUNDNESS = 0.1  # spread of ln(height / width)
DEGREES_OF_FREEDOM = 3.0  # of its Student's t: what is clearly oblong may be
USUAL_SIZE = -0.12  # ln(radius / half side of the box): people draw around
SIZE_SPREAD = 1.0
CENTRE_SPREAD = 0.2  # of half sides
SLACK_MM = 2.5  # left between ellipse and box: no structure is quite an ellipse
LEAST_FILLED = 0.9  # share of the ellipses that is mask; of aortas .93 and more
MOST_STEPS = 100
SEEN_BEYOND = 0.25  # of half sides around the box
BARRED = -4.0  # log ratio where the structure cannot be

FloatArray = npt.NDArray[np.float64]


def ellipse_boxes(
    region: Region, mask: MaskStack, taken: MaskStack | None = None
) -> tuple[BoxOnSlice, ...]:
    """The boxes of `region`, drawn in to ellipses fitted with what `mask` has taught.

    In their order; none becomes larger. Tracks in which no ellipses fit, because the structure is
    bent, oblique or forked, are drawn in to the mask, and so are all if it is empty. `taken` marks
    voxels of other structures. A track may not have two boxes on one slice.
    """
    tight = tighten(region, mask)
    if not mask.any():
        return tight
    ratio = log_ratios(region, mask)
    ratio[~region.allowed] = BARRED
    if taken is not None:
        ratio[taken] = BARRED
    boxes = list(tight)
    for piece in sorted({box.piece for box in boxes}):
        numbers = [n for n, box in enumerate(boxes) if box.piece == piece]
        numbers.sort(key=lambda n: boxes[n].slice_index)
        track = _Track(region, ratio, [region.boxes[n] for n in numbers])
        ellipses = track.fit()
        if track.filled(ellipses, mask) >= LEAST_FILLED:
            for n, edges in zip(numbers, track.edges_around(ellipses), strict=True):
                boxes[n] = replace(boxes[n], edges=edges)
    return tuple(boxes)


class _Track:
    """One ellipse on each slice of a track.

    Of each, four numbers that are 0 where it touches its box: how far the centre (row, column) is
    from that of the box, in half sides, and ln of the radii over half sides.
    """

    def __init__(
        self, region: Region, ratio: npt.NDArray[np.float32], boxes: Sequence[BoxOnSlice]
    ) -> None:
        self._edges = np.array([box.edges for box in boxes])
        self._slices = np.array([box.slice_index for box in boxes])
        low, high = self._edges[:, :2], self._edges[:, 2:]
        self._centre = (low + high) / 2
        self._half = np.maximum((high - low) / 2, 0.5)
        beyond = SEEN_BEYOND * self._half
        window = np.hstack([np.floor(low - beyond), np.ceil(high + beyond)]).astype(np.int64)
        self._window = np.clip(window, 0, np.tile(region.image.shape[1:], 2))
        self._ratio = ratio
        self._pixel_mm = np.array(region.spacing_mm[1:])
        self._pixel_say = float(self._pixel_mm.prod()) / EVIDENCE_MM2
        # What walks along the track: centres in mm and ln of radii in mm, origin + scale * ellipse.
        half_mm = self._half * self._pixel_mm
        self._origin = np.hstack([self._centre * self._pixel_mm, np.log(half_mm)])
        self._scale = np.hstack([half_mm, np.ones_like(half_mm)])
        between_mm = np.diff(self._slices) * region.spacing_mm[0]
        walk = np.array([CENTRE_WALK_MM, CENTRE_WALK_MM, RADIUS_WALK, RADIUS_WALK])
        self._walk = np.sqrt(between_mm)[:, None] * walk

    def fit(self) -> FloatArray:
        """The likeliest ellipses (n, 4)."""
        start = np.tile(np.repeat([0.0, USUAL_SIZE], 2), (len(self._edges), 1))
        found = optimize.minimize(
            self._cost, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS}
        )
        return np.asarray(found.x.reshape(start.shape))

    def edges_around(self, ellipses: FloatArray) -> FloatArray:
        """The edges (n, 4), in pixels, of boxes with some slack around the ellipses."""
        away, size = np.split(ellipses, 2, axis=1)
        centre = self._centre + away * self._half
        reach = self._half * np.exp(size) + SLACK_MM / self._pixel_mm
        inwards = (np.hstack([centre - reach, centre + reach]) - self._edges) * INWARD
        rows = zip(self._edges, np.maximum(inwards, 0), strict=True)
        return np.array([move_edges(edges, gap) for edges, gap in rows])

    def filled(self, ellipses: FloatArray, mask: MaskStack) -> float:
        """The share of the ellipses that the mask fills: little, if it has another shape."""
        in_ellipse = np.zeros(2)
        for n, k in enumerate(self._slices):
            r0, c0, r1, c1 = self._window[n]
            centre = self._centre[n] + ellipses[n, :2] * self._half[n]
            radii = self._half[n] * np.exp(ellipses[n, 2:])
            v = (np.arange(r0, r1) + 0.5 - centre[0]) / radii[0]
            u = (np.arange(c0, c1) + 0.5 - centre[1]) / radii[1]
            within = np.add.outer(v**2, u**2) < 1
            in_ellipse += within.sum(), (within & mask[k, r0:r1, c0:c1]).sum()
        return float(in_ellipse[1] / max(in_ellipse[0], 1))

    def _cost(self, flat: FloatArray) -> tuple[float, FloatArray]:
        """Minus the log-likelihood of all ellipses, and its slope."""
        ellipses = flat.reshape(-1, 4)
        gain, slope = _gain(
            ellipses, self._ratio, self._slices, self._window, self._centre, self._half
        )
        unlikely, pull = self._deviations(ellipses)
        steps = np.diff(self._origin + ellipses * self._scale, axis=0) / self._walk
        slope = pull - slope * self._pixel_say
        slope[1:] += steps / self._walk * self._scale[1:]
        slope[:-1] -= steps / self._walk * self._scale[:-1]
        cost = (unlikely + np.square(steps).sum()) / 2 - gain * self._pixel_say
        return float(cost), slope.ravel()

    def _deviations(self, ellipses: FloatArray) -> tuple[float, FloatArray]:
        """How unlikely places, sizes and shapes are, -2 ln(likelihood), and half of its slope."""
        usual = np.repeat([0.0, USUAL_SIZE], 2)
        spread = np.repeat([CENTRE_SPREAD, SIZE_SPREAD], 2)
        unusual = (ellipses - usual) / spread
        pull = unusual / spread
        height, width = (self._origin[:, n] + ellipses[:, n] for n in (2, 3))
        oblong = (height - width) / ROUNDNESS
        surprise = 1 + np.square(oblong) / DEGREES_OF_FREEDOM
        towards_round = oblong / surprise * (1 + 1 / DEGREES_OF_FREEDOM) / ROUNDNESS
        pull[:, 2:] += np.outer(towards_round, [1, -1])
        cost = np.square(unusual).sum() + (DEGREES_OF_FREEDOM + 1) * np.log(surprise).sum()
        return float(cost), pull


@nb.njit(cache=True)
def _gain(ellipses, ratio, slices, window, centre, half):  # type: ignore[no-untyped-def]
    """The sum of log ratios over the pixels of all ellipses, and its slope (n, 4).

    Their edges are soft, from all to nothing by a cubic that is level at both ends.
    """
    gain = np.zeros(len(ellipses))
    slope = np.zeros_like(ellipses)
    whole, nothing = (1 - SOFTNESS) ** 2, (1 + SOFTNESS) ** 2
    for n in range(len(ellipses)):
        centre_r = centre[n, 0] + ellipses[n, 0] * half[n, 0]
        centre_c = centre[n, 1] + ellipses[n, 1] * half[n, 1]
        radius_r = half[n, 0] * np.exp(ellipses[n, 2])
        radius_c = half[n, 1] * np.exp(ellipses[n, 3])
        for r in range(window[n, 0], window[n, 2]):
            v = (r + 0.5 - centre_r) / radius_r
            for c in range(window[n, 1], window[n, 3]):
                u = (c + 0.5 - centre_c) / radius_c
                squared = u * u + v * v
                if squared >= nothing:
                    continue
                value = ratio[slices[n], r, c]
                if squared <= whole:
                    gain[n] += value
                    continue
                radius = np.sqrt(squared)
                outward = (radius - 1) / SOFTNESS
                gain[n] += value * (0.5 - 0.75 * outward + 0.25 * outward**3)
                moved = value * 0.75 * (1 - outward**2) / SOFTNESS / radius
                slope[n, 0] += moved * v / radius_r * half[n, 0]
                slope[n, 1] += moved * u / radius_c * half[n, 1]
                slope[n, 2] += moved * v * v
                slope[n, 3] += moved * u * u
    return gain.sum(), slope
