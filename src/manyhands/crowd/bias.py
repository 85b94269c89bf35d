"""How far each annotator errs, and in which direction: measured on gold, shrunk, taken off.

A bias that everybody shares cannot be seen from agreement. On the boxes of a real crowd (Kulkarni
et al. 2024, arXiv 2403.15218), taking off the bias learned on other volumes raised the IoU with the
tight boxes from .53 to .76 for the left kidney.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from manyhands.boxes.arithmetic import OUTWARD, hull, iou, no_boxes, sides
from manyhands.crowd.ballots import Ballots
from manyhands.types import BoxArray, Spacing

FloatArray = npt.NDArray[np.float64]

# How far an annotator's median error differs from volume to volume, usually: the spread of real
# edges times the root of the share of it that lasts through a volume. Worth three volumes.
VOLUME_SD_MM = 3.0
PRIOR_VOLUMES = 3.0
# Root mean square of the crowd's bias over structures and edges (Kulkarni et al. 2024). Beside the
# spread above it says how much of what one volume shows is believed: four fifths, of three nine
# tenths.
USUAL_MM = 5.9
MIN_IOU = 0.1  # a box that overlaps the structure by less is on something else: it has no bias
LEAST_SIDE = 0.3  # of its side a box always keeps


@dataclass(frozen=True)
class Bias:
    """How one annotator errs with one structure, in mm.

    `edges_mm` (4,): how far row0, column0, row1 and column1 lie outside the structure; `ends_mm`
    (2,): how far the first and the last box lie beyond its ends, below 0 where the structure was
    noticed too late. Both are shrunk towards the crowd's.
    """

    edges_mm: FloatArray
    ends_mm: FloatArray


@dataclass(frozen=True)
class CrowdBias:
    """The bias of everybody with one structure; who was never seen on gold has the crowd's."""

    crowd: Bias
    annotators: Mapping[str, Bias] = field(default_factory=dict)

    def of(self, annotator_id: str) -> Bias:
        return self.annotators.get(annotator_id, self.crowd)


def measure_errors(
    true: Mapping[int, BoxArray], votes: Mapping[int, BoxArray], stack_spacing_mm: Spacing
) -> FloatArray | None:
    """One annotator's errors (6,) in a volume, in mm, outward above 0.

    None where less than half of the boxes touch the structure: they mean something else.

    First the four edges, the median over slices; then how far the boxes go beyond the structure's
    first and last slice, NaN where annotator or truth do not show that end. `true` and `votes` give
    boxes by slice, (0, 4) for *absent*.
    """
    slices = [k for k, box in true.items() if len(box) and len(votes.get(k, no_boxes()))]
    drawn = np.array([hull(votes[k]) for k in slices]).reshape(-1, 4)
    tight = np.array([hull(true[k]) for k in slices]).reshape(-1, 4)
    meets = iou(drawn, tight) > MIN_IOU
    if meets.sum() <= len(meets) / 2:
        return None
    slice_mm, *pixel_mm = stack_spacing_mm
    edges = np.median((drawn - tight)[meets] * OUTWARD, axis=0) * np.tile(pixel_mm, 2)
    return np.concatenate([edges, _end_errors(true, votes) * slice_mm])


def _end_errors(true: Mapping[int, BoxArray], votes: Mapping[int, BoxArray]) -> FloatArray:
    """How many slices (2,) the boxes begin before and end after the structure."""
    inside = [k for k, boxes in true.items() if len(boxes)]
    boxed = [k for k, boxes in votes.items() if len(boxes) and k in true]
    errors = np.full(2, np.nan)
    for end, outwards in ((0, -1), (1, 1)):
        last_true = outwards * max(outwards * k for k in inside)
        last_box = outwards * max(outwards * k for k in boxed)
        if _is_absent(true, last_true + outwards) and _is_absent(votes, last_box + outwards):
            errors[end] = outwards * (last_box - last_true)
    return errors


def _is_absent(boxes: Mapping[int, BoxArray], index: int) -> bool:
    return index in boxes and len(boxes[index]) == 0


