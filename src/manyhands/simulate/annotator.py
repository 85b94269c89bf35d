"""One simulated annotator on one volume: what is looked at, what is wanted, what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from manyhands.errors import ConfigError
from manyhands.simulate.drawing import draw_boxes
from manyhands.simulate.profiles import (
    ANY_STRUCTURE,
    EDGE_ERRORS,
    PROFILES,
    TRUNCATED_FROM,
    Profile,
)
from manyhands.types import BoxArray, MaskArray, MaskStack, Spacing


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
        boxes = draw_boxes(intended, mask.shape[1:], errors, profile, stack_spacing_mm, own_rng)
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
    from scipy import ndimage  # slow to load, and few ask for pieces

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


def _answers(boxes: BoxArray, seen: MaskArray) -> dict[int, BoxArray]:
    """Slices that were seen, with their box (1, 4), or (0, 4) where there is none."""
    has_box = np.isfinite(boxes[:, 0])
    return {int(k): boxes[[k]][has_box[[k]]] for k in np.flatnonzero(seen)}
