"""What annotators together say: one consensus for one structure of one volume."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from manyhands.crowd.ballots import Ballots, count_ballots, find_unsure
from manyhands.crowd.bias import Bias, CrowdBias, take_off
from manyhands.crowd.coordinate_median import coordinate_median
from manyhands.crowd.copies import count_once, find_copies, share_weights
from manyhands.crowd.coverage import find_seen
from manyhands.crowd.em import expectation_maximisation
from manyhands.crowd.estimate import ConsensusMethod, Estimate
from manyhands.crowd.gold import Gold, gold_boxes, learn_bias
from manyhands.crowd.inner_quantile import inner_quantile
from manyhands.crowd.measures import Said, measure_reliability
from manyhands.crowd.strides import fill_between, mark_drawn
from manyhands.errors import ConfigError
from manyhands.types import Answer, Consensus, Shape3, Spacing

METHODS: Mapping[str, ConsensusMethod] = {
    "coordinate-median": coordinate_median,
    "em": expectation_maximisation,
    "inner-quantile": inner_quantile,  # the default: people's boxes are loose
}
"""The ways to a consensus, by the name the configuration gives them."""

__all__ = [
    "METHODS",
    "Ballots",
    "Bias",
    "ConsensusMethod",
    "CrowdBias",
    "Estimate",
    "Gold",
    "Said",
    "find_consensus",
    "find_copies",
    "gold_boxes",
    "learn_bias",
    "measure_reliability",
]


def find_consensus(
    answers: Iterable[Answer],
    *,
    stack_shape: Shape3,
    stack_spacing_mm: Spacing,
    stride: int = 1,
    wider: Mapping[str, int] | None = None,
    method: str = "inner-quantile",
    bias: CrowdBias | None = None,
) -> Consensus:
    """The consensus of all answers on one structure of one volume.

    Of each annotator and slice only the newest answer counts. `stack_shape` is (slices, rows,
    columns), `stack_spacing_mm` in the same order; `stride` is the distance between slices that the
    study asks for, and `wider` that of annotators who were asked for fewer: between two answers of
    the same annotator so near, `fill_between` tells what they would have said. Tracks have a box on
    every slice from first to last. The order of answers and annotators does not matter; identical
    copies of one annotator (`find_copies`) count once and share one weight. No answers give no
    tracks, and no slice is seen; only *absent* gives no tracks on slices that are seen.

    `bias` is what `learn_bias` found of these annotators with this structure; it is taken off their
    boxes before, and the method then takes edges as erring to both sides alike.

    Raises `ConfigError` for an unknown method, `MethodError` for answers of several structures or
    volumes, or on slices the volume has not.
    """
    if method not in METHODS:
        raise ConfigError(f"unknown consensus method '{method}': known are {', '.join(METHODS)}")
    answers = list(answers)
    everybody = count_ballots(answers, stack_shape)
    copies = find_copies(answers)
    ballots = count_once(everybody, copies)
    if bias is not None:
        ballots = take_off(ballots, bias, stack_spacing_mm)
    filled = fill_between(ballots, stride=stride, wider=wider, unsure=find_unsure(answers))
    estimate = METHODS[method](filled, stack_spacing_mm=stack_spacing_mm, stride=stride)
    seen = find_seen(estimate.believed, estimate.tracks, stride=stride)
    in_tracks = np.zeros(stack_shape[0], dtype=np.bool_)
    for track in estimate.tracks:
        in_tracks[track.slice_indices] = True
    # Between votes presence is inferred; where nobody looked nearby it is not known at all.
    presence = np.where(seen | in_tracks, estimate.presence, 0.0)
    weights = share_weights(estimate.weights, copies, everybody.votes)
    heard = [votes for name, votes in ballots.votes.items() if estimate.weights.get(name)]
    return Consensus(tuple(mark_drawn(estimate.tracks, heard)), presence, seen, weights)