def shrink(errors: Sequence[Mapping[str, FloatArray]]) -> CrowdBias | None:
    """Everybody's bias from their errors (6,) in each volume; None where there are none.

    An annotator's mean is drawn to the crowd's median by the share of its variance that volumes
    explain (empirical Bayes: Efron and Morris 1973, doi 10.2307/2284155). All edges are drawn to 0
    in the same way, for a crowd on few volumes errs as these volumes have it.
    """
    by_name: defaultdict[str, list[FloatArray]] = defaultdict(list)
    for of_volume in errors:
        for name, error in of_volume.items():
            by_name[name].append(error)
    if not by_name:
        return None
    count = np.array([np.isfinite(rows).sum(axis=0) for rows in by_name.values()])
    total = np.array([np.nansum(rows, axis=0) for rows in by_name.values()])
    means = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    crowd = _median(means)
    noise = _volume_variance(by_name, means) / np.maximum(count, 1)
    # Who is loose on one edge is so on all: edges tell of people's variance together, ends too.
    excess = np.where(count > 0, (means - crowd) ** 2 - noise, np.nan)
    between = np.repeat([_mean(excess[:, :4]), _mean(excess[:, 4:])], [4, 2])
    own = np.where(count > 0, between / (between + noise), 0.0)
    volumes = count.max(axis=0)
    believed = volumes / (volumes + (VOLUME_SD_MM / USUAL_MM) ** 2)
    believed[4:] = 1.0
    crowd = believed * crowd
    shrunk = crowd + believed * own * (np.where(count > 0, means, crowd) - crowd)
    annotators = {n: Bias(b[:4], b[4:]) for n, b in zip(by_name, shrunk, strict=True)}
    return CrowdBias(Bias(crowd[:4], crowd[4:]), annotators)


def _median(values: FloatArray) -> FloatArray:
    """Median (m,) of the numbers in each column; 0 where there are none."""
    known = [column[np.isfinite(column)] for column in values.T]
    return np.array([float(np.median(column)) if len(column) else 0.0 for column in known])


def _mean(values: FloatArray) -> float:
    """Mean of all numbers, not below 0; 0 where there are none."""
    known = values[np.isfinite(values)]
    return max(float(known.mean()), 0.0) if len(known) else 0.0


def _volume_variance(by_name: Mapping[str, Sequence[FloatArray]], means: FloatArray) -> FloatArray:
    """Variance (6,) of one annotator's errors between volumes, mixed with what is usual."""
    squares, freedom = np.zeros(means.shape[1]), np.zeros(means.shape[1])
    for rows, mean in zip(by_name.values(), means, strict=True):
        squares += np.nansum((np.array(rows) - mean) ** 2, axis=0)
        freedom += np.maximum(np.isfinite(rows).sum(axis=0) - 1, 0)
    return np.asarray((squares + PRIOR_VOLUMES * VOLUME_SD_MM**2) / (freedom + PRIOR_VOLUMES))


def take_off(ballots: Ballots, bias: CrowdBias, stack_spacing_mm: Spacing) -> Ballots:
    """The ballots with each annotator's bias taken off the edges of every box.

    A box keeps `LEAST_SIDE` of each side: where the bias is larger than that, less is taken off.
    """
    pixel_mm = np.tile(stack_spacing_mm[1:], 2)
    votes = {
        name: {
            index: _shrunk(boxes, bias.of(name).edges_mm / pixel_mm)
            for index, boxes in answered.items()
        }
        for name, answered in ballots.votes.items()
    }
    return replace(ballots, votes=votes, is_unbiased=True)


def _shrunk(boxes: BoxArray, outward_px: FloatArray) -> BoxArray:
    both = np.maximum(outward_px[:2] + outward_px[2:], 1e-9)
    share = np.minimum(1.0, (1 - LEAST_SIDE) * sides(boxes) / both)
    return np.asarray(boxes - OUTWARD * outward_px * np.tile(share, 2))
