"""The boxes that come of wanting certain boxes: loose, unsteady, sometimes somewhere else."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import numpy.typing as npt

from manyhands.simulate.profiles import EdgeErrors, Profile
from manyhands.types import BoxArray, Spacing

FloatArray = npt.NDArray[np.float64]

# Errors are the sum of a part that lasts the whole volume and one that drifts from slice to slice.
# The lasting part makes up this share of the correlation between neighbours. It has Student's t
# distribution, since some volumes are boxed far worse than most: aortas most of all.
LASTING_SHARE = 0.75
TAIL = 3.0  # degrees of freedom
TAIL_SCALE = 0.882  # gives the part a robust standard deviation of 1
TAIL_VARIANCE = 2.334  # its variance with that scale

WRONG_RUN = 3.0  # mean number of slices for which boxes stay in a wrong place
MOST_EXTRA = 4  # slices boxed beyond one end; 9 was the most at both ends together


def draw_boxes(
    intended: BoxArray,
    picture_shape: tuple[int, ...],
    errors: EdgeErrors,
    profile: Profile,
    stack_spacing_mm: Spacing,
    rng: np.random.Generator,
) -> BoxArray:
    """The boxes (slices, 4) that come from wanting `intended`; NaN where there is none."""
    rows, columns = picture_shape
    limits = np.array([rows, columns, rows, columns], dtype=np.float64)
    pixel_mm = np.array([*stack_spacing_mm[1:], *stack_spacing_mm[1:]])
    if profile.guesses:
        return _guess(len(intended), limits, rng)
    boxes = _move_ends(intended, profile, rng)
    boxes = boxes + edge_errors_mm(len(boxes), errors, profile, rng) / pixel_mm
    boxes = _misplace(boxes, profile.wrong * errors.wrong_share, rng)
    return _keep_drawable(boxes, limits)


def _guess(slices: int, limits: FloatArray, rng: np.random.Generator) -> BoxArray:
    """Boxes anywhere, from a twentieth to half as long as the picture."""
    sides = limits[:2] * rng.uniform(0.05, 0.5, (slices, 2))
    corners = (limits[:2] - sides) * rng.random((slices, 2))
    return np.hstack([corners, corners + sides])


def _move_ends(boxes: BoxArray, profile: Profile, rng: np.random.Generator) -> BoxArray:
    """Let the run of boxes begin and end some slices too far out, or some too late."""
    moved = boxes.copy()
    slices = np.flatnonzero(np.isfinite(boxes[:, 0]))
    if len(slices) == 0:
        return moved
    for end, outwards in ((slices[0], -1), (slices[-1], 1)):
        if rng.random() < profile.extra:
            beyond = end + outwards * np.arange(1, 1 + min(rng.geometric(0.4), MOST_EXTRA))
            moved[beyond[(beyond >= 0) & (beyond < len(boxes))]] = boxes[end]
        else:
            late = int(np.rint(rng.exponential(profile.late * len(slices))))
            moved[end - outwards * np.arange(min(late, (len(slices) - 1) // 2))] = np.nan
    return moved


def edge_errors_mm(
    slices: int, errors: EdgeErrors, profile: Profile, rng: np.random.Generator
) -> BoxArray:
    """Errors (slices, 4) of row0, column0, row1, column1: a bias, a part that lasts the volume and
    an autoregressive part, whose variances add up to the spread's and whose correlation between
    neighbours to that of `errors`.
    """
    alike = LASTING_SHARE * errors.correlation
    memory = (errors.correlation - alike) / (1 - alike)
    lasting = alike / (TAIL_VARIANCE * (1 - alike) + alike)
    whole = TAIL_SCALE * rng.standard_t(TAIL, 4)
    steps = rng.standard_normal((slices, 4))
    steps[1:] *= np.sqrt(1 - memory**2)
    drift = np.array(list(accumulate(steps, lambda before, step: memory * before + step)))
    noise = np.sqrt(lasting) * whole + np.sqrt(1 - lasting) * drift
    outward = profile.looseness * np.array(errors.outward_mm)
    outward = outward + profile.unsteadiness * np.array(errors.spread_mm) * noise
    left, top, right, bottom = outward.T
    return np.stack([-top, -left, bottom, right], axis=1)


def _misplace(boxes: BoxArray, share: float, rng: np.random.Generator) -> BoxArray:
    """Move runs of boxes aside by more than their size: `share` of all boxes on average."""
    n = len(boxes)
    starts = rng.random(n) < share / WRONG_RUN
    lengths = rng.geometric(1 / WRONG_RUN, n)
    angles = rng.uniform(0, 2 * np.pi, n)
    distances = rng.uniform(1.0, 2.5, n)
    moved = boxes.copy()
    for k in np.flatnonzero(starts):
        run = slice(k, k + lengths[k])
        direction = np.array([np.sin(angles[k]), np.cos(angles[k])])
        shift = distances[k] * direction * (boxes[run, 2:] - boxes[run, :2])
        moved[run] = boxes[run] + np.hstack([shift, shift])
    return moved


def _keep_drawable(boxes: BoxArray, limits: FloatArray) -> BoxArray:
    """Keep boxes in the picture, with sides of a pixel at least."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = np.maximum(boxes[:, 2:] - boxes[:, :2], 1) / 2
    low = np.clip(middle - half, 0, limits[:2] - 1)
    high = np.clip(middle + half, low + 1, limits[:2])
    return np.hstack([low, high])
