"""How many people are asked about one subject: two, and one more as long as it is doubtful.

What the rules save beside always four people is measured by `python -m benchmarks.asking`, and told
in `docs/understand/asking.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from manyhands.config import Asking
from manyhands.tasks.agreement import PairwiseIou
from manyhands.types import Consensus, Interval

IDENTICAL = 1 - 1e-9  # IoU; two people never draw all the same
# What more people agree on errs less: of n the overlap that is enough for two, times (2/n) to this
# power. Tried on training cases.
GAIN_EXPONENT = 0.2


@dataclass(frozen=True, slots=True)
class Decision:
    """How many people to ask now, 0 for none, and why, in words for the lead.

    `is_disputed`: those who answered differ, rather than that too few have answered;
    `is_requested`: a lead or reviewer asked for it, whatever the rules say.
    """

    n_more: int
    reason: str
    is_disputed: bool = False
    is_requested: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """What the whole study has cost so far."""

    answers: int = 0
    minutes: float = 0.0


def needs_another(
    consensus: Consensus | None,
    agreement: PairwiseIou,
    *,
    n_annotators: int,
    asking: Asking,
    predicted_dice: Interval | None = None,
    spent: Spent | None = None,
) -> Decision:
    """Should one more person be asked about a structure of a volume?

    `consensus` is what `n_annotators` people who have finished say together (None for nobody),
    `agreement` how well any two of them agree (two who are not in it do not); those whose weight is
    0 are not listened to. With a target in `asking` and a `predicted_dice`, only these two decide
    between the least and the most number of people.
    """
    if reason := _over_budget(asking, spent or Spent()):
        return Decision(0, reason)
    if n_annotators >= asking.most_annotators:
        return Decision(0, f"{n_annotators} people have answered, the most that are asked")
    if n_annotators < asking.first_annotators or consensus is None:
        missing = max(asking.first_annotators - n_annotators, 1)
        return Decision(
            missing, f"{n_annotators} of the first {asking.first_annotators} people have answered"
        )
    if asking.target_dice > 0 and predicted_dice is not None:
        return _against_target(predicted_dice, asking.target_dice)
    if not consensus.is_complete:
        return Decision(1, f"nobody looked at {_count(int((~consensus.is_seen).sum()), 'slice')}")
    if reason := _doubtful_presence(consensus, asking) or _doubtful_boxes(
        consensus, agreement, asking
    ):
        return Decision(1, reason, is_disputed=True)
    return Decision(0, f"{n_annotators} people agree on where it is")


def _over_budget(asking: Asking, spent: Spent) -> str | None:
    if 0 < asking.budget_answers <= spent.answers:
        return f"the budget of {_count(asking.budget_answers, 'answer')} is spent"
    if 0 < asking.budget_minutes <= spent.minutes:
        return f"the budget of {asking.budget_minutes:g} minutes is spent"
    return None


def _against_target(predicted: Interval, target: float) -> Decision:
    if predicted.low >= target:
        return Decision(0, f"its Dice is surely above the target: {predicted.low:.2f} at least")
    return Decision(
        1,
        f"its Dice may be as low as {predicted.low:.2f}, the target is {target:.2f}",
        is_disputed=True,
    )


def _doubtful_presence(consensus: Consensus, asking: Asking) -> str | None:
    """On which slices the structure is, is doubtful: why? None where it is certain enough."""
    presence = consensus.presence
    doubtful = (presence > 1 - asking.certain_presence) & (presence < asking.certain_presence)
    n_present = int((presence >= 0.5).sum())
    # One slice is always within a share: nobody need be asked about a small structure for ever.
    allowed = max(1, asking.doubtful_share * n_present)
    if doubtful.sum() <= allowed:
        return None
    return f"whether it is there is doubtful on {_count(int(doubtful.sum()), 'slice')}"


def _doubtful_boxes(consensus: Consensus, agreement: PairwiseIou, asking: Asking) -> str | None:
    """Where the structure is, is doubtful: why? None where it is certain, or is nowhere."""
    if not consensus.tracks:
        return None
    heard = _different_people(consensus, agreement)
    # Who never boxed a slice that another did confirms nothing: each may have stopped half-way.
    overlaps = [agreement.get(pair, 0.0) for pair in combinations(heard, 2)]
    if not overlaps:
        return "fewer than two people can be listened to"
    typical = float(np.median(overlaps))
    certain = _certain_iou(len(heard), asking)
    if typical >= certain:
        return None
    return f"boxes overlap by an IoU of {typical:.2f} only, {certain:.2f} is certain"


def _certain_iou(n_people: int, asking: Asking) -> float:
    """From which median IoU the boxes of two or more people are certain: of more, less will do."""
    return float(asking.certain_iou * (2 / n_people) ** GAIN_EXPONENT)


def _different_people(consensus: Consensus, agreement: PairwiseIou) -> list[str]:
    """Those who have a say, in alphabetical order; of copies with the very same boxes the first."""
    heard: list[str] = []
    for annotator in sorted(a for a, weight in consensus.weights.items() if weight > 0):
        if not any(agreement.get((other, annotator), 0.0) >= IDENTICAL for other in heard):
            heard.append(annotator)
    return heard


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
