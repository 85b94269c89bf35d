"""Evidence from the image's own intensities: no weights, no GPU, CT and MR alike.

What a structure looks like is learned from the volume itself, from the first guess inside the boxes
and from each better mask after it: a histogram of the structure against one of its surroundings,
and a shape in the coordinates of the box, carried from slice to slice. The pattern follows GrabCut
(Rother, Kolmogorov, Blake 2004, doi 10.1145/1015706.1015720), made for volumes and loose boxes.
"""

from __future__ import annotations

import numba as nb
import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

from manyhands.evidence.region import CELLS, INSIDE, OUTSIDE, RING_ZONE, Region
from manyhands.types import LogOddsStack, MaskStack, Modality, Spacing, StackArray

# Chosen on the 12 training cases of abdomen_mr and on abdomen_ct 02 and 03: `make bench` shows
# what they give elsewhere.
BINS = 64
BIN_BLUR = 1.2
FLOOR = 1e-3  # probability of an intensity never met
CLIP = 4.0
NEAR_MISS_SAY = 0.1  # say of inside-the-box background beside the ring, which is surely background
RIM_SAY = 0.3  # of the voxel around the mask, half structure, that experts count as structure
RIM_BELOW_MM = 2.0  # with larger voxels the rim is no longer thin
SHAPE_WEIGHT = 1.5
SHAPE_REACH_SLICES = 2.0
SHAPE_OWN_SAY = 0.25
SHAPE_RANGE = (0.05, 0.95)
GUESS_RADIUS = 0.75
SMALL_MM = 45.0  # below, an organ is round and has too few voxels for its own statistics
SMALL_SLOPE = (1.04, 1 / 0.06)  # radius of even odds, log-odds per radius
NO_SLOPE = (1.0, 0.0)
SHADING_CAP = 0.10  # 40 HU: more is another tissue, not shading
COLLAPSED_SHARE = 0.15
OWN_BIN_BLUR = 2.5
OWN_FLOOR = 1e-2
OWN_CLIP = 2.0
OWN_SHAPE_FACTOR = 1.5
CT_RANGE_HU = (-150.0, 250.0)
MR_WHITE_PERCENTILE = 98.0
DENOISE_MM = 0.8

FloatArray = npt.NDArray[np.float64]
Indices = npt.NDArray[np.integer]


def prepare(stack: StackArray, modality: Modality, spacing_mm: Spacing) -> StackArray:
    """Intensities of a stack (slices, rows, columns) as the model sees them: 0..1, denoised.

    CT from -150 to 250 HU, MR from 0 to its 98th percentile. What is beyond
    either end is cut off.
    """
    if modality is Modality.CT:
        low, high = CT_RANGE_HU
    else:
        low, high = 0.0, float(np.percentile(stack[:, ::2, ::2], MR_WHITE_PERCENTILE))
    scaled = (stack - np.float32(low)) * np.float32(1 / max(high - low, 1e-6))
    np.clip(scaled, 0, 1, out=scaled)
    sigma = [DENOISE_MM / s for s in spacing_mm]
    sigma[0] = min(sigma[0], 0.5)
    return np.asarray(ndi.gaussian_filter(scaled, sigma, truncate=3.0, output=scaled))


def intensity_evidence(region: Region, mask: MaskStack | None) -> LogOddsStack:
    """Log-odds of each voxel of `region`, given the mask so far (None at the start).

    Outside the boxes it is -60. The first call learns from a guess: the
    commonest intensity in the cores of all boxes, or their ellipse if the structure is small.
    """
    guess = first_guess(region) if mask is None or not mask.any() else mask
    level, ratio = _learn(region, guess)
    table = np.tile(ratio, (len(guess), 1))
    shape = np.zeros((len(guess), CELLS * CELLS), dtype=np.float32)
    if mask is not None:
        odds = shape_log_odds(region, guess)
        if not is_small(region):  # that it is round says more than a shape learned of few voxels
            shape = SHAPE_WEIGHT * odds
        for k in collapsed_slices(region, guess):
            shape[k] *= OWN_SHAPE_FACTOR
            table[k] = _own_log_ratio(level[k], region.zone[k], region.cell[k], odds[k])
    slope = SMALL_SLOPE if is_small(region) else NO_SLOPE
    return np.asarray(_score(level, region.zone, region.cell, region.radius, table, shape, *slope))


def log_ratios(region: Region, mask: MaskStack) -> LogOddsStack:
    """At each voxel: ln of how much more common its intensity is in the mask than around it."""
    level, ratio = _learn(region, mask)
    return ratio[level]


