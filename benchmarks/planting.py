"""Errors that are put into answers without any, and how a finding must name them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.data import NAMES
from manyhands.boxes.arithmetic import clip, from_array, is_valid, to_array
from manyhands.types import Answer, BoxArray, Finding, Origin, Shape3, State

Answers = Mapping[int, Sequence[Answer]]
PERSON = "1"
"""Who makes the mistakes of one person; of four they are the second, of profile `paper`."""

FAST_SHARE, FAST_S = 0.3, 0.6
REPEATED = 6  # slices with one box
GAP = 4  # slices that nobody answers, or is sure of
COPIED = 0.6  # share of the boxes


@dataclass(frozen=True)
class Planted:
    """Answers with an error, of the structures that were changed; what a finding must name.

    One of the `structures`, by id; None where the check speaks of a person in all of them.
    """

    answers: Answers
    structures: Collection[int] | None
    annotator: str | None = None
    slice_index: int | None = None

    def is_named_by(self, finding: Finding) -> bool:
        place = finding.place
        is_there = self.slice_index is None or (
            place.slices is not None and place.slices[0] <= self.slice_index <= place.slices[1]
        )
        is_of = self.structures is None or place.structure in {NAMES[s] for s in self.structures}
        return is_of and is_there and self.annotator in (None, place.annotator)

    def is_found(self, *, before: Iterable[Finding], after: Iterable[Finding]) -> bool:
        """Do the findings name it, and did those of the same crowd without the error not?"""
        return any(map(self.is_named_by, after)) and not any(map(self.is_named_by, before))


@dataclass(frozen=True)
class World:
    """What people say of a volume, by structure id; `partners` gives the id of the other side."""

    answers: Answers
    stack_shape: Shape3
    partners: Mapping[int, int]

    def boxed(self, structure_id: int, annotator: str | None = None) -> list[int]:
        """The slices that somebody, or one person, boxed, in order."""
        said = self.answers[structure_id]
        return sorted(
            {a.slice_index for a in said if a.boxes and annotator in (None, a.annotator_id)}
        )

    def changed(
        self, structure_id: int, change: Callable[[Answer], Answer | None]
    ) -> dict[int, list[Answer]]:
        """The answers on one structure with each changed, or left out for None."""
        found = map(change, self.answers[structure_id])
        return {structure_id: [answer for answer in found if answer is not None]}

    def with_box(self, answer: Answer, box: BoxArray) -> Answer:
        """The answer with another box (1, 4), as far as it is in the picture."""
        rows, columns = self.stack_shape[1:]
        kept = clip(box, (rows, columns))
        kept = kept[is_valid(kept)]
        if len(kept) == 0:
            return replace(answer, state=State.ABSENT, boxes=())
        return replace(answer, state=State.BOXES, boxes=from_array(kept, Origin.SIMULATED))

    def stopped_at(self, share: float) -> dict[int, list[Answer]]:
        """Everybody gives no answer beyond this share of each structure's slices."""
        stopped: dict[int, list[Answer]] = {}
        for s in self.answers:
            boxed = self.boxed(s)
            last = boxed[round(share * (len(boxed) - 1))]
            stopped |= self.changed(s, lambda a, last=last: a if a.slice_index <= last else None)  # type: ignore[misc]
        return stopped


Put = Callable[[World, int, np.random.Generator], Planted | None]
"""Puts an error into one structure; None where there is no room for it."""


@dataclass(frozen=True)
class Plant:
    words: str
    put: Put


def _is_of(answer: Answer, slices: Sequence[int] | None = None) -> bool:
    """Did the person who makes mistakes give it, on one of the slices?"""
    return answer.annotator_id == PERSON and (slices is None or answer.slice_index in slices)


