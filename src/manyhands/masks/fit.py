"""Evidence and cut in turn, until the masks settle: fitted to the image inside loose boxes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from manyhands.evidence import Evidence, Model
from manyhands.evidence.intensity import is_small
from manyhands.evidence.judge import knows_size
from manyhands.evidence.region import OUTSIDE, Region
from manyhands.masks.cut import Cut
from manyhands.masks.ellipses import ellipse_boxes
from manyhands.masks.solver import Field, threads_for
from manyhands.masks.tighten import tighten
from manyhands.masks.trust import JUDGED_TEMPERATURE, TEMPERATURE, voxel_probability
from manyhands.types import LogOddsStack, MaskStack, Progress, StackArray

ROUNDS = 3  # each begins with boxes tightened by the masks of the one before
ITERATIONS = 6
SETTLED = 1e-3  # share of voxels that change
JUDGEMENTS = 2  # the judge's own mask, judged again, is better still


@dataclass
class Fitted:
    """A structure's mask and the probability of each voxel, in its region's crop.

    `field` is the state of the cut, from which another fit of the same crop can go on.
    """

    region: Region
    mask: MaskStack
    probability: StackArray
    field: Field


def fit(
    regions: Mapping[int, Region],
    model: Model | Mapping[int, Model],
    *,
    start: Mapping[int, Fitted] | None = None,
    taken: Mapping[int, MaskStack] | None = None,
    progress: Progress | None = None,
) -> dict[int, Fitted]:
    """Fit all structures of a volume together, by id; `regions` may not be empty.

    `model` is of all structures, or there is one for each. `start` gives earlier fits, of the same
    crops and nearly the same boxes; if all structures have one, only one round is made, and judged
    once; their `field` is used up by it. `taken` marks voxels that a structure may not have.
    """
    with threads_for(max(region.image.size for region in regions.values())):
        models = dict.fromkeys(regions, model) if isinstance(model, Model) else model
        return _fit(regions, models, start or {}, taken or {}, progress)


def _fit(
    regions: Mapping[int, Region],
    models: Mapping[int, Model],
    start: Mapping[int, Fitted],
    taken: Mapping[int, MaskStack],
    progress: Progress | None,
) -> dict[int, Fitted]:
    fits = {s: _barred(models[s].fit, taken.get(s)) for s in regions}
    cut = Cut(regions, start={s: found.field for s, found in start.items()})
    masks: dict[int, MaskStack | None] = dict.fromkeys(regions)
    masks.update({s: found.mask for s, found in start.items()})

    def narrowed(s: int) -> Region:
        is_round = models[s].has_ellipses and is_small(regions[s])
        return _with_tight_boxes(regions[s], masks[s], is_round, taken.get(s))

    current = {s: narrowed(s) for s in regions}
    evidence: dict[int, LogOddsStack] = {}
    rounds = ROUNDS if len(start) < len(regions) else 1
    for number in range(rounds):
        if number:
            current = {s: narrowed(s) for s in regions}
        _settle(cut, current, masks, evidence, fits)
        if progress:
            progress((number + 1) / (rounds + 1))
    judges = {
        s: _barred(judge, taken.get(s))
        for s in regions
        if (judge := models[s].judge) is not None and knows_size(regions[s])
    }
    final = cut
    if judges:
        final = cut.lightly(judges)
        _judge(final, current, masks, evidence, judges, min(rounds, JUDGEMENTS))
    if progress:
        progress(1)
    return {
        s: Fitted(
            current[s],
            final.mask(s),
            voxel_probability(
                evidence[s],
                final.field(s).weights,
                final.mask(s),
                JUDGED_TEMPERATURE if s in judges else TEMPERATURE,
            ),
            cut.field(s),  # of the fit, not of the judged mask: the next one goes on from there
        )
        for s in regions
    }


def _judge(
    cut: Cut,
    regions: Mapping[int, Region],
    masks: Mapping[int, MaskStack | None],
    evidence: dict[int, LogOddsStack],
    judges: Mapping[int, Evidence],
    times: int,
) -> None:
    """Cut settled masks anew as the judges have them; brings `evidence` up to date.

    The evidence of a structure without a judge, or without a mask that can be judged, holds.
    """
    for _ in range(times):
        for s, judge in judges.items():
            mask = masks[s]
            if mask is not None and mask.any():
                evidence[s] = judge(regions[s], mask)
        cut.improve(evidence)
        masks = {s: cut.mask(s) for s in regions}


def _settle(
    cut: Cut,
    regions: Mapping[int, Region],
    masks: dict[int, MaskStack | None],
    evidence: dict[int, LogOddsStack],
    models: Mapping[int, Evidence],
) -> None:
    """Evidence and cut in turn until no mask moves; brings `masks` and `evidence` up to date."""
    moving = set(regions)
    for _ in range(ITERATIONS):
        fresh = {s: models[s](regions[s], masks[s]) for s in sorted(moving)}
        evidence.update(fresh)
        cut.improve(fresh)
        for s in sorted(moving):
            new, old = cut.mask(s), masks[s]
            masks[s] = new
            if old is not None and np.count_nonzero(new != old) < SETTLED * max(new.sum(), 1):
                moving.discard(s)
        if not moving:
            return


def _barred(give: Evidence, taken: MaskStack | None) -> Evidence:
    """The same evidence, with no hope for voxels that are `taken`."""
    if taken is None:
        return give

    def with_taken(region: Region, mask: MaskStack | None) -> LogOddsStack:
        evidence = give(region, mask)
        evidence[taken] = OUTSIDE
        return evidence

    return with_taken


def _with_tight_boxes(
    region: Region, mask: MaskStack | None, is_round: bool, taken: MaskStack | None
) -> Region:
    if mask is None:
        return region
    boxes = ellipse_boxes(region, mask, taken) if is_round else tighten(region, mask)
    return region.tightened(boxes)


def find_taken(region: Region, others: Iterable[Fitted]) -> MaskStack:
    """The voxels of a region's crop that belong to other structures."""
    taken = np.zeros(region.image.shape, dtype=np.bool_)
    for found in others:
        low = np.maximum(region.offset, found.region.offset)
        high = np.minimum(
            np.add(region.offset, taken.shape), np.add(found.region.offset, found.mask.shape)
        )
        if (low < high).all():
            into, out = (
                tuple(slice(a, b) for a, b in zip(low - offset, high - offset, strict=True))
                for offset in (region.offset, found.region.offset)
            )
            taken[into] |= found.mask[out]
    return taken