def _learn(region: Region, mask: MaskStack) -> tuple[Indices, npt.NDArray[np.float32]]:
    """The bin of each voxel, shading taken off, and the log ratio of each bin."""
    shading = np.zeros(3) if is_small(region) else _shading(region.image, mask)
    level = _levels(region.image, shading)
    rim = max(region.spacing_mm[1:]) < RIM_BELOW_MM
    return level, _log_ratio(_count(level, region.zone, mask, rim).sum(axis=0))


def is_small(region: Region) -> bool:
    """Whether a structure is so small that it is believed to be round."""
    return region.side_mm < SMALL_MM


def first_guess(region: Region) -> MaskStack:
    """Voxels of the commonest intensity in the cores of the boxes; ellipses if there are few."""
    ellipse = np.asarray(region.radius < GUESS_RADIUS)
    if is_small(region):
        return ellipse
    core = region.image[region.radius < 0.6]
    if not len(core):
        return ellipse
    counts = np.histogram(core, 80, (0, 1))[0].astype(np.float64)
    counts = ndi.gaussian_filter1d(counts, 1.5)
    counts[:2] = counts[-2:] = 0  # air, and what the window cut off
    mode = (counts.argmax() + 0.5) / 80
    near = core[np.abs(core - mode) < 0.2]
    spread = 1.48 * np.median(np.abs(near - mode)) if len(near) else 0.05
    guess = region.inside & (np.abs(region.image - mode) < 2 * max(float(spread), 0.03))
    return guess if guess.sum() >= 20 else ellipse


