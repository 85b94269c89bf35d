"""Smoothing of tracks over slices that knows when to keep its hands off.

The edge of an organ moves from slice to slice by itself, the more the thicker the slices; only what
shakes beyond that is the annotator's hand. On 7.7 mm slices an ordinary smoother makes boxes worse.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import solveh_banded
from scipy.linalg.lapack import dpbtrf, dpbtrs

from manyhands.boxes.arithmetic import sides
from manyhands.types import BoxArray, Spacing, Track

FloatArray = npt.NDArray[np.float64]

# Chosen on the reference labels of 12 MR volumes (7.7 mm) and two CTs (2 mm), whose boxes were
# jittered by 0, 2.5, 5 and 10 % of their sides, with and without correlation between slices.
OWN_ROUGHNESS = 0.6  # an organ's own edges leave a straight line by this share of the thickness
ROUNDING_VARIANCE = 1 / 12  # px²: edges on whole voxels
NOISE_FACTOR = 1.5  # how often the noise must exceed the organ's own roughness (variances)
MIN_EVIDENCE = 8.0  # log-likelihood ratio against "no noise", summed over the four edges
MIN_SLICES = 6  # a shorter track cannot tell noise from motion
OUTLIER_SD = 3.0  # second differences beyond this are jumps of the organ or blunders, not noise
NOISE_TO_MOTION = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)


class _EdgeNoise(NamedTuple):
    """What one edge's second differences say: white noise on a path whose slope drifts."""

    variance: float  # px², of the noise
    noise_to_motion: float  # noise variance over the variance of the path's second differences
    evidence: float  # log-likelihood ratio against no noise, >= 0


class _Shaking(NamedTuple):
    """A track whose boxes, `step` slices apart, shake more than the organ (variances in px²)."""

    step: float
    noise: list[_EdgeNoise]
    own_variance: FloatArray


def smooth(track: Track, *, stack_spacing_mm: Spacing) -> Track:
    """Take the annotator's jitter off a track, or give it back unchanged where there is none.

    `stack_spacing_mm` is the length of a voxel along slice, row and column. Each edge is taken as a
    path with drifting slope plus white noise; both variances come from the second differences by
    maximum likelihood. The track is touched only if the noise clearly exceeds, on at least three of
    four edges, the roughness that an organ's own edges have at this thickness; then only the excess
    is removed, by a Whittaker smoother (Whittaker 1923, doi 10.1017/S0013091500077853). Drawn boxes
    are smoothed, interpolated ones made anew from them. Tracks under six drawn boxes stay as they
    are. Raises `ValueError` for a spacing that is not above zero.
    """
    shaking = _find_shaking(track, stack_spacing_mm)
    if shaking is None:
        return track
    slices, boxes = track.slice_indices[track.is_drawn], track.boxes[track.is_drawn]
    smoothed = boxes.copy()
    for edge, (found, own) in enumerate(zip(shaking.noise, shaking.own_variance, strict=True)):
        if found.variance > own:
            path = _whittaker(slices, boxes[:, edge], shaking.step, found.noise_to_motion)
            smoothed[:, edge] += (1.0 - own / found.variance) * (path - boxes[:, edge])
    # Whatever was drawn lay inside the picture; what is smoothed must not leave it.
    smoothed = np.clip(smoothed, boxes.min(axis=0), boxes.max(axis=0))
    return _with_drawn(track, _keep_valid(smoothed, boxes))


def noise_px(track: Track, *, stack_spacing_mm: Spacing) -> FloatArray:
    """Standard deviation (4,) of the annotator's jitter that the track itself shows.

    It is what exceeds the organ's own roughness, and 0 for a track that `smooth` leaves alone.
    Jitter that neighbouring slices share, and a constant bias, cannot be seen so.
    """
    shaking = _find_shaking(track, stack_spacing_mm)
    if shaking is None:
        return np.zeros(4)
    excess = [found.variance for found in shaking.noise] - shaking.own_variance
    return np.asarray(np.sqrt(np.maximum(excess, 0.0)))


def _find_shaking(track: Track, stack_spacing_mm: Spacing) -> _Shaking | None:
    """The noise of a track's drawn boxes, None where it does not clearly exceed the organ's own."""
    if not min(stack_spacing_mm) > 0:
        raise ValueError(f"a spacing must be above 0 mm, found {stack_spacing_mm}")
    slices, boxes = track.slice_indices[track.is_drawn], track.boxes[track.is_drawn]
    if len(slices) < MIN_SLICES:
        return None
    step = float(np.median(np.diff(slices)))
    own_variance = _own_variance(step, stack_spacing_mm)
    noise = _estimate_noise(_second_differences(slices, boxes, step))
    # One jumping edge is anatomy (a lobe ends); a shaking hand moves all four.
    ratio = np.sort([found.variance for found in noise] / own_variance)
    evidence = sum(found.evidence for found in noise)
    is_clear = ratio[1] > NOISE_FACTOR and evidence >= MIN_EVIDENCE
    return _Shaking(step, noise, own_variance) if is_clear else None


