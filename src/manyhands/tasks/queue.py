"""Which subject goes to which annotator next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from manyhands.config import Asking
from manyhands.tasks.draw import draw
from manyhands.tasks.gold import is_gold_turn
from manyhands.tasks.overlap import Decision


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """One structure of one volume."""

    volume_id: str
    structure_id: int


@dataclass(frozen=True, slots=True)
class Task:
    """What is handed out. It tells nothing of others, nor whether the truth is known already."""

    subject: Subject
    annotator_id: str


@dataclass(frozen=True, slots=True)
class Lease:
    """A task that an annotator is at; nobody else gets its place before `expires_at`, UTC."""

    task: Task
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a subject is: who has finished it, and whether more people are to be asked.

    `is_begun`: somebody has answered on it, `is_complete`: on all slices that are asked for.
    """

    subject: Subject
    decision: Decision
    finished_by: frozenset[str] = frozenset()
    is_begun: bool = False
    is_complete: bool = False


def lease(task: Task, *, now: datetime, asking: Asking) -> Lease:
    """The lease of a task that is handed out, or answered on, now."""
    return Lease(task, now + timedelta(seconds=asking.lease_s))


def next_task(
    annotator_id: str,
    *,
    standings: Iterable[Standing],
    leases: Iterable[Lease],
    history: Sequence[Task],
    gold: Collection[Subject] = (),
    asking: Asking,
    seed: int,
    now: datetime,
) -> Task | None:
    """What this annotator does next; None if there is nothing.

    `standings` are of all subjects, those in `gold` (whose truth is known) as well; `leases` of
    all annotators, and `history` the tasks this one was ever given, in order. What the annotator is
    at goes on; what they have begun and not finished, even long ago, comes next, as long as more
    people are wanted for it. Then come subjects that are new to them: incomplete ones, disputed
    or requested ones, those with fewest people; the seed decides between equals. Now and then, as
    `is_gold_turn` has it, one of `gold` instead. A lease that has expired keeps nobody from a
    subject. Nobody gets again what they have finished. Raises `ValueError` for gold without a
    standing.
    """
    by_subject = {standing.subject: standing for standing in standings}
    if unknown := sorted(set(gold) - by_subject.keys()):
        raise ValueError(f"gold needs a standing as every subject does; {unknown[0]} has none")
    live = [given.task for given in leases if given.expires_at > now]
    for task in live:
        if task.annotator_id == annotator_id and _is_unfinished(task, by_subject):
            return task
    others = [task.subject for task in live if task.annotator_id != annotator_id]
    wanted = [
        standing
        for subject, standing in by_subject.items()
        if subject not in gold and others.count(subject) < standing.decision.n_more
    ]
    if begun := _begun(history, by_subject, {s.subject for s in wanted} | set(gold)):
        return begun
    known = {task.subject for task in history}
    new = [s for s in wanted if s.subject not in known and annotator_id not in s.finished_by]
    if not new:
        return None  # gold alone would stand out, and teach nothing that is still needed
    if is_gold_turn(annotator_id, len(history), share=asking.gold_share, seed=seed):
        hidden = [Task(subject, annotator_id) for subject in gold if subject not in known]
        hidden = [task for task in hidden if _is_unfinished(task, by_subject)]
        if hidden:
            return min(hidden, key=lambda task: _lot(seed, annotator_id, task.subject))
    first = min(new, key=lambda s: _urgency(s, others.count(s.subject), seed))
    return Task(first.subject, annotator_id)


def _is_unfinished(task: Task, by_subject: dict[Subject, Standing]) -> bool:
    standing = by_subject.get(task.subject)
    return standing is not None and task.annotator_id not in standing.finished_by


def _begun(
    history: Sequence[Task], by_subject: dict[Subject, Standing], wanted: Collection[Subject]
) -> Task | None:
    """The oldest task that was handed out, never finished, and still is of use."""
    for task in history:
        if task.subject in wanted and _is_unfinished(task, by_subject):
            return task
    return None


def _urgency(standing: Standing, n_at_it: int, seed: int) -> tuple[bool, bool, int, int, Subject]:
    """Smallest first."""
    return (
        not (standing.is_begun and not standing.is_complete),
        not (standing.decision.is_disputed or standing.decision.is_requested),
        len(standing.finished_by) + n_at_it,
        _lot(seed, "", standing.subject),
        standing.subject,
    )


def _lot(seed: int, annotator_id: str, subject: Subject) -> int:
    return draw(seed, annotator_id, subject.volume_id, subject.structure_id)