def _shading(image: StackArray, mask: MaskStack) -> FloatArray:
    """Slopes (per slice axis, row, column; from -1 to 1) of a robust plane through the intensities.

    The posterior liver may be 20 HU darker than the anterior, a coil brightens what is near it.
    """
    index = np.flatnonzero(mask)
    if len(index) < 200:
        return np.zeros(3)
    index = index[:: max(1, len(index) // 6000)]
    where = np.unravel_index(index, mask.shape)
    # An axis of one voxel has no slope; its column of zeros gets none.
    axes = [
        2 * i / (n - 1) - 1 if n > 1 else np.zeros(len(i))
        for i, n in zip(where, mask.shape, strict=True)
    ]
    design = np.stack([np.ones(len(index)), *axes], axis=1)
    values = image.reshape(-1)[index].astype(np.float64)
    weight = np.ones(len(values))
    plane: FloatArray = np.zeros(4)
    for _ in range(6):  # iteratively reweighted: Huber's weights
        plane = np.asarray(
            np.linalg.lstsq(design * weight[:, None], values * weight, rcond=None)[0], np.float64
        )
        residual = np.abs(values - design @ plane)
        weight = 1 / np.maximum(1, residual / (1.5 * max(1.48 * np.median(residual), 0.01)))
    return np.asarray(np.clip(plane[1:], -SHADING_CAP, SHADING_CAP))


def _log_ratio(counts: FloatArray) -> npt.NDArray[np.float32]:
    """ln of the structure's histogram over its surroundings', (BINS,)."""
    structure, rim, near_miss, ring = ndi.gaussian_filter1d(counts, BIN_BLUR, axis=1)
    wanted = structure + RIM_SAY * rim
    other = ring + NEAR_MISS_SAY * near_miss
    wanted = wanted / max(wanted.sum(), 1) + FLOOR
    other = other / max(other.sum(), 1) + FLOOR
    return np.asarray(np.clip(np.log(wanted / other), -CLIP, CLIP), dtype=np.float32)


def collapsed_slices(region: Region, mask: MaskStack) -> Indices:
    """Slices on which the mask has all but vanished although they have a box."""
    boxed = region.inside.sum(axis=(1, 2))
    return np.flatnonzero((mask.sum(axis=(1, 2)) < COLLAPSED_SHARE * boxed) & (boxed > 0))


def _own_log_ratio(
    level: Indices, zone: Indices, cell: Indices, shape: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """The log ratio of one slice by itself: inside the shape of its neighbours against outside.

    The first and last slices of an organ, half filled by it, look like no other slice.
    """
    likely = (cell >= 0) & (shape[np.maximum(cell, 0)] > 0)
    around = ((zone == INSIDE) | (zone == RING_ZONE)) & ~likely
    wanted, other = (
        ndi.gaussian_filter1d(np.bincount(level[m], minlength=BINS).astype(float), OWN_BIN_BLUR)
        for m in (likely, around)
    )
    ratio = np.log(
        (wanted / max(wanted.sum(), 1) + OWN_FLOOR) / (other / max(other.sum(), 1) + OWN_FLOOR)
    )
    return np.asarray(np.clip(ratio, -OWN_CLIP, OWN_CLIP), dtype=np.float32)


def shape_log_odds(region: Region, mask: MaskStack) -> npt.NDArray[np.float32]:
    """The shape seen so far, as log-odds (slices, cells of the box).

    The mask is resampled to the cells of its boxes and averaged over neighbouring slices, the slice
    itself counting less, so that it listens to the others.
    """
    covered, total = _fill_cells(region.cell, mask)
    covered, total = (
        ndi.gaussian_filter(a.reshape(-1, CELLS, CELLS), (0, 0.8, 0.8)) for a in (covered, total)
    )
    share = covered / (total + 1e-3)
    distance = np.subtract.outer(np.arange(len(mask)), np.arange(len(mask)))
    say = np.exp(-(distance**2) / (2 * SHAPE_REACH_SLICES**2))
    np.fill_diagonal(say, SHAPE_OWN_SAY)
    say = say * (covered.sum(axis=(1, 2)) > 0)  # an empty slice knows no shape
    mean = np.tensordot(say, share, 1) / np.maximum(say.sum(axis=1), 1e-6)[:, None, None]
    mean = np.clip(mean, *SHAPE_RANGE)
    odds: npt.NDArray[np.float32] = np.log(mean / (1 - mean)).astype(np.float32)
    return odds.reshape(len(mask), -1)


@nb.njit(parallel=True, cache=True)
def _levels(image, slopes):  # type: ignore[no-untyped-def]
    """Intensity bins, with the shading taken off."""
    slices, rows, columns = image.shape
    level = np.empty(image.shape, dtype=np.uint8)
    for k in nb.prange(slices):
        at_k = slopes[0] * (2 * k / max(slices - 1, 1) - 1)
        for r in range(rows):
            at_r = at_k + slopes[1] * (2 * r / max(rows - 1, 1) - 1)
            for c in range(columns):
                value = image[k, r, c] - at_r - slopes[2] * (2 * c / max(columns - 1, 1) - 1)
                level[k, r, c] = min(max(int(value * (BINS - 1)), 0), BINS - 1)
    return level


@nb.njit(parallel=True, cache=True)
def _count(level, zone, mask, with_rim):  # type: ignore[no-untyped-def]
    """Histograms (slices, 4, BINS) of the mask, its rim, the rest of the boxes, and the ring."""
    slices, rows, columns = level.shape
    counts = np.zeros((slices, 4, BINS))
    for k in nb.prange(slices):
        for r in range(rows):
            for c in range(columns):
                if mask[k, r, c]:
                    kind = 0
                elif zone[k, r, c] == INSIDE:
                    kind = 2
                    if with_rim and (
                        (r > 0 and mask[k, r - 1, c])
                        or (r + 1 < rows and mask[k, r + 1, c])
                        or (c > 0 and mask[k, r, c - 1])
                        or (c + 1 < columns and mask[k, r, c + 1])
                    ):
                        kind = 1
                elif zone[k, r, c] == RING_ZONE:
                    kind = 3
                else:
                    continue
                counts[k, kind, level[k, r, c]] += 1
    return counts


@nb.njit(parallel=True, cache=True)
def _score(level, zone, cell, radius, table, shape, even, slope):  # type: ignore[no-untyped-def]
    slices, rows, columns = level.shape
    evidence = np.empty(level.shape, dtype=np.float32)
    for k in nb.prange(slices):
        for r in range(rows):
            for c in range(columns):
                if zone[k, r, c] != INSIDE:
                    evidence[k, r, c] = OUTSIDE
                    continue
                roundness = min(max((even - radius[k, r, c]) * slope, -CLIP), CLIP)
                value = table[k, level[k, r, c]] + shape[k, cell[k, r, c]] + roundness
                evidence[k, r, c] = value
    return evidence


@nb.njit(cache=True)
def _fill_cells(cell, mask):  # type: ignore[no-untyped-def]
    """Per slice and cell of the box: voxels in the mask, voxels in all."""
    slices, rows, columns = cell.shape
    covered = np.zeros((slices, CELLS * CELLS))
    total = np.zeros((slices, CELLS * CELLS))
    for k in range(slices):
        for r in range(rows):
            for c in range(columns):
                n = cell[k, r, c]
                if n >= 0:
                    total[k, n] += 1
                    if mask[k, r, c]:
                        covered[k, n] += 1
    return covered, total