def slip(world: World, s: int, rng: np.random.Generator) -> Planted | None:
    """One box within the structure, moved aside by one to two and a half times its size."""
    boxed = world.boxed(s, PERSON)[1:-1]
    if not boxed:
        return None
    k, angle, distance = int(rng.choice(boxed)), rng.uniform(0, 2 * np.pi), rng.uniform(1, 2.5)

    def move(answer: Answer) -> Answer:
        if not _is_of(answer, [k]):
            return answer
        box = to_array(answer.boxes)
        shift = distance * np.array([np.sin(angle), np.cos(angle)]) * (box[:, 2:] - box[:, :2])
        return world.with_box(answer, box + np.hstack([shift, shift]))

    planted = world.changed(s, move)
    is_left = any(_is_of(a, [k]) and a.boxes for a in planted[s])
    return Planted(planted, {s}, PERSON, k) if is_left else None


def spam(world: World, s: int, rng: np.random.Generator) -> Planted:
    """All boxes of the volume anywhere in the picture."""

    def guess(answer: Answer) -> Answer:
        if not (_is_of(answer) and answer.boxes):
            return answer
        size = np.array(world.stack_shape[1:]) * rng.uniform(0.05, 0.5, 2)
        corner = (np.array(world.stack_shape[1:]) - size) * rng.random(2)
        return world.with_box(answer, np.hstack([corner, corner + size])[None])

    return Planted({n: world.changed(n, guess)[n] for n in world.answers}, None, PERSON)