def _own_variance(step: float, stack_spacing_mm: Spacing) -> FloatArray:
    """Roughness (px²) of an organ's own row0, column0, row1, column1, boxes `step` slices apart."""
    slice_mm, *pixel_mm = stack_spacing_mm
    row, column = ((OWN_ROUGHNESS * step * slice_mm / mm) ** 2 for mm in pixel_mm)
    return np.array([row, column, row, column]) + ROUNDING_VARIANCE


def _differencing(slices: npt.NDArray[np.int64], step: float) -> FloatArray:
    """The three factors (n - 2, 3) of each second divided difference, for slices `step` apart."""
    before, after = np.diff(slices)[:-1] / step, np.diff(slices)[1:] / step
    half = (before + after) / 2
    return np.stack([1 / (before * half), -1 / (before * half) - 1 / (after * half),
                     1 / (after * half)], axis=1)  # fmt: skip


def _second_differences(slices: npt.NDArray[np.int64], boxes: BoxArray, step: float) -> FloatArray:
    """(n - 2, 4) of boxes (n, 4)."""
    before, middle, after = _differencing(slices, step).T[:, :, None]
    return np.asarray(before * boxes[:-2] + middle * boxes[1:-1] + after * boxes[2:])


def _estimate_noise(differences: FloatArray) -> list[_EdgeNoise]:
    """Fit noise and motion to the second differences (m, 4) of each edge: y'' has covariance
    Q I + R D Dᵀ.

    D Dᵀ is the band 1 -4 6 -4 1, so R / Q is searched on a grid and Q follows in closed form.
    """
    scale = np.maximum(1.4826 * np.median(np.abs(differences), axis=0), 0.5)
    clipped = np.clip(differences, -OUTLIER_SD * scale, OUTLIER_SD * scale)
    fits = [_fit(clipped, ratio) for ratio in NOISE_TO_MOTION]
    likelihood, motion = np.array(fits).transpose(1, 2, 0)  # (edges, ratios)
    return [
        _EdgeNoise(NOISE_TO_MOTION[best] * float(q[best]), NOISE_TO_MOTION[best],
                   float(fit[best] - fit[0]))
        for fit, q, best in zip(likelihood, motion, likelihood.argmax(axis=1).tolist(), strict=True)
    ]  # fmt: skip


def _fit(differences: FloatArray, ratio: float) -> tuple[FloatArray, FloatArray]:
    """Log-likelihood (4,) of a noise-to-motion ratio, up to a constant, and motion's variance (4,),
    of each column.
    """
    m = len(differences)
    band = np.repeat([[1 + 6 * ratio], [-4 * ratio], [ratio]], m, axis=1)
    factor, _ = dpbtrf(band, lower=1)  # the band is positive definite whatever the ratio
    solved, _ = dpbtrs(factor, differences, lower=1)
    motion = np.maximum((differences * solved).sum(axis=0) / m, 1e-9)
    return -0.5 * m * np.log(motion) - np.log(factor[0]).sum(), motion


def _whittaker(
    slices: npt.NDArray[np.int64], edge: FloatArray, step: float, penalty: float
) -> FloatArray:
    """The path that minimises |y - path|² + penalty |second differences of path|²."""
    rows, n = _differencing(slices, step), len(edge)
    band = np.zeros((3, n))  # lower form of I + penalty DᵀD
    band[0] = 1.0
    for left in range(3):
        for right in range(left, 3):
            band[right - left, left : left + n - 2] += penalty * rows[:, left] * rows[:, right]
    return np.asarray(solveh_banded(band, edge, lower=True))


def _keep_valid(smoothed: BoxArray, boxes: BoxArray) -> BoxArray:
    """Smoothed boxes, except where opposite edges came nearer than half the original side."""
    is_thin = (sides(smoothed) < sides(boxes) / 2).any(axis=1, keepdims=True)
    return np.where(is_thin, boxes, smoothed)


def _with_drawn(track: Track, boxes: BoxArray) -> Track:
    """The track with other drawn boxes; those between are interpolated anew."""
    known = track.slice_indices[track.is_drawn]
    rows = np.stack([np.interp(track.slice_indices, known, edge) for edge in boxes.T], axis=1)
    return replace(track, boxes=rows)
