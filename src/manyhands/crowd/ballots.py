"""What counts of all that annotators said about one structure of one volume."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from manyhands.boxes.arithmetic import clip, is_valid, to_array
from manyhands.boxes.tracks import link
from manyhands.errors import MethodError
from manyhands.types import Answer, BoxArray, Shape3, State, Track


@dataclass(frozen=True)
class Ballots:
    """Each annotator's vote on each slice: boxes (n, 4), or (0, 4) for *absent*.

    A slice that an annotator did not see, or was unsure of, is not there. Annotators and slices
    are sorted, so that nothing depends on the order in which answers came. `is_unbiased` says that
    what each annotator is known to err by has been taken off the boxes.
    """

    votes: Mapping[str, Mapping[int, BoxArray]]
    n_slices: int
    is_unbiased: bool = False

    @cached_property
    def tracks(self) -> Mapping[str, tuple[Track, ...]]:
        """Each annotator's boxes linked over slices."""
        return {name: link(votes) for name, votes in self.votes.items()}

    def without(self, annotators: Collection[str]) -> Ballots:
        """The ballots of all others."""
        kept = {name: votes for name, votes in self.votes.items() if name not in annotators}
        others = replace(self, votes=kept)
        # Nobody's tracks depend on who else is there; linking them is half of the work.
        vars(others)["tracks"] = {name: self.tracks[name] for name in kept}
        return others


def count_ballots(answers: Iterable[Answer], stack_shape: Shape3) -> Ballots:
    """The newest answer of each annotator on each slice, as votes.

    Newest by `created_at`, then by `answer_id`. Boxes are clipped to the picture; boxes without
    area, or outside it, do not count, and an answer of nothing else is no vote. No answers give no
    votes. `stack_shape` is slices, rows, columns. Raises `MethodError` for answers of more than one
    volume or structure, or on a slice that the volume has not.
    """
    answers = list(answers)
    n_slices, rows, columns = stack_shape
    _check(answers, n_slices)
    votes: defaultdict[str, dict[int, BoxArray]] = defaultdict(dict)
    for (annotator, slice_index), answer in sorted(newest_answers(answers).items()):
        boxes = clip(to_array(answer.boxes), (rows, columns))
        boxes = boxes[is_valid(boxes)]
        if len(boxes) or answer.state is State.ABSENT:
            votes[annotator][slice_index] = boxes
    return Ballots(dict(votes), n_slices)


def newest_answers(answers: Iterable[Answer]) -> dict[tuple[str, int], Answer]:
    """What each annotator says now of each slice, by annotator and slice."""
    ordered = sorted(answers, key=lambda a: (a.created_at, a.answer_id))
    return {(answer.annotator_id, answer.slice_index): answer for answer in ordered}


def find_unsure(answers: Iterable[Answer]) -> list[tuple[str, int]]:
    """Annotator and slice of each answer that is *unsure* now."""
    newest = newest_answers(answers)
    return [place for place, answer in newest.items() if answer.state is State.UNSURE]


def _check(answers: list[Answer], n_slices: int) -> None:
    subjects = {(answer.volume_id, answer.structure_id) for answer in answers}
    if len(subjects) > 1:
        raise MethodError(
            "a consensus is of one structure of one volume; the answers are of "
            + ", ".join(f"structure {s} of {v}" for v, s in sorted(subjects))
        )
    for answer in answers:
        if not 0 <= answer.slice_index < n_slices:
            raise MethodError(
                f"answer {answer.answer_id} is on slice {answer.slice_index}, "
                f"the volume has slices 0 to {n_slices - 1}"
            )