def swap(world: World, s: int, _rng: np.random.Generator) -> Planted | None:
    """The partner instead, on a third of the slices that both have."""
    partner = world.partners.get(s, 0)
    if partner not in world.answers:
        return None
    theirs = {a.slice_index: a.boxes for a in world.answers[partner] if _is_of(a) and a.boxes}
    both = [k for k in world.boxed(s, PERSON) if k in theirs]
    run = both[len(both) // 3 : 2 * len(both) // 3]
    if not run:
        return None
    planted = world.changed(
        s, lambda a: replace(a, boxes=theirs[a.slice_index]) if _is_of(a, run) and a.boxes else a
    )
    return Planted(planted, {s}, PERSON, run[len(run) // 2])


def mirror(world: World, s: int, _rng: np.random.Generator) -> Planted | None:
    """Everybody's boxes of both sides, on pictures with left and right mixed up."""
    if world.partners.get(s, 0) not in world.answers:
        return None
    columns = world.stack_shape[2]

    def flip(answer: Answer) -> Answer:
        box = to_array(answer.boxes)[:, [0, 3, 2, 1]]
        box[:, [1, 3]] = columns - box[:, [1, 3]]
        return replace(answer, boxes=from_array(box, Origin.SIMULATED))

    both = (s, world.partners[s])
    return Planted({n: world.changed(n, flip)[n] for n in both}, both)


def copy(world: World, s: int, rng: np.random.Generator) -> Planted | None:
    """More than half of one's boxes are those of somebody else."""
    others = {a.slice_index: a.boxes for a in world.answers[s] if a.annotator_id == "0" and a.boxes}
    both = [k for k in world.boxed(s, PERSON) if k in others]
    taken = set(rng.permutation(both)[: int(np.ceil(COPIED * len(both)))].tolist())
    if len(taken) < 4:
        return None
    planted = world.changed(
        s, lambda a: replace(a, boxes=others[a.slice_index]) if _is_of(a, list(taken)) else a
    )
    return Planted(planted, None, PERSON)


def repeat(world: World, s: int, rng: np.random.Generator) -> Planted | None:
    """The very same box on six slices in a row."""
    boxed = world.boxed(s, PERSON)
    if len(boxed) < REPEATED:
        return None
    start = int(rng.integers(len(boxed) - REPEATED + 1))
    run = boxed[start : start + REPEATED]
    (first,) = [a for a in world.answers[s] if _is_of(a, run[:1])]
    planted = world.changed(s, lambda a: replace(a, boxes=first.boxes) if _is_of(a, run) else a)
    return Planted(planted, {s}, PERSON, run[0])


def hurry(world: World, s: int, rng: np.random.Generator) -> Planted | None:
    """Of three boxes in ten, clicked in half a second."""

    def fast(answer: Answer) -> Answer:
        if _is_of(answer) and rng.random() < FAST_SHARE:
            return replace(answer, active_s=FAST_S)
        return answer

    return Planted({n: world.changed(n, fast)[n] for n in world.answers}, None, PERSON)


def other_organ(world: World, s: int, _rng: np.random.Generator) -> Planted | None:
    """Everybody boxes another structure, where both are."""
    for other in world.answers:
        theirs = {(a.annotator_id, a.slice_index): a.boxes for a in world.answers[other] if a.boxes}
        shared = sorted(set(world.boxed(s)) & set(world.boxed(other)))
        if other != s and len(shared) >= 3:
            planted = world.changed(
                s,
                lambda a, theirs=theirs: (
                    replace(  # type: ignore[misc]
                        a, boxes=theirs.get((a.annotator_id, a.slice_index), a.boxes)
                    )
                    if a.boxes
                    else a
                ),
            )
            return Planted(planted, {s, other}, slice_index=shared[len(shared) // 2])
    return None


def stop(world: World, s: int, _rng: np.random.Generator) -> Planted:
    """Nobody answers beyond the middle of the structure."""
    boxed = world.boxed(s)
    middle = boxed[len(boxed) // 2]
    beyond = min(middle + 2, world.stack_shape[0] - 1)
    planted = world.changed(s, lambda a: a if a.slice_index <= middle else None)
    return Planted(planted, {s}, slice_index=beyond)


def gap(world: World, s: int, _rng: np.random.Generator) -> Planted | None:
    """Nobody answers on four slices within the structure."""
    boxed = world.boxed(s)
    if len(boxed) < GAP + 2:
        return None
    first = boxed[(len(boxed) - GAP) // 2]
    missing = range(first, first + GAP)
    planted = world.changed(s, lambda a: None if a.slice_index in missing else a)
    return Planted(planted, {s}, slice_index=missing[1])


def doubt(world: World, s: int, _rng: np.random.Generator) -> Planted | None:
    """Everybody is unsure on four slices within the structure."""
    boxed = world.boxed(s)
    if len(boxed) < GAP + 2:
        return None
    first = boxed[(len(boxed) - GAP) // 2]
    doubted = range(first, first + GAP)
    planted = world.changed(
        s, lambda a: replace(a, state=State.UNSURE, boxes=()) if a.slice_index in doubted else a
    )
    return Planted(planted, {s}, slice_index=doubted[1])


def fall_silent(world: World, s: int, _rng: np.random.Generator) -> Planted | None:
    """One person stops in the middle, and is taken to say *absent* from there on."""
    boxed = world.boxed(s, PERSON)
    if len(boxed) < 4:
        return None
    middle, beyond = boxed[len(boxed) // 2 :][:2]

    def silence(answer: Answer) -> Answer:
        if _is_of(answer) and answer.slice_index > middle:
            return replace(answer, state=State.ABSENT, boxes=())
        return answer

    return Planted(world.changed(s, silence), {s}, PERSON, beyond)


PLANTS: Mapping[str, Plant] = {
    "structure-incomplete": Plant("all stop in the middle", stop),
    "structure-gap": Plant("nobody looks at 4 slices", gap),
    "nobody-sure": Plant("all are unsure on 4 slices", doubt),
    "absence-doubtful": Plant("one stops, taken for *absent*", fall_silent),
    "side-wrong": Plant("mirrored pictures", mirror),
    "side-swapped": Plant("one boxes the partner on a third", swap),
    "annotator-far": Plant("one clicks anything", spam),
    "box-outvoted": Plant("one box moved aside", slip),
    "boxes-copied": Plant("60 % of one's boxes are another's", copy),
    "boxes-repeated": Plant("one box on 6 slices", repeat),
    "answered-fast": Plant("30 % of one's boxes in 0.6 s", hurry),
    "place-claimed-twice": Plant("all box another structure", other_organ),
}
"""An error for each check that looks at answers, by its code."""
