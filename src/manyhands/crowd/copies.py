"""Annotators who are one and the same: copies are no agreement.

Here they are counted once; that somebody be told is the business of `manyhands.quality`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from manyhands.boxes.arithmetic import hull, no_boxes, to_array
from manyhands.boxes.copies import BY_HAND, are_copies, are_same
from manyhands.crowd.ballots import Ballots
from manyhands.types import Answer, BoxArray, State

Place = tuple[str, int, int]  # volume, structure, slice
Drawn = Mapping[Place, BoxArray]
Groups = tuple[tuple[str, ...], ...]


def find_copies(answers: Iterable[Answer]) -> Groups:
    """Groups of annotators, by id, of whom `manyhands.boxes.copies` says that they copied.

    Two belong together where half of the slices that both boxed, and at least four of them, have
    the same boxes; `answers` may be of any volumes and structures. Proposals that were accepted do
    not count: whoever accepts them has the same ones. Answers of nobody give no groups.
    """
    drawn: defaultdict[str, dict[Place, BoxArray]] = defaultdict(dict)
    for answer in sorted(answers, key=lambda a: (a.created_at, a.answer_id)):
        place = (answer.volume_id, answer.structure_id, answer.slice_index)
        drawn[answer.annotator_id].pop(place, None)
        if answer.state is State.BOXES and all(box.origin in BY_HAND for box in answer.boxes):
            drawn[answer.annotator_id][place] = hull(to_array(answer.boxes))
    pairs = [{a, b} for a, b in combinations(sorted(drawn), 2) if _are_alike(drawn[a], drawn[b])]
    return _join(pairs)


def _are_alike(first: Drawn, second: Drawn) -> bool:
    common = first.keys() & second.keys()
    if not common:
        return False
    here, there = (np.array([drawn[place] for place in common]) for drawn in (first, second))
    return are_copies(are_same(here, there))


def _join(pairs: Sequence[set[str]]) -> Groups:
    """Pairs that share a member become one group."""
    groups: list[set[str]] = []
    for pair in pairs:
        touching = [group for group in groups if group & pair]
        groups = [group for group in groups if not group & pair]
        groups.append(pair.union(*touching))
    return tuple(sorted(tuple(sorted(group)) for group in groups))


def count_once(ballots: Ballots, groups: Groups) -> Ballots:
    """Ballots in which each group votes as one, under the id of its first member.

    On a slice where members differ, the vote with most boxes counts.
    """
    votes = dict(ballots.votes)
    for group in groups:
        voices = [votes.pop(name) for name in group if name in votes]
        if voices:
            slices = sorted({index for voice in voices for index in voice})
            votes[group[0]] = {
                index: _widest([voice[index] for voice in voices if index in voice])
                for index in slices
            }
    return replace(ballots, votes=dict(sorted(votes.items())))


def _widest(boxes: Sequence[BoxArray]) -> BoxArray:
    return max(boxes, key=lambda b: (len(b), b.tolist()), default=no_boxes())


def share_weights(
    weights: Mapping[str, float], groups: Groups, annotators: Collection[str]
) -> dict[str, float]:
    """The weight of a group, known under its first member, shared among its members alike."""
    shared = dict(weights)
    for group in groups:
        members = [name for name in group if name in annotators]
        if group[0] in weights:
            shared.update(dict.fromkeys(members, weights[group[0]] / len(members)))
    return dict(sorted(shared.items()))
