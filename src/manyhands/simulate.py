"""Simulated annotators who err as real ones do.

Real boxes are loose rather than jittered, their looseness persists within a volume, and what is
missing comes as runs that stop part-way. The numbers are of 1,727 boxes that non-experts drew on
five volumes (Kulkarni et al. 2024, arXiv 2403.15218), against the boxes of expert labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from manyhands.errors import ConfigError
from manyhands.types import BoxArray, MaskArray, MaskStack, Spacing

FloatArray = npt.NDArray[np.float64]
Edges = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class EdgeErrors:
    """How people's boxes of one structure differ from the tight box, in mm.

    `outward_mm` is the median distance of an edge outside the structure and `spread_mm` its robust
    standard deviation; `correlation` is that of the errors on neighbouring slices, at whatever
    distance: people go from picture to picture. `wrong_share` of the boxes is in a wrong place.
    """

    outward_mm: Edges
    spread_mm: Edges
    correlation: float
    wrong_share: float


# Outward errors, spreads and correlations were measured. The shares of wrong places were chosen so
# that the mean box IoU comes out as measured, together with the 2 to 8 % of boxes with an IoU below
# 0.3; of a kidney, whose end slices are small, loose boxes alone make up most of these.
EDGE_ERRORS: dict[str, EdgeErrors] = {
    "liver": EdgeErrors((5.4, 7.5, 4.5, 7.6), (3.2, 4.1, 6.0, 4.3), 0.67, 0.03),
    "spleen": EdgeErrors((0.7, 1.5, 0.7, 2.4), (2.3, 1.9, 1.6, 3.0), 0.39, 0.022),
    "kidney_right": EdgeErrors((4.8, 9.0, 4.8, 7.9), (3.8, 5.7, 3.5, 5.3), 0.51, 0.005),
    "kidney_left": EdgeErrors((5.2, 12.9, 5.4, 8.8), (3.3, 5.9, 4.1, 5.8), 0.40, 0.002),
    "aorta": EdgeErrors((1.8, 4.0, 1.4, 3.4), (1.7, 3.2, 2.1, 2.8), 0.95, 0.085),
}


# The mean of the five, for structures of any other name.
ANY_STRUCTURE = EdgeErrors((3.6, 7.0, 3.4, 6.0), (2.9, 4.2, 3.5, 4.2), 0.58, 0.03)


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of annotator. The first three numbers multiply those of `EDGE_ERRORS`.

    `truncated`, `swapped`: chance that a structure of a volume is left part-way, or is taken for
    its partner on a run of slices. `skipped`: share of slices passed over. `late`: mean share of
    slices lost at each end because the structure was not noticed. `extra`: chance, at each end, of
    boxes beyond it. `guesses`: boxes have nothing to do with the picture.
    """

    looseness: float = 1.0
    unsteadiness: float = 1.0
    wrong: float = 1.0
    swapped: float = 0.0
    truncated: float = 0.0
    skipped: float = 0.0
    late: float = 0.0
    extra: float = 0.0
    guesses: bool = False


PROFILES: dict[str, Profile] = {
    "exact": Profile(looseness=0, unsteadiness=0, wrong=0),
    "careful": Profile(
        looseness=0.4, unsteadiness=0.5, wrong=0.2, skipped=0.005, late=0.01, extra=0.1
    ),
    "paper": Profile(swapped=0.03, truncated=0.3, skipped=0.015, late=0.02, extra=0.2),
    "poor": Profile(
        looseness=1.3,
        unsteadiness=1.6,
        wrong=3,
        swapped=0.1,
        truncated=0.5,
        skipped=0.06,
        late=0.04,
        extra=0.4,
    ),
    "spammer": Profile(guesses=True, skipped=0.3),
}

# Errors are the sum of a part that lasts the whole volume and one that drifts from slice to slice.
# The lasting part makes up this share of the correlation between neighbours. It has Student's t
# distribution, since some volumes are boxed far worse than most: aortas most of all.
LASTING_SHARE = 0.75
TAIL = 3.0  # degrees of freedom
TAIL_SCALE = 0.882  # gives the part a robust standard deviation of 1
TAIL_VARIANCE = 2.334  # its variance with that scale

TRUNCATED_FROM = 0.15  # the least share of its slices that a truncated structure lacks
WRONG_RUN = 3.0  # mean number of slices for which boxes stay in a wrong place
MOST_EXTRA = 4  # slices boxed beyond one end; 9 was the most at both ends together


def simulate_annotator(
    masks: Mapping[int, MaskStack],
    names: Mapping[int, str],
    *,
    stack_spacing_mm: Spacing,
    profile: Profile,
    rng: np.random.Generator,
    complete: bool = False,
    partners: Mapping[int, int] | None = None,
    split_pieces: bool = False,
) -> dict[int, dict[int, BoxArray]]:
    """What one annotator answers on one volume: structure id, slice, boxes (n, 4).

    No box, an array (0, 4), says that the structure is *absent* from the slice. A slice that is
    missing from the answer was *not seen*: passed over, or beyond the point where the annotator
    stopped. There is at most one box on a slice, around all of the structure, as real annotators
    drew. With `split_pieces`, for the profile `exact` alone, each separate piece has its own.

    `masks` (slices, rows, columns) are the reference, by structure id, all of one shape;
    `stack_spacing_mm` is in their order. `names` choose from `EDGE_ERRORS`. `complete` lets the
    annotator see every slice from end to end; wrong places, swaps and extra slices remain.
    `partners` gives the id each structure may be mistaken for; without it, or without a mask of
    that id, nothing is swapped.

    An empty mask is answered by absence everywhere, except by those who guess. The answer depends
    on the state of `rng`, not on the order of `masks`, and one structure's on no other being
    there (but for its partner). Raises `ConfigError` for a structure without a name, masks that
    differ in shape, or `split_pieces` with an annotator who errs.
    """
    partners = partners or {}
    _check(masks, names, profile, split_pieces)
    if complete:
        profile = replace(profile, truncated=0.0, skipped=0.0, late=0.0)
    seed = int(rng.integers(2**63))
    tight = {structure_id: tight_boxes(mask) for structure_id, mask in masks.items()}
    answers: dict[int, dict[int, BoxArray]] = {}
    for structure_id, mask in masks.items():
        own_rng = np.random.default_rng([seed, structure_id])
        present = np.isfinite(tight[structure_id][:, 0])
        seen = _walk(present, profile, own_rng)
        intended = tight[structure_id]
        if (partner := tight.get(partners.get(structure_id, 0))) is not None:
            intended = _swap(intended, partner, profile, own_rng)
        errors = EDGE_ERRORS.get(names[structure_id], ANY_STRUCTURE)
        boxes = _draw(intended, mask.shape[1:], errors, profile, stack_spacing_mm, own_rng)
        answers[structure_id] = _answers(boxes, seen)
        if split_pieces:
            answers[structure_id] |= _boxes_of_pieces(mask)
    return answers


def _check(
    masks: Mapping[int, MaskStack],
    names: Mapping[int, str],
    profile: Profile,
    split_pieces: bool,
) -> None:
    if unnamed := sorted(set(masks) - set(names)):
        raise ConfigError(f"structure {unnamed[0]} has a mask but no name; named are {names}")
    shapes = {structure_id: mask.shape for structure_id, mask in masks.items()}
    if len(set(shapes.values())) > 1 or any(len(shape) != 3 for shape in shapes.values()):
        raise ConfigError(f"masks must all be (slices, rows, columns) alike, found {shapes}")
    if split_pieces and profile != PROFILES["exact"]:
        raise ConfigError(
            "split_pieces goes with the profile 'exact' only: real annotators drew one box a slice"
        )


def tight_boxes(mask: MaskStack) -> BoxArray:
    """The box (slices, 4) around all of a mask on each slice; NaN where there is none."""
    boxes = np.full((len(mask), 4), np.nan)
    for low, filled in ((0, np.any(mask, axis=2)), (1, np.any(mask, axis=1))):
        there = np.any(filled, axis=1)
        boxes[there, low] = filled[there].argmax(axis=1)
        boxes[there, low + 2] = filled.shape[1] - filled[there, ::-1].argmax(axis=1)
    return boxes


def _boxes_of_pieces(mask: MaskStack) -> dict[int, BoxArray]:
    """Boxes of the separate pieces on each slice that has any.

    Specks below a twentieth of the slice's area are part of no piece: a person would not box them.
    """
    boxes = {}
    for k in np.flatnonzero(mask.any(axis=(1, 2))):
        pieces, _ = ndimage.label(mask[k], np.ones((3, 3)))
        areas = np.bincount(pieces.ravel())
        rows = [
            (place[0].start, place[1].start, place[0].stop, place[1].stop)
            for piece, place in enumerate(ndimage.find_objects(pieces), start=1)
            if areas[piece] >= areas[1:].sum() / 20
        ]
        boxes[int(k)] = np.array(rows, dtype=np.float64)
    return boxes


def _walk(present: MaskArray, profile: Profile, rng: np.random.Generator) -> MaskArray:
    """The slices (slices,) an annotator looks at, going through them upwards or downwards."""
    seen = rng.random(len(present)) >= profile.skipped
    slices = np.flatnonzero(present)
    stops, upwards, lacking_share = rng.random(3)
    if stops < profile.truncated and len(slices) > 1:
        share = TRUNCATED_FROM + (1 - TRUNCATED_FROM) * lacking_share
        lacking = min(int(np.ceil(share * len(slices))), len(slices) - 1)
        if upwards < 0.5:
            seen[slices[-lacking] :] = False
        else:
            seen[: slices[lacking - 1] + 1] = False
    return seen


def _swap(
    boxes: BoxArray, partner: BoxArray, profile: Profile, rng: np.random.Generator
) -> BoxArray:
    """Take the partner's box, where it has one, on up to half of the slices in a row."""
    swaps, start, length = rng.random(3)
    if swaps >= profile.swapped:
        return boxes
    slices = np.flatnonzero(np.isfinite(boxes[:, 0]))
    first = int(start * len(slices))
    run = slices[first : first + int(np.ceil(length * len(slices) / 2))]
    run = run[np.isfinite(partner[run, 0])]
    swapped = boxes.copy()
    swapped[run] = partner[run]
    return swapped


def _draw(
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
    boxes = boxes + _edge_errors_mm(len(boxes), errors, profile, rng) / pixel_mm
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


def _edge_errors_mm(
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


def _answers(boxes: BoxArray, seen: MaskArray) -> dict[int, BoxArray]:
    """Slices that were seen, with their box (1, 4), or (0, 4) where there is none."""
    has_box = np.isfinite(boxes[:, 0])
    return {int(k): boxes[[k]][has_box[[k]]] for k in np.flatnonzero(seen)}
